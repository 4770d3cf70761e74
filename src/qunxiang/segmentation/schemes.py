"""Ready-made classifications: segments whose rules are written from a few thresholds.

Each scheme names its parameters. A parameter is found from the data by a query or has a value by convention; people may
set any of them by hand. Rules are written so that no profile fits two of them, and `rest` takes all others.
"""

from __future__ import annotations

from collections.abc import Mapping

from qunxiang.segmentation.scheme import Scheme
from qunxiang.segmentation.schemes_of_needs import NEED, PRICE_SENSITIVITY
from qunxiang.segmentation.schemes_of_value import LOYALTY, RFM, VALUE_TIER

SCHEMES: Mapping[str, Scheme] = {s.id: s for s in (RFM, VALUE_TIER, LOYALTY, PRICE_SENSITIVITY, NEED)}
"""Ready-made classifications by id."""
