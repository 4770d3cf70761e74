"""Hashes of passwords."""

from __future__ import annotations

import unicodedata
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from qunxiang.errors import SettingError

SHORTEST = 12
"""Shortest password, in characters."""

LONGEST = 1024
"""Longest password, in characters; hashing a longer one would only keep the machine busy."""


class Passwords:
    """Hashes and checks passwords with argon2id.

    A check takes as long for a user who does not exist as for one who does, so that its time does not tell who has
    an account.

    References
    ----------
    Biryukov, A., Dinu, D., Khovratovich, D. & Josefsson, S. (2021). RFC 9106: Argon2.
    Temoshok, D. et al. (2025). NIST SP 800-63B-4, section 3.1.1 (length, normalization).
    """

    def __init__(self) -> None:
        self._hasher = PasswordHash.recommended()

    @cached_property
    def _nobody(self) -> str:
        # at first use: a hash is slow by intent, and most programs check no password
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return the hash to store.

        Raises
        ------
        SettingError
            When `password` has fewer than :data:`SHORTEST` or more than :data:`LONGEST` characters.
        """
        if len(password) > LONGEST:
            raise SettingError("error.signin.password_long", maximum=LONGEST)
        normal = _normal(password)
        if len(normal) < SHORTEST:
            raise SettingError("error.signin.password_short", minimum=SHORTEST)
        return self._hasher.hash(normal)

    def verify(self, password: str, stored: str | None) -> bool:
        """Return whether `password` belongs to the hash `stored`; None (no such user, no password) never does."""
        fits, nobody = len(password) <= LONGEST, self._nobody  # for everybody, so that its time tells nothing
        try:
            equal = self._hasher.verify(_normal(password) if fits else "", stored or nobody)
        except UnknownHashError:  # stored by hand or by something else
            self._hasher.verify("", nobody)
            return False
        return equal and fits and stored is not None


def _normal(password: str) -> bytes:
    # the same characters come composed or decomposed, wide or narrow, from different keyboards
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
