"""The demo of a retailer: a workspace with real data, and the loop through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa

from qunxiang.adapters.packs import RETAIL_NOTICE, PackSource, retail_sources
from qunxiang.adapters.sources import open_source
from qunxiang.errors import ConflictError, SettingError
from qunxiang.i18n import Label, template
from qunxiang.model import Actor, Role
from qunxiang.ports.source import Source, SourceShape
from qunxiang.services.house import Progress, silent
from qunxiang.services.loop import Done, Plan, PlannedLoad, PlannedRule, loop
from qunxiang.workspace import Workspace
from qunxiang.workspace.files import written
from qunxiang.workspace.settings import FILE

__all__ = ["AS_OF", "NAMES", "Done", "demo_loop", "demo_workspace"]

NAMES: Final = ("retail",)
AS_OF: Final = date(2018, 1, 1)
"""The day of the last baskets; 86 of them are stamped with it."""

_LIFESTYLE: Final = (
    "basket_value",
    "interpurchase_days",
    "spend_share_grocery",
    "spend_share_drug_gm",
    "spend_share_fuel",
    "spend_share_produce",
    "spend_share_meat",
)
"""What people buy and how they shop, rather than how much: how much is what the value tiers tell."""

EXPORTS: Final = "exports"
_STRENGTHS: Final = (8.0, 6.0, 5.0, 4.0, 4.0, 3.0, 3.0, 2.0)
_RULE: Final = PlannedRule(
    name="lapsing_regulars",
    rule="recency_days > 30 and frequency >= 20",
    label=Label("渐远的常客", "Lapsing regulars"),
    note=Label("来过至少 20 次，但已超过 30 天没有再来。", "Came at least 20 times, but not in the last 30 days."),
)


def demo_workspace(name: str, folder: str | Path, *, lang: str) -> Workspace:
    """Open the demo's workspace in `folder`, made when there is none.

    Raises
    ------
    SettingError
        When there is no such demo.
    ConflictError
        When the folder holds a workspace with other data.
    """
    if name not in NAMES:
        raise SettingError("error.demo.unknown", name=name, known=list(NAMES))
    path = Path(folder)
    if not (path / FILE).exists():
        notice = (RETAIL_NOTICE.zh, RETAIL_NOTICE.en)
        title = template("demo.name", lang)
        return Workspace.create(path, name=title, lang=lang, time_zone="UTC", currency="USD", notice=notice)
    found = Workspace(path)
    if found.settings.notice_en != RETAIL_NOTICE.en:
        found.close()
        raise ConflictError("error.demo.other", folder=str(path))
    return found


def demo_loop(workspace: Workspace, *, progress: Progress = silent) -> Iterator[Done]:
    """Run the demo's loop in its workspace; steps that are done stay as they are.

    Example judgements and the choice of targets are written under the name ``demo`` and say that they are examples.
    """
    lang = workspace.settings.lang
    actor = Actor(name="demo", role=Role.ADMIN, via=workspace.actor.via)
    loaded = workspace.snapshot is not None and set(_TABLES) <= set(workspace.snapshot.tables)
    plan = Plan(
        loads=[PlannedLoad(name, _unopened, {}) for name in _TABLES]
        if loaded
        else [_planned(p) for p in retail_sources()],
        as_of=AS_OF,
        schemes=("rfm", "value_tier", "loyalty", "price_sensitivity"),
        rules=(_RULE,),
        fit="lifestyle",
        traits=_LIFESTYLE,
        label=Label("生活方式", "Lifestyle"),
        seed=0,
        n_pairs=30,
        strengths=_STRENGTHS,
        judge=template("demo.judge", lang),
        choose=template("demo.choose", lang),
        targets=3,
        folder=workspace.settings.folder / EXPORTS,
        write=written,
    )
    return loop(workspace.house, actor, plan, progress=progress)


_TABLES: Final = ("products", "persons", "order_lines", "campaign_contacts", "responses")


def _planned(pack: PackSource) -> PlannedLoad:
    return PlannedLoad(pack.table, _opener(pack), pack.mapping, keep="none")


def _opener(pack: PackSource) -> Callable[[], Source]:
    return lambda: _Named(open_source(pack.source), pack.name)


class _Named:
    """A source under the name of the file that its rows come from."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name

    def shape(self) -> SourceShape:
        """Look at the first rows."""
        return replace(self._source.shape(), name=self._name)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Read the rows."""
        return self._source.batches()


def _unopened() -> Source:
    raise SettingError("error.demo.unknown", name="", known=list(NAMES))
