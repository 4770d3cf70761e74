"""Which source column carries which column of a contract."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from qunxiang.errors import ContractError, UnknownNameError
from qunxiang.intake.beside import Meant, meant_beside
from qunxiang.intake.looks import ENOUGH, Look, companies_in, digits_in, looks
from qunxiang.intake.ranges import has_ranges, has_sizes, range_share
from qunxiang.tables import LOADED, Column, ColumnType, Contract

THRESHOLD = 0.8
"""Confidence from which a column is mapped without being asked; below it is only proposed."""

Evidence = Literal["name", "synonym", "part", "content", "said"]
"""Why a column is proposed: it is called so, is known to be called so, the name holds it, the values look so, told."""

Values = Mapping[str, Sequence[str]]
Looked = Mapping[str, tuple[Look | None, float]]
"""Some values of every source column, as text."""

_IGNORED = str.maketrans("", "", " _-\t\ufeff\u200b·.()[]（）【】:：*#")
_JOINED = re.compile(r"[/.]")
_UNITS = re.compile(r"[(（\[【](?:元|rmb|cny|usd|￥|¥|\$|人|件|个|岁|%|含税|必填|选填)[)）\]】]\s*$", re.IGNORECASE)
_NAME, _SYNONYM, _WEAK, _WITH_UNIT, _PART, _FITS, _FITS_LOOSELY = 0.98, 0.93, 0.85, 0.03, 0.6, 0.15, 0.1
_SURER = 0.89  # what is called so, or by a synonym with a unit behind it; no weak synonym reaches it
_TELLING = {
    Look.CREDIT_CODE: ("credit_code", 0.95),
    Look.ID_NUMBER: ("id_number", 0.95),
    Look.EMAIL: ("email", 0.9),
    Look.PHONE: ("phone", 0.82),
    Look.PROVINCE: ("province", 0.82),
    Look.GENDER: ("gender", 0.82),
    Look.URL: ("website", 0.7),
    Look.CITY: ("city", 0.7),
}
_LOOK_OF_TYPE = {
    ColumnType.DATE: (Look.DATE,),
    ColumnType.TIMESTAMP: (Look.DATE,),
    ColumnType.MONEY: (Look.MONEY, Look.NUMBER),
    ColumnType.NUMBER: (Look.NUMBER, Look.PERCENT, Look.MONEY),
    ColumnType.INTEGER: (Look.NUMBER,),
    ColumnType.BOOLEAN: (Look.TRUTH,),
}
_STRONG = frozenset({Look.CREDIT_CODE, Look.ID_NUMBER, Look.EMAIL, Look.PHONE, Look.DATE, Look.MONEY, Look.TRUTH})
_ALONE = frozenset({Look.CREDIT_CODE, Look.ID_NUMBER, Look.EMAIL, Look.DATE})
_SURE_VALUES = 5  # known values below which content says nothing against a name
_SHORTEST_PART = 2
_UNSURE = 0.7
_WHOSE_ELSE = frozenset({Look.CREDIT_CODE, Look.ID_NUMBER})
_NAMELESS = re.compile(r"(?:column|col|field|f|c|unnamed|字段|列|号码|号)?[ _:]*\d*|.", re.IGNORECASE)


_HALF = 0.5
_CUSTOMER_NAMES = frozenset({"客户名称", "客户", "customername", "customer", "买方名称", "购方名称", "往来单位"})
_CUSTOMER_IDS = frozenset(
    {"客户编号", "客户编码", "客户代码", "客户id", "客户号"}
    | {"customerid", "customerno", "customercode", "customernumber"}
)
"""Words that mean a person or a company, as the customer's name beside them says."""


@dataclass(frozen=True)
class Proposal:
    """What one source column may be.

    `target` is the likeliest contract column with its `confidence` (0..1) and `evidence`, None when nothing fits;
    `alternatives` are others with theirs, likeliest first. `look` is what the values look like.
    """

    source: str
    target: str | None
    confidence: float
    evidence: tuple[Evidence, ...]
    alternatives: tuple[tuple[str, float], ...] = ()
    look: Look | None = None


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


