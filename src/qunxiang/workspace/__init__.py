"""The Python face of Qunxiang: a workspace and its groups of use cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

from qunxiang.adapters.sources import open_source
from qunxiang.adapters.sources.gathering import is_many, named
from qunxiang.intake.custom import Keep
from qunxiang.intake.report import LoadReport
from qunxiang.model import Actor, ReadingOptions, Snapshot
from qunxiang.ports.clock import Clock
from qunxiang.ports.databases import DatabaseRows
from qunxiang.services import find as finding
from qunxiang.services import load as loading
from qunxiang.services import overview as looking
from qunxiang.services import preview as looking_ahead
from qunxiang.services import quality as checking
from qunxiang.services import report as reporting
from qunxiang.services import resolve as resolving
from qunxiang.services import review as reviewing
from qunxiang.services.access import flush_reads
from qunxiang.services.house import House, Progress, Settings, silent
from qunxiang.services.past import Every, PastReport, refresh_past
from qunxiang.services.quality import QualityCheck
from qunxiang.services.refresh import RefreshReport, refresh
from qunxiang.services.resolve import ResolveReport
from qunxiang.services.review import DecisionReport
from qunxiang.workspace.brand import BrandGroup
from qunxiang.workspace.competitors import CompetitorGroup
from qunxiang.workspace.data import DataGroup
from qunxiang.workspace.dates import day_of
from qunxiang.workspace.definitions import DefinitionGroup
from qunxiang.workspace.files import written
from qunxiang.workspace.many import first_of, load_each, telling
from qunxiang.workspace.market import MarketGroup
from qunxiang.workspace.opening import create_house, open_house
from qunxiang.workspace.options import reading_options
from qunxiang.workspace.people import AuditGroup, JobGroup, UserGroup
from qunxiang.workspace.personas import PersonaGroup
from qunxiang.workspace.places import PlaceGroup
from qunxiang.workspace.quality import QualityGroup
from qunxiang.workspace.review import ReviewGroup
from qunxiang.workspace.scales import ScaleGroup
from qunxiang.workspace.schedules import ScheduleGroup
from qunxiang.workspace.segments import SegmentGroup
from qunxiang.workspace.sources import SourceGroup
from qunxiang.workspace.strategy import StrategyGroup
from qunxiang.workspace.surveys import SurveyGroup
from qunxiang.workspace.targets import TargetGroup
from qunxiang.workspace.traits import TraitGroup
from qunxiang.workspace.value import ValueGroup

__all__ = ["Workspace"]


class Workspace:
    """A folder with a company's customer data and everything decided on it.

    Parameters
    ----------
    folder
        Folder of an existing workspace; :meth:`create` makes a new one.
    actor
        For whom to act; the local owner when None.

    Raises
    ------
    WorkspaceError
        When the folder is no workspace, is damaged, or was written by a newer version.
    """

    def __init__(self, folder: str | Path = ".", *, actor: Actor | None = None, clock: Clock | None = None) -> None:
        self._enter(open_house(Path(folder).absolute(), clock=clock), actor or Actor.owner())

    def _enter(self, house: House, actor: Actor) -> None:
        self.house = house
        self.actor = actor
        self.data = DataGroup(house, actor)
        self.review = ReviewGroup(house, actor)
        self.sources = SourceGroup(house, actor)
        self.traits = TraitGroup(house, actor)
        self.places = PlaceGroup(house, actor)
        self.quality = QualityGroup(house, actor)
        self.segments = SegmentGroup(house, actor)
        self.scales = ScaleGroup(house, actor)
        self.market = MarketGroup(house, actor)
        self.surveys = SurveyGroup(house, actor)
        self.value = ValueGroup(house, actor)
        self.targets = TargetGroup(house, actor)
        self.brand = BrandGroup(house, actor)
        self.competitors = CompetitorGroup(house, actor)
        self.personas = PersonaGroup(house, actor)
        self.strategy = StrategyGroup(house, actor)
        self.definitions = DefinitionGroup(house, actor)
        self.jobs = JobGroup(house, actor)
        self.schedules = ScheduleGroup(house, actor)
        self.users = UserGroup(house, actor)
        self.audit = AuditGroup(house, actor)

    @classmethod
    def create(
        cls,
        folder: str | Path,
        *,
        name: str | None = None,
        lang: str = "zh",
        time_zone: str = "Asia/Shanghai",
        currency: str = "CNY",
        notice: tuple[str, str] = ("", ""),
        state: str | None = None,
        clock: Clock | None = None,
    ) -> Workspace:
        """Make a workspace in `folder` and open it.

        Parameters
        ----------
        name
            Name shown to people; the folder's name when None.
        time_zone
            IANA name; days begin in it, moments are shown in it and naive moments in files are read in it.
        currency
            ISO code of all amounts.
        notice
            Remark on the data's origin in Chinese and English, shown wherever the data are.
        state
            URL of a PostgreSQL database for a team; None keeps the state in the folder.

        Raises
        ------
        WorkspaceError
            When the folder holds a workspace already.
        SettingError
            When the time zone, language or currency does not exist.
        """
        path = Path(folder).absolute()
        settings = Settings(
            name=name or path.name,
            folder=path,
            time_zone=time_zone,
            currency=currency.upper(),
            lang=lang,
            notice_zh=notice[0],
            notice_en=notice[1],
            id=uuid4().hex,
        )
        made = cls.__new__(cls)
        made._enter(create_house(settings, state=state, clock=clock), Actor.owner())
        return made

    def acting_as(self, actor: Actor) -> Workspace:
        """Return the same workspace for another actor."""
        other = type(self).__new__(type(self))
        other._enter(self.house, actor)
        return other

    @property
    def settings(self) -> Settings:
        """Settings of the workspace."""
        return self.house.settings

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot."""
        return self.house.state.head()

    def preview(
        self,
        source: Any,
        table: str | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        exact: bool = False,
        use_saved: bool = True,
        sheet: str | None = None,
        encoding: str | None = None,
    ) -> looking_ahead.Preview:
        """Look at a source without loading it; see :func:`qunxiang.services.preview.preview`."""
        how: dict[str, Any] = {"mapping": columns, "exact": exact, "use_saved": use_saved}
        if isinstance(source, DatabaseRows):
            return looking_ahead.preview(self.house, self.actor, table, source, **how)
        with first_of(source, self.settings, encoding=encoding, sheet=sheet) as opened:
            return looking_ahead.preview(self.house, self.actor, table, opened, **how)

    def load(
        self,
        table: str,
        source: Any,
        *,
        columns: Mapping[str, str] | None = None,
        keep: Keep | None = None,
        types: Mapping[str, str] | None = None,
        system: str | None = None,
        reading: ReadingOptions | Mapping[str, Any] | None = None,
        exact: bool = False,
        use_saved: bool = True,
        remember: bool = False,
        sheet: str | None = None,
        encoding: str | None = None,
        dry_run: bool = False,
        progress: Progress = silent,
    ) -> LoadReport:
        """Load rows into a table; see :func:`qunxiang.services.load.load`.

        Parameters
        ----------
        table
            Name of the table, such as ``orders``.
        source
            Path of a CSV, Parquet, Excel or JSON Lines file; of a folder, a pattern such as ``exports/*.csv``, a ZIP or
            gzip file, or a list of paths, each file of which is loaded by itself; a frame (Arrow, pandas, list of
            dicts); or rows of a database as ``ws.sources.rows("shop", table="orders")`` names them.
        columns
            Which source column fills which column of the table, where names do not say it: ``{"amount": "实付金额"}``.
        keep
            Which other source columns become custom columns of the table: ``all``, ``none``, or their names.
        types
            Column types of kept source columns, where their content does not say it: ``{"等级": "text"}``.
        system
            Name of the source system whose ids of customers, orders and other records the rows carry, such as ``erp``.
        reading
            What values leave open: ``{"dates": {"下单时间": "dmy"}, "currency": "USD"}``; and with
            ``{"unreadable": "blank"}`` that those which cannot be read are left empty where they may be, instead of
            their rows being rejected. See :class:`qunxiang.model.ReadingOptions`.
        exact
            Recognise nothing besides `columns`.
        use_saved, remember
            Use the mapping saved for files with these columns; save this one for the next of them.
        """
        how: dict[str, Any] = {"mapping": columns, "keep": keep, "types": types, "system": system, "exact": exact}
        how |= {"use_saved": use_saved, "remember": remember}
        how["reading"] = reading_options(reading)

        def load(opened: Any, name: str | None = None) -> LoadReport:
            shown = opened if name is None else named(opened, name)
            return loading.load(self.house, self.actor, table, shown, **how, dry_run=dry_run, progress=progress)

        if isinstance(source, DatabaseRows):
            return load(source)
        if is_many(source):
            return load_each(table, source, self.settings, load, encoding=encoding, sheet=sheet)
        with telling(source, self.settings.folder):
            return load(open_source(source, encoding=encoding, sheet=sheet, scratch=self.settings.scratch))

    def resolve(self, *, progress: Progress = silent) -> ResolveReport:
        """Find who is who; see :func:`qunxiang.services.resolve.resolve`."""
        return resolving.resolve(self.house, self.actor, progress=progress)

    def refresh(self, as_of: str | date | None = None, *, progress: Progress = silent) -> RefreshReport:
        """Compute traits and memberships as of a date; see :func:`qunxiang.services.refresh.refresh`."""
        return refresh(self.house, self.actor, as_of=day_of(as_of), progress=progress)

    def refresh_past(
        self,
        first: str | date,
        last: str | date | None = None,
        *,
        every: Every = "month",
        progress: Progress = silent,
    ) -> PastReport:
        """Compute traits and memberships of past dates; see :func:`qunxiang.services.past.refresh_past`."""
        begin = day_of(first)
        assert begin is not None
        return refresh_past(self.house, self.actor, first=begin, last=day_of(last), every=every, progress=progress)

    def check(self, as_of: str | date | None = None, *, progress: Progress = silent) -> QualityCheck:
        """Measure the quality of the loaded tables; see :func:`qunxiang.services.quality.check`."""
        return checking.check(self.house, self.actor, as_of=day_of(as_of), progress=progress)

    def who(self, profile_id: str) -> looking.ProfileView:
        """Return what is known of one profile; see :func:`qunxiang.services.overview.who`."""
        return looking.who(self.house, self.actor, profile_id)

    def find(self, text: str) -> finding.FoundCustomers:
        """Find customers by id, telephone, e-mail, name or company; see :func:`qunxiang.services.find.find`."""
        return finding.find(self.house, self.actor, text)

    def split(self, profile_id: str, records: Sequence[str], *, why: str) -> DecisionReport:
        """Take records out of a profile; see :func:`qunxiang.services.review.split`."""
        return reviewing.split(self.house, self.actor, profile_id, records=records, why=why)

    def join(self, profile_id: str, other: str, *, why: str) -> DecisionReport:
        """Say that two profiles are one customer; see :func:`qunxiang.services.review.join`."""
        return reviewing.join(self.house, self.actor, profile_id, other=other, why=why)

    def overview(self) -> looking.Overview:
        """Return where the workspace stands; see :func:`qunxiang.services.overview.overview`."""
        return looking.overview(self.house, self.actor)

    def report(
        self, segmentation: str, out: str | Path, *, lang: str | None = None, progress: Progress = silent
    ) -> Path:
        """Write the description report of a segmentation as PDF, HTML, XLSX or PPTX, by the ending of `out`.

        Raises
        ------
        UnknownNameError
            When there is no such segmentation.
        SettingError
            When the ending is none of the four.
        """
        path = Path(out)
        content = reporting.report(
            self.house,
            self.actor,
            segmentation,
            format=path.suffix.lstrip(".").lower(),
            lang=lang or self.settings.lang,
            progress=progress,
        )
        return written(path, content)

    def close(self) -> None:
        """Write what is still to be noted in the audit and close connections."""
        try:
            flush_reads(self.house)
        finally:
            self.house.state.close()
            self.house.engine.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        snapshot = self.snapshot
        at = "nothing loaded" if snapshot is None else f"run {snapshot.run}, as of {snapshot.as_of or 'no refresh yet'}"
        return f"Workspace({self.settings.name!r}, {at}, acting as {self.actor.name} ({self.actor.role}))"
