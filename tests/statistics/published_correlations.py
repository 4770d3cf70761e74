"""Correlation matrices of the literature, with the numbers of rows behind them."""

from __future__ import annotations

import numpy as np

# Six tests of ability, 112 people: covariances. Smith & Stanley (1983), as `ability.cov` in R's datasets.
ABILITY = ("general", "picture", "blocks", "maze", "reading", "vocab")
ABILITY_ROWS = 112
_ABILITY = """
24.641
5.991 6.700
33.520 18.137 149.831
6.023 1.782 19.424 12.711
20.755 4.936 31.430 4.757 52.604
29.701 7.204 50.753 9.075 66.762 135.292
"""

# Nine tests of 213 people: Thurstone & Thurstone (1941), as given by Bechtoldt (1961) and McDonald (1999).
THURSTONE_ROWS = 213
_THURSTONE = """
1
.828 1
.776 .779 1
.439 .493 .460 1
.432 .464 .425 .674 1
.447 .489 .443 .590 .541 1
.447 .432 .401 .381 .402 .288 1
.541 .537 .534 .350 .367 .320 .555 1
.380 .358 .359 .424 .446 .325 .598 .452 1
"""

# Eight physical measures of 305 girls. Harman (1976), table 2.3, as `Harman23.cor` in R's datasets.
PHYSICAL_ROWS = 305
_PHYSICAL = """
1
.846 1
.805 .881 1
.859 .826 .801 1
.473 .376 .380 .436 1
.398 .326 .319 .329 .762 1
.301 .277 .237 .327 .730 .583 1
.382 .415 .345 .365 .629 .577 .539 1
"""


def _square(text: str) -> np.ndarray:
    rows = [[float(each) for each in line.split()] for line in text.strip().splitlines()]
    lower = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        lower[i, : len(row)] = row
    return lower + np.tril(lower, -1).T


ABILITY_COVARIANCES = _square(_ABILITY)
THURSTONE = _square(_THURSTONE)
PHYSICAL = _square(_PHYSICAL)
