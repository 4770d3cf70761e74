"""Which source column carries which column of a contract."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qunxiang.errors import ContractError, UnknownNameError
from qunxiang.tables import Contract

_IGNORED = str.maketrans("", "", " _-\t\ufeff\u200b·.()[]（）【】")
_NO_RANK = 1_000


@dataclass(frozen=True)
class Recognition:
    """What was recognised of a source.

    `mapping` goes from contract column to source column. `unmapped` are source columns that are not loaded, `missing`
    required contract columns that no source column carries, `ambiguous` contract columns that several carry.
    """

    mapping: dict[str, str]
    unmapped: tuple[str, ...]
    missing: tuple[str, ...]
    ambiguous: dict[str, tuple[str, ...]]


def recognise(
    contract: Contract, source_columns: Iterable[str], mapping: Mapping[str, str] | None = None
) -> Recognition:
    """Find the source column of every contract column.

    A column is known by its name, its label in either language or a synonym, compared without case, spaces,
    underscores and width of characters. What `mapping` (contract column to source column) says goes before.

    Raises
    ------
    UnknownNameError
        When `mapping` names a column that the contract or the source does not have.
    """
    sources = tuple(source_columns)
    chosen = _said(contract, sources, mapping or {})
    taken = set(chosen.values())
    found: dict[str, list[str]] = {}
    for source in sources:
        target = None if source in taken else _best(contract, source, chosen)
        if target is not None:
            found.setdefault(target, []).append(source)
    ambiguous = {target: tuple(names) for target, names in found.items() if len(names) > 1}
    chosen |= {target: names[0] for target, names in found.items() if len(names) == 1}
    in_order = {c.name: chosen[c.name] for c in contract.columns if c.name in chosen}
    used = set(in_order.values()) | {name for names in ambiguous.values() for name in names}
    return Recognition(
        mapping=in_order,
        unmapped=tuple(s for s in sources if s not in used),
        missing=tuple(
            c.name for c in contract.columns if c.required and c.name not in in_order and c.name not in ambiguous
        ),
        ambiguous=ambiguous,
    )


def confirm(contract: Contract, recognition: Recognition, source_columns: Iterable[str]) -> None:
    """Let a recognition pass only when every required column has exactly one source column.

    Raises
    ------
    ContractError
        When two source columns carry one contract column, or none carries a required one.
    """
    for target, names in recognition.ambiguous.items():
        raise ContractError(
            "error.contract.two_names",
            table=contract.name,
            column=_described(contract, target),
            name=target,
            sources=list(names),
            first=names[0],
        )
    if recognition.missing:
        raise ContractError(
            "error.contract.lacks",
            table=contract.name,
            missing=[_described(contract, name) for name in recognition.missing],
            has=list(source_columns),
            first=recognition.missing[0],
        )
    if not recognition.mapping:
        raise ContractError("error.contract.nothing", table=contract.name, has=list(source_columns))


def normalised(name: str) -> str:
    """Return a column name without what does not tell names apart: case, spaces, underscores, width."""
    return unicodedata.normalize("NFKC", name).casefold().translate(_IGNORED)


def _said(contract: Contract, sources: tuple[str, ...], mapping: Mapping[str, str]) -> dict[str, str]:
    by_normal = {normalised(source): source for source in reversed(sources)}
    chosen: dict[str, str] = {}
    for target, source in mapping.items():
        column = contract.column(target) or next(
            (c for c in contract.columns if normalised(target) in (normalised(c.label.zh), normalised(c.label.en))),
            None,
        )
        if column is None:
            raise UnknownNameError(
                "error.contract.unknown_column", table=contract.name, name=target, has=list(contract.names)
            )
        found = source if source in sources else by_normal.get(normalised(source))
        if found is None:
            raise UnknownNameError("error.source.unknown_column", name=source, column=target, has=list(sources))
        chosen[column.name] = found
    return chosen


def _best(contract: Contract, source: str, chosen: Mapping[str, str]) -> str | None:
    """Return the contract column that `source` names best; the contract's own name goes before a synonym."""
    wanted = normalised(source)
    ranks: list[tuple[int, str]] = []
    for column in contract.columns:
        if column.name in chosen:
            continue
        known = [column.name, column.label.zh, column.label.en, *column.synonyms]
        rank = next((i for i, name in enumerate(known) if normalised(name) == wanted), _NO_RANK)
        if rank < _NO_RANK:
            ranks.append((min(rank, 3), column.name))
    return min(ranks, key=lambda r: r[0])[1] if ranks else None


def _described(contract: Contract, name: str) -> str:
    column = contract.column(name)
    return name if column is None else f"{name} ({column.label.zh})"