def propose(
    contract: Contract,
    source_columns: Iterable[str],
    values: Values,
    looked: Looked | None = None,
    beside_of: Iterable[str] | None = None,
) -> tuple[Proposal, ...]:
    """Say of every source column which contract column it is likely to be, and why; `looked` is what values look like.

    `beside_of` are all columns of the source where some are left out.

    A name or label gives 0.98, a synonym 0.93, a weak one 0.85 (0.03 less with a unit behind it), a name that only ends
    with one 0.6, up to 0.75 when the values fit. Values alone give 0.95 for codes with a check digit; phones, addresses
    and provinces whose column has a name of its own stay below the threshold, because they may be somebody else's.
    Values that speak against a name halve it. Where values are ranges (50-99人), the names of the column of the exact
    numbers are those of the column of their ranges.

    Returns
    -------
    tuple of Proposal
        One per source column, in order.
    """
    sources = tuple(source_columns)
    of_companies = _of_companies(sources, values)
    seen = looked if looked is not None else looked_at({s: values.get(s, ()) for s in sources})
    nothing = (None, 0.0)
    beside = meant_beside(contract, sources if beside_of is None else beside_of)
    return tuple(
        _proposal(contract, s, values.get(s, ()), seen.get(s, nothing), beside.get(s), of_companies=of_companies)
        for s in sources
    )


def _of_companies(sources: tuple[str, ...], values: Values) -> bool:
    """Whether the customers that a source names are companies."""
    return any(normalised(s) in _CUSTOMER_NAMES and companies_in(values.get(s, ())) > _HALF for s in sources)


def looked_at(values: Values) -> Looked:
    """Return what most values of every source column look like, and the share of them."""
    return {source: looks(found) for source, found in values.items()}


def _proposal(
    contract: Contract,
    source: str,
    values: Sequence[str],
    looked: tuple[Look | None, float],
    meant: Meant | None,
    *,
    of_companies: bool,
) -> Proposal:
    known = [v for v in values if v.strip()]
    look, share = looked
    look = look if share >= ENOUGH else None
    found: dict[str, tuple[float, tuple[Evidence, ...]]] = {}
    for column in contract.columns:
        confidence, why, ranged = _named(contract, column, source, known)
        if confidence:
            fits = _FITS_LOOSELY if ranged else _fit(column, look)
            if why == "part":
                confidence += fits
            if (len(known) >= _SURE_VALUES and _against(column, known, look)) or _misfit(contract, column, known):
                confidence /= 2
            evidence: tuple[Evidence, ...] = (why, "content") if ranged or (fits and why == "part") else (why,)
            found[column.name] = (confidence, evidence)
    if meant is not None and meant.not_ in found:
        found[meant.not_] = (found[meant.not_][0] / 2, found[meant.not_][1])
    if meant is not None and meant.instead is not None:
        found[meant.instead] = (_WEAK, ("synonym",))
    if of_companies and normalised(source) in _CUSTOMER_IDS and "account_id" in contract.names:
        found["account_id"] = (_SYNONYM, ("synonym", "content"))
        found |= {"person_id": (_SYNONYM / 2, found["person_id"][1])} if "person_id" in found else {}
    if look in _TELLING:
        target, confidence = _TELLING[look]
        if contract.column(target) is not None and found.get(target, (0.0, ()))[0] < confidence:
            # whose phone it is, only a name can say: 推荐人手机 is not the customer's
            sure = confidence if look in _WHOSE_ELSE or _NAMELESS.fullmatch(source.strip()) else _UNSURE
            if len(known) < _SURE_VALUES or not _says_nothing_else(found):
                sure = min(sure, _UNSURE)
            if found.get(target, (0.0, ()))[0] < sure:
                found[target] = (sure, ("content",))
    ranked = sorted(found.items(), key=lambda item: -item[1][0])
    if not ranked:
        return Proposal(source, None, 0.0, (), (), look)
    (target, (confidence, why_all)), rest = ranked[0], ranked[1:]
    others = tuple((name, round(c, 2)) for name, (c, _) in rest[:3])
    return Proposal(source, target, round(confidence, 2), why_all, others, look)


