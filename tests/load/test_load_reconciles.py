"""Whatever rows come, every one is accepted, unchanged or rejected, and a second load changes nothing."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from load_house import OWNER, rows_in
from load_house import house_in as _house_in

from qunxiang.adapters.sources import open_source
from qunxiang.services.load import load

_IDS = st.sampled_from(["1", "2", "3", " 1", "１", "", None, "a\x00", '"', "\\", "=1"])
_MONEY = st.one_of(
    st.sampled_from(["1", "1.0", "¥1,000.5", "1.234", "", None, "x", "nan", "-0", "1e400", "9" * 30]),
    st.decimals(-1000, 1000, places=2, allow_nan=False).map(str),
)
_DATES = st.one_of(
    st.sampled_from(["2024-01-01", "2024年1月1日", "1/1/24", "", None, "0000-00-00", "2024-02-30", "9999-12-31"]),
    st.text(max_size=12),
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {"order_id": _IDS, "date": _DATES, "amount": _MONEY, "店": st.text(max_size=3), "channel": st.text(max_size=5)}
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=_ROWS)
def test_every_row_is_accounted_for(rows: list[dict[str, Any]], tmp_path_factory: Any) -> None:
    with _house_in(tmp_path_factory.mktemp("house"), at=datetime(2024, 3, 5, tzinfo=UTC)) as house:
        first = load(house, OWNER, "orders", open_source(rows))
        assert first.read == len(rows) == first.accepted + first.unchanged + first.rejected
        loaded = rows_in(house, "orders")
        assert len(loaded) == first.accepted == len({r["order_id"] for r in loaded})
        assert all(r["order_id"] and r["ordered_at"] is not None and r["amount"] is not None for r in loaded)
        quarantined = rows_in(house, "quarantine")
        assert len(quarantined) == first.rejected
        assert all(json.loads(r["reasons"]) and json.loads(r["row"]) for r in quarantined)
        before = house.state.head()
        again = load(house, OWNER, "orders", open_source(rows[::-1]))
        assert (again.accepted, again.rejected) == (0, first.rejected)
        again = load(house, OWNER, "orders", open_source(rows))
        after = house.state.head()
        assert (again.accepted, again.unchanged) == (0, first.accepted + first.unchanged)
        assert before is not None
        assert after is not None
        assert before.tables.get("orders") == after.tables.get("orders")
