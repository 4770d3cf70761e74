"""Looking at a source before it is loaded: its columns, what they are taken for, and what is still to be said."""

from __future__ import annotations

from collections.abc import Mapping

from qunxiang.errors import UnknownNameError
from qunxiang.intake import Recognition, guessed_table, recognise
from qunxiang.intake.looks import Look
from qunxiang.intake.own_columns import is_own
from qunxiang.intake.recognition import guess_table, propose
from qunxiang.intake.report import Note
from qunxiang.model import Actor, Frozen
from qunxiang.ports.databases import DatabaseRows
from qunxiang.ports.source import Source, SourceShape
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.cursors import DatabaseLoad
from qunxiang.services.first_rows import first_values
from qunxiang.services.house import House
from qunxiang.services.load_mended import mapped_before, mended_parts
from qunxiang.services.mappings import MappingState, choose
from qunxiang.services.overview import UNMASKED
from qunxiang.tables import LOADED, Contract


class ProposedColumn(Frozen):
    """What one source column may be; see :class:`qunxiang.intake.recognition.Proposal`."""

    source: str
    target: str | None
    confidence: float
    evidence: tuple[str, ...]
    alternatives: tuple[tuple[str, float], ...]
    look: str | None


class Preview(Frozen):
    """What is recognised of a source, as a load into `table` would take it.

    `samples` are a few values per source column, `rows` is None when counting would mean reading all of it. `mapping`
    goes from the table's column to the source's; `unmapped` are source columns that are not loaded, `missing` required
    columns that no source column carries, `ambiguous` columns that several carry. `tables` are the likeliest tables
    with a score (0..1), `proposals` what every source column may be, with how sure that is and why. `lacking` are
    groups of columns of which one is needed, `saved` is the mapping saved for files of this shape, when it was used.
    `found` says how the source turned out to be written, `sheets` are a workbook's.
    """

    source: str
    table: str
    columns: tuple[str, ...]
    samples: dict[str, tuple[str, ...]]
    rows: int | None
    mapping: dict[str, str]
    unmapped: tuple[str, ...]
    missing: tuple[str, ...]
    ambiguous: dict[str, tuple[str, ...]]
    lacking: tuple[tuple[str, ...], ...] = ()
    saved: MappingState | None = None
    tables: tuple[tuple[str, float], ...] = ()
    proposals: tuple[ProposedColumn, ...] = ()
    found: tuple[Note, ...] = ()
    sheets: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether a load would go on with this."""
        return bool(self.mapping) and not self.missing and not self.ambiguous and not self.lacking


@use_case("preview", roles=ANALYSTS, touches="single")
def preview(
    house: House,
    actor: Actor,
    table: str | None,
    source: Source | DatabaseRows,
    *,
    mapping: Mapping[str, str] | None = None,
    exact: bool = False,
    use_saved: bool = True,
) -> Preview:
    """Look at a source without loading it: a file, a frame, or the first rows of a database's table or query.

    Parameters
    ----------
    table
        Table it is meant for; None takes the one whose columns fit best.
    mapping
        Source column per column of the table, where names do not say it.
    exact
        Recognise nothing besides `mapping`.
    use_saved
        Take what is not said from the mapping saved for files of this shape.

    Raises
    ------
    UnknownNameError
        When there is no such table, or `mapping` names a column that does not exist.
    """
    shape, values = _first(house, actor, table, source)
    chosen = table if table is not None else guessed_table(shape.columns, values)
    if chosen not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=chosen[:80], has=list(LOADED))
    known: dict[str, str] = {}
    if not exact and not isinstance(source, DatabaseRows):
        known = mapped_before(mended_parts(house, chosen, source, shape))
    said = choose(
        house,
        chosen,
        shape.columns,
        mapping={**known, **(mapping or {})},
        keep=None,
        types=None,
        system=None,
        exact=exact,
        use_saved=use_saved,
    )
    contract = LOADED[chosen]
    found = recognise(contract, shape.columns, said.mapping, lambda: values, exact=said.exact)
    proposals = tuple(ProposedColumn(**vars(p)) for p in propose(contract, shape.columns, values))
    return Preview(
        source=shape.name,
        table=chosen,
        columns=tuple(c for c in shape.columns if not is_own(c)),
        samples=shape.samples if actor.role in UNMASKED else masked_samples(shape.samples, proposals, contract, found),
        rows=shape.rows,
        mapping=found.mapping,
        unmapped=found.unmapped,
        missing=found.missing,
        ambiguous=found.ambiguous,
        lacking=tuple(group for group in contract.one_of if not any(c in found.mapping for c in group)),
        saved=said.saved,
        tables=guess_table(shape.columns, values)[:3],
        proposals=proposals,
        found=tuple(Note(code=m.code, params=dict(m.params)) for m in shape.found.notes),
        sheets=shape.found.sheets,
    )


def _first(
    house: House, actor: Actor, table: str | None, source: Source | DatabaseRows
) -> tuple[SourceShape, dict[str, list[str]]]:
    """Return the shape of a source and the values of its first rows."""
    if not isinstance(source, DatabaseRows):
        return source.shape(), first_values(source)
    reader = DatabaseLoad(house, actor, table or "", source)
    return reader.shape(), reader.first_values()


def masked_samples(
    samples: Mapping[str, tuple[str, ...]],
    proposals: tuple[ProposedColumn, ...],
    contract: Contract,
    found: Recognition,
) -> dict[str, tuple[str, ...]]:
    """Return samples without the values of columns that are or may be personal."""
    to = {source: target for target, source in found.mapping.items()}
    hidden = {c.name for c in contract.columns if c.hidden}
    personal = {p.source for p in proposals if p.look in _PERSONAL or p.target in hidden or to.get(p.source) in hidden}
    return {s: tuple("•••" for _ in v) if s in personal else v for s, v in samples.items()}


_PERSONAL = frozenset({Look.PHONE.value, Look.EMAIL.value, Look.ID_NUMBER.value})