def _says_nothing_else(found: Mapping[str, tuple[float, tuple[Evidence, ...]]]) -> bool:
    return all(confidence < THRESHOLD for confidence, _ in found.values())


def _by_name(column: Column, source: str) -> tuple[float, Evidence]:
    # a name in two header rows, or of a nested value, is joined: 联系方式/手机号, address.city
    last = _JOINED.split(source)[-1]
    for name, less in ((source, 0.0), (_UNITS.sub("", source), _WITH_UNIT), (last, _WITH_UNIT)):
        wanted = normalised(name)
        if not wanted:
            continue
        if wanted in (normalised(column.name), normalised(column.label.zh), normalised(column.label.en)):
            return _NAME - less, "name"
        if any(normalised(s) == wanted for s in column.synonyms):
            return _SYNONYM - less, "synonym"
        if any(normalised(s) == wanted for s in column.weak):
            return _WEAK - less, "synonym"
    wanted = normalised(source)
    for name in (column.label.zh, column.name, column.label.en, *column.synonyms):
        part = normalised(name)
        shortest = _SHORTEST_PART if not part.isascii() else 2 * _SHORTEST_PART
        if len(part) >= shortest and wanted != part and wanted.endswith(part):
            return _PART, "part"
    return 0.0, "name"


def _fit(column: Column, look: Look | None) -> float:
    """Return what the values add to a name that only holds the column's."""
    if look is None:
        return 0.0
    if look in _TELLING and _TELLING[look][0] == column.name:
        return _FITS
    if look in _LOOK_OF_TYPE.get(column.type, ()):
        return _FITS_LOOSELY
    return 0.0


def _against(column: Column, known: Sequence[str], look: Look | None) -> bool:
    """Whether the values cannot be meant: dates in an amount, words in a number, an address in a name."""
    numeric = column.type in (ColumnType.MONEY, ColumnType.NUMBER, ColumnType.INTEGER)
    dated = column.type in (ColumnType.DATE, ColumnType.TIMESTAMP)
    if numeric or dated:
        wrong = (
            {Look.DATE, Look.EMAIL, Look.PHONE, Look.CREDIT_CODE, Look.ID_NUMBER}
            if numeric
            else {
                Look.EMAIL,
                Look.PHONE,
                Look.MONEY,
                Look.CREDIT_CODE,
                Look.ID_NUMBER,
                Look.PERCENT,
            }
        )
        return look in wrong or digits_in(known) < 1 - ENOUGH
    if column.type is ColumnType.BOOLEAN:
        return look in (_STRONG - {Look.TRUTH})
    telling = next((kind for kind, (name, _) in _TELLING.items() if name == column.name), None)
    return look in _ALONE and look is not telling and column.name not in _FREE


def _named(contract: Contract, column: Column, source: str, known: Sequence[str]) -> tuple[float, Evidence, bool]:
    """Return how surely a source names a column, how, and whether its values are ranges and say that it is this one."""
    confidence, why = _by_name(column, source)
    exact = None if column.range_of is None else contract.column(column.range_of)
    of_exact, how = (0.0, why) if exact is None else _by_name(exact, source)
    if exact is None or not (confidence or of_exact) or not has_ranges(known, exact.type):
        return confidence, why, False
    return (min(of_exact, _SYNONYM), how, True) if of_exact > confidence else (confidence, why, bool(confidence))


