"""Secrets of one-time links, sessions and API keys; only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal

SecretKind = Literal["once", "session", "key"]

KEY_PREFIX = "qx_"
"""How API keys begin, so that people and scanners recognise one that leaked."""

_BYTES = 32


def new_secret(kind: SecretKind) -> tuple[str, str]:
    """Return a fresh secret of 256 random bits and its hash.

    Returns
    -------
    tuple of str
        The secret, fit for URLs, shown once and never stored; and its hash, which the state stores.
    """
    secret = (KEY_PREFIX if kind == "key" else "") + secrets.token_urlsafe(_BYTES)
    return secret, hash_secret(secret)


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of `secret` in 64 hexadecimal digits.

    A plain hash is enough: nobody guesses 256 random bits, and the database finds a token by the hash, so no
    comparison tells by its time how much of a guess was right.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
