"""Likelihood of a fitted mixture and the criteria made from it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Likelihood:
    """Fit of a mixture; the criteria are better when smaller.

    Parameters
    ----------
    log_likelihood
        Of all rows used, at the parameters found.
    n_parameters
        Free parameters; shares that ended at 0 or 1 count as well.
    n_rows
        Rows used, or the sum of their weights.
    entropy
        −Σ p log p of the rows' class probabilities, in nats: 0 when every row surely belongs to one class.
    n_classes
        Number of classes.

    References
    ----------
    Akaike, H. (1974). Schwarz, G. (1978). Biernacki, C., Celeux, G. & Govaert, G. (2000). Assessing a mixture model
    for clustering with the integrated completed likelihood. IEEE PAMI 22.
    """

    log_likelihood: float
    n_parameters: int
    n_rows: float
    entropy: float
    n_classes: int

    @property
    def aic(self) -> float:
        """−2 log L + 2 parameters."""
        return -2 * self.log_likelihood + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """−2 log L + parameters × log rows."""
        return -2 * self.log_likelihood + self.n_parameters * math.log(self.n_rows)

    @property
    def icl(self) -> float:
        """BIC plus twice the entropy: classes that overlap cost."""
        return self.bic + 2 * self.entropy

    @property
    def entropy_r2(self) -> float:
        """1 − entropy ÷ (rows × log classes): 1 when rows belong surely, 0 when nothing tells them apart."""
        if self.n_classes < 2:
            return 1.0
        return 1 - self.entropy / (self.n_rows * math.log(self.n_classes))
