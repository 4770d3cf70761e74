"""What customers are worth: repeat purchases, money per purchase, renewals of contracts."""

from qunxiang.valuation.beta_geo import BetaGeo, ModifiedBetaGeo
from qunxiang.valuation.gamma_gamma import GammaGamma, frequency_value_correlation
from qunxiang.valuation.pareto_nbd import ParetoNBD
from qunxiang.valuation.shifted_beta_geo import ShiftedBetaGeo

__all__ = [
    "BetaGeo",
    "GammaGamma",
    "ModifiedBetaGeo",
    "ParetoNBD",
    "ShiftedBetaGeo",
    "frequency_value_correlation",
]
