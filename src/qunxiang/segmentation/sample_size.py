"""Whether there are rows enough for the number of variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qunxiang.i18n import Message

PER_VARIABLE = 100
"""Rows per variable that are enough in most conditions."""

LEAST_PER_VARIABLE = 70
"""Rows per variable below which segments are often not those of the population."""


@dataclass(frozen=True)
class SampleSize:
    """Rows against variables.

    `per_variable` rows per variable; `old_rule` is 2 to the number of variables, what was asked of latent classes.
    """

    n_rows: float
    n_variables: int
    verdict: Literal["enough", "scarce", "few"]
    message: Message

    @property
    def per_variable(self) -> float:
        """Rows per variable."""
        return self.n_rows / self.n_variables

    @property
    def old_rule(self) -> int:
        """Rows that the rule of 2^p asks for."""
        return int(2**self.n_variables)


def sample_size(n_rows: float, n_variables: int) -> SampleSize:
    """Check the number of rows (with weights: the effective number) against the number of variables.

    References
    ----------
    Formann, A. K. (1984). Die Latent-Class-Analyse (2^p). Dolnicar, S., Grün, B., Leisch, F. & Schmidt, K. (2014).
    Required sample sizes for data-driven market segmentation analyses in tourism. Journal of Travel Research 53 (70 per
    variable). Dolnicar, S., Grün, B. & Leisch, F. (2016). Increasing sample size compensates for data problems in
    segmentation studies. Journal of Business Research 69 (100 per variable).
    """
    if n_variables < 1:
        raise ValueError("at least one variable is needed")
    each = n_rows / n_variables
    verdict: Literal["enough", "scarce", "few"] = (
        "enough" if each >= PER_VARIABLE else "scarce" if each >= LEAST_PER_VARIABLE else "few"
    )
    params = {"rows": round(n_rows), "variables": n_variables, "each": each, "wanted": PER_VARIABLE * n_variables}
    return SampleSize(n_rows, n_variables, verdict, Message(f"segmentation.sample.{verdict}", params))
