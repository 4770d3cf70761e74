"""Passwords, secrets and the brake on sign-in; free of any web framework."""

from qunxiang.adapters.auth.passwords import LONGEST, SHORTEST, Passwords
from qunxiang.adapters.auth.secret import KEY_PREFIX, SecretKind, hash_secret, new_secret
from qunxiang.adapters.auth.throttle import SignInThrottle

__all__ = [
    "KEY_PREFIX",
    "LONGEST",
    "SHORTEST",
    "Passwords",
    "SecretKind",
    "SignInThrottle",
    "hash_secret",
    "new_secret",
]
