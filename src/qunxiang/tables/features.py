"""What of records is compared to find those that are one: handed by matching to whoever scores pairs."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa


class Features(NamedTuple):
    """Records ready to be compared: `table` has ``unique_id``, the compared columns and one column per block."""

    kind: str
    table: pa.Table
    blocks: tuple[str, ...]