def _misfit(contract: Contract, column: Column, known: Sequence[str]) -> bool:
    """Whether the values are ranges where numbers are meant (员工规模 is either, as the file has it), or no sizes."""
    exact = None if column.range_of is None else contract.column(column.range_of)
    if exact is not None:
        return not has_sizes(known, exact.type)
    if contract.ranges_of(column.name) is not None:
        return has_ranges(known, column.type)
    counts = column.type is ColumnType.INTEGER and not column.required
    return counts and range_share(known, column.type)[0] >= _HALF


def _sized(contract: Contract, found: Iterable[str]) -> bool:
    """Whether a column was found whose values say whether they are numbers or ranges."""
    columns = [c for target in found if (c := contract.column(target)) is not None]
    return any(
        (c.type is ColumnType.INTEGER and not c.required) or c.range_of or contract.ranges_of(c.name) for c in columns
    )


_FREE = frozenset({"text", "answer", "fact", "title", "interests", "lifestyle", "period", "username", "phone_2"})


def recognise(
    contract: Contract,
    source_columns: Iterable[str],
    mapping: Mapping[str, str] | None = None,
    values: Callable[[], Values] | None = None,
    *,
    exact: bool = False,
    looked: Looked | None = None,
) -> Recognition:
    """Find the source column of every contract column.

    A column is known by its name, its label in either language or a synonym, compared without case, spaces,
    underscores and width of characters; what no name tells is known by its values where these are sure enough (see
    :func:`propose`). What `mapping` (contract column to source column) says goes before.

    Parameters
    ----------
    values
        Gives some values of every source column; asked only when names leave something open.
    exact
        Recognise nothing besides `mapping`.
    looked
        What the values look like, by source column, where that is known already.

    Raises
    ------
    UnknownNameError
        When `mapping` names a column that the contract or the source does not have.
    """
    sources = tuple(source_columns)
    chosen = _said(contract, sources, mapping or {})
    taken = set(chosen.values())
    beside = meant_beside(contract, sources)
    named: dict[str, list[tuple[str, float]]] = {}
    for source in sources:
        target, sure = ("", 0.0) if exact or source in taken else _best(contract, source, chosen, beside.get(source))
        if sure >= THRESHOLD:
            named.setdefault(target, []).append((source, sure))
    found = {target: _surest(names) for target, names in named.items()}
    open_ = [s for s in sources if s not in taken and all(s not in names for names in found.values())]
    if values is not None and (open_ or _sized(contract, found)) and not exact:
        for target, source in _by_values(contract, sources, values(), found, chosen, looked).items():
            found[target] = [source]
    found |= _by_name_alone(contract, sources, found, chosen)
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


_NAME_FOR_ID = {
    "product_id": frozenset({"product", "产品", "商品", "品名", "productname", "产品名称", "商品名称"}),
    "ordered_at": frozenset(
        {"付款时间", "订单付款时间", "买家付款时间", "支付时间", "paytime", "paymenttime", "paidat"}
    ),
    "campaign_id": frozenset({"活动名称", "活动主题", "营销活动名称", "campaignname", "campaigntitle"}),
}
"""Names of things that stand for their required id where a source carries none, and payments for the order's time."""


