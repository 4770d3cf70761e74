"""The brake on guessing passwords."""

from __future__ import annotations

import hashlib
import math
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from qunxiang.errors import SignInError


class SignInThrottle:
    """Lets `attempts` tries within any `seconds` pass for one key, in the memory of this process.

    Parameters
    ----------
    attempts
        Number of tries.
    seconds
        Length of the moving window.

    Notes
    -----
    The usual key is user and address, ``throttle.hit(user, address)``; against one address trying many users hold a
    second, wider throttle over the address alone.
    """

    def __init__(self, *, attempts: int = 5, seconds: int = 300) -> None:
        self._item = RateLimitItemPerSecond(attempts, seconds)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, *key: str) -> None:
        """Count a try.

        Raises
        ------
        SignInError
            When there were too many; `seconds` says in how many seconds the next one may come.
        """
        name = _name(key)
        if self._limiter.hit(self._item, name):
            return
        ready_at = self._limiter.get_window_stats(self._item, name).reset_time
        raise SignInError("error.signin.too_many", seconds=max(1, math.ceil(ready_at - time.time())))

    def forget(self, *key: str) -> None:
        """Forget the tries of a key, after a sign-in that was right."""
        self._limiter.clear(self._item, _name(key))


def _name(key: tuple[str, ...]) -> str:
    # of fixed length, whatever was typed; parts cannot run into each other
    parts = (hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest() for part in key)
    return hashlib.sha256(b"".join(parts)).hexdigest()
