"""One thread for linear algebra on small matrices: a second one only waits, and sums keep their order everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

P = ParamSpec("P")
R = TypeVar("R")

_BLAS = ThreadpoolController()


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function with a single thread of linear algebra."""

    @functools.wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _BLAS.limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