def _by_name_alone(
    contract: Contract, sources: tuple[str, ...], found: Mapping[str, list[str]], chosen: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return the column that names the thing for an id that no column carries; it stays the name, too."""
    taken = set(chosen.values())
    made: dict[str, list[str]] = {}
    for target, names in _NAME_FOR_ID.items():
        column = contract.column(target)
        if column is not None and column.required and target not in found and target not in chosen:
            names_it = {chosen.get("name"), chosen.get(target.replace("_id", "_name")), chosen.get("paid_at")}
            free = [s for s in sources if s not in taken or s in names_it]
            fitting = [s for s in free if normalised(s) in names]
            made |= {target: fitting} if len(fitting) == 1 else {}
    return made


def _by_values(
    contract: Contract,
    sources: tuple[str, ...],
    values: Values,
    found: dict[str, list[str]],
    chosen: Mapping[str, str],
    looked: Looked | None,
) -> dict[str, str]:
    """Return what the values tell of columns that no name does, and take out of `found` what they speak against."""
    said = set(chosen.values())
    sure: dict[str, list[str]] = {}
    for proposal in propose(contract, [s for s in sources if s not in said], values, looked, sources):
        named = next((t for t, names in found.items() if proposal.source in names), None)
        if named is not None:
            if proposal.target == named and (proposal.confidence >= THRESHOLD or "name" in proposal.evidence):
                continue  # whoever uses our own name means it; rows that do not fit are rejected with their reason
            found[named].remove(proposal.source)
        if proposal.target is not None and proposal.confidence >= THRESHOLD:
            sure.setdefault(proposal.target, []).append(proposal.source)
    for target in [t for t, names in found.items() if not names]:
        del found[target]
    free = {c.name for c in contract.columns} - set(found) - set(chosen)
    return {target: names[0] for target, names in sure.items() if target in free and len(names) == 1}


def guess_table(source_columns: Iterable[str], values: Values) -> tuple[tuple[str, float], ...]:
    """Say which tables a source may be for, with a score (0..1), likeliest first.

    The score is the share of the source's columns that the table knows, each weighted by how few tables know it, less
    half for every required column that is missing. A list whose customers are companies is not one of persons.
    """
    sources = tuple(source_columns)
    known: dict[str, dict[str, float]] = {}
    lacking: dict[str, int] = {}
    looked = looked_at(values)
    for name, contract in LOADED.items():
        found = recognise(contract, sources, values=lambda: values, looked=looked)
        taken = dict.fromkeys(found.mapping.values(), 1.0) | {s: 1.0 for n in found.ambiguous.values() for s in n}
        known[name] = taken
        groups = sum(not any(c in found.mapping or c in found.ambiguous for c in g) for g in contract.one_of)
        lacking[name] = len(found.missing) + groups
    spread = {s: sum(s in taken for taken in known.values()) for s in sources}
    weight = {s: 1 / spread[s] if spread[s] else 1 / len(LOADED) for s in sources}
    total = sum(weight.values()) or 1.0
    scores = {n: sum(weight[s] for s in taken) / total / 2 ** lacking[n] for n, taken in known.items()}
    if _of_companies(sources, values):
        scores["persons"] /= 4
    ranked = sorted(((n, round(s, 3)) for n, s in scores.items() if known[n]), key=lambda item: -item[1])
    return tuple(ranked)


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
    for group in contract.one_of:
        if not any(name in recognition.mapping for name in group):
            raise ContractError(
                "error.contract.one_of",
                table=contract.name,
                group=[_described(contract, name) for name in group],
                has=list(source_columns),
                first=group[0],
            )


def guessed_table(source_columns: Iterable[str], values: Values | None = None) -> str:
    """Return the loaded table that a source is likeliest for; the first of all when nothing is recognised."""
    ranked = guess_table(source_columns, values or {})
    return ranked[0][0] if ranked else next(iter(LOADED))


@lru_cache(maxsize=8192)
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


def _surest(named: Sequence[tuple[str, float]]) -> list[str]:
    """Return the source columns that carry one contract column: those known by weak synonyms only if no other does."""
    surer = [source for source, sure in named if sure >= _SURER]
    return surer or [source for source, _ in named]


def _best(contract: Contract, source: str, chosen: Mapping[str, str], meant: Meant | None) -> tuple[str, float]:
    """Return the contract column that `source` names best; the contract's own name goes before a synonym."""
    ranks = [(c.name, _by_name(c, source)[0]) for c in contract.columns if c.name not in chosen]
    if meant is not None:
        ranks = [(n, _WEAK if n == meant.instead else sure) for n, sure in ranks if n != meant.not_]
    return max(ranks, key=lambda rank: rank[1], default=("", 0.0))


def _described(contract: Contract, name: str) -> str:
    column = contract.column(name)
    return name if column is None else f"{name} ({column.label.zh})"
