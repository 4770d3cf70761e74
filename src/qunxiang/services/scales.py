"""Scales: fit factors to survey items, name them, score people, and hand the scores on as answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.intake import LoadReport
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Survey, SurveyQuestion
from qunxiang.model.naming import is_plain_name
from qunxiang.model.scale import Scale, ScaleFactor, ScaleItem, ScoringModel
from qunxiang.model.trait import Family
from qunxiang.model.variable import variable_body
from qunxiang.scales import Item, ScaleChoices, ScaleFit, fit_scale, suggested_name
from qunxiang.services.access import ANALYSTS, EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.load import load
from qunxiang.services.reading import reading
from qunxiang.services.survey_source import score_rows
from qunxiang.services.surveys import answers_of, people_of, question_of, survey_of
from qunxiang.services.trait_own import define
from qunxiang.statistics import factors
from qunxiang.surveys import SurveyAnswers, codes_of

KIND = "scale"
"""Kind of the documents that hold scales."""
RESERVED = frozenset({"new"})
ITEM_KINDS = frozenset({"ordered", "number", "multi"})
MOST_ITEMS = 60
CHOICES = {
    "kind": get_args(factors.Kind),
    "method": get_args(factors.Method),
    "rotation": get_args(factors.RotationName),
    "scoring": get_args(factors.ScoreMethod),
}
"""How a scale can be fitted, by option."""


class ScaleState(Frozen):
    """A scale with its version."""

    scale: Scale
    version: int


@use_case("scale.fit", roles=MAKERS, touches="change")
def fit(
    house: House,
    actor: Actor,
    name: str,
    *,
    survey: str,
    questions: Sequence[str] | None = None,
    n_factors: int | Literal["auto"] = "auto",
    kind: factors.Kind = "polychoric",
    method: factors.Method = "minres",
    rotation: factors.RotationName = "oblimin",
    scoring: factors.ScoreMethod = "regression",
    weighted: bool = True,
    n_draws: int = 50,
    seed: int = 0,
    label: Label | None = None,
    why: str = "",
    progress: Progress = silent,
) -> ScaleState:
    """Fit a scale to ordered, numeric or ticked items of a survey, and store it with its evidence.

    Parameters
    ----------
    questions
        Items, at least three; None takes the largest grid of ordered items.
    n_factors
        Number of factors, or ``auto``: that of parallel analysis.
    kind, method, rotation, scoring
        See :class:`qunxiang.scales.ScaleChoices`.
    weighted
        Use the survey's weights where it has any; people without a weight are then left out.
    n_draws, seed
        Shuffles of the parallel analysis, and the start of all draws.

    Raises
    ------
    UnknownNameError
        When there is no such survey or question.
    SettingError
        When the name is not allowed, a question has no order, or too few people or items are there.
    """
    if not is_plain_name(name) or name in RESERVED:
        raise SettingError("error.scale.name", name=name[:80])
    _check_choices(kind=kind, method=method, rotation=rotation, scoring=scoring)
    asked, _ = survey_of(house, survey)
    items = _items(asked, questions)
    progress(0.05, Message("progress.scale.answers"))
    with reading(house) as reader:
        found = answers_of(reader, survey)
        run = reader.snapshot.run
    use = found.weighed if weighted else np.ones(len(found.respondents), dtype=bool)
    X = _matrix(asked, found, items)[use]
    weights = found.weights[use] if weighted and found.weights is not None else None
    choices = ScaleChoices(kind, method, rotation, n_factors, scoring, n_draws, seed)
    progress(0.2, Message("progress.scale.fit"))
    try:
        fitted = fit_scale([Item(q.id, q.text) for q in items], X, choices, weights)
    except ValueError as error:
        raise SettingError("error.scale.fit", name=name, why=str(error)) from error
    evidence = _evidence(fitted, choices) | {"run": run, "n_without_weight": int((~use).sum())}

    def made(old: Definition | None) -> NewDefinition:
        scale = Scale(
            id=name,
            label=label or Label.same(name),
            survey=survey,
            items=tuple(ScaleItem(question=q.id, text=q.text) for q in items),
            factors=_factors(fitted, items),
            kind=kind,
            method=method,
            rotation=rotation,
            weighted=weights is not None,
            model=_frozen(fitted),
            evidence=evidence,
        )
        return NewDefinition(kind=KIND, id=name, body=scale.model_dump(mode="json"), why=why)

    return _state(change(house, actor, KIND, name, made))


@use_case("scale.list", roles=EVERYONE)
def scales(house: House, actor: Actor) -> list[ScaleState]:
    """Return every scale."""
    return [_state(d) for d in house.state.definitions(KIND)]


@use_case("scale.show", roles=EVERYONE)
def show(house: House, actor: Actor, name: str) -> ScaleState:
    """Return a scale with its evidence.

    Raises
    ------
    UnknownNameError
        When there is no such scale.
    """
    return _known(house, name)


@use_case("scale.name", roles=MAKERS, touches="change")
def name_factor(
    house: House, actor: Actor, name: str, *, factor: str, label: Label | None = None, why: str = ""
) -> ScaleState:
    """Confirm the suggested name of a factor, or give it another.

    Raises
    ------
    UnknownNameError
        When there is no such scale or factor.
    """

    def made(old: Definition | None) -> NewDefinition:
        scale = _known(house, name).scale
        if scale.factor(factor) is None:
            known = [f.id for f in scale.factors]
            raise UnknownNameError("error.scale.factor", scale=name, factor=factor[:40], known=known)
        named = tuple(
            f.model_copy(update={"label": label or f.label, "named_by": actor.name}) if f.id == factor else f
            for f in scale.factors
        )
        body = scale.model_copy(update={"factors": named}).model_dump(mode="json")
        return NewDefinition(kind=KIND, id=name, body=body, why=why)

    return _state(change(house, actor, KIND, name, made))


@use_case("scale.scores", roles=MAKERS, touches="single")
def scores(house: House, actor: Actor, name: str) -> pa.Table:
    """Score everybody who answered: one row per respondent, a column per factor; null where too little is known.

    Raises
    ------
    UnknownNameError
        When there is no such scale.
    """
    scale = _known(house, name).scale
    people, values, _ = scores_of(house, scale)
    columns: dict[str, Any] = {"respondent": pa.array(people)}
    for factor, column in zip(scale.factors, values.T, strict=True):
        columns[factor.id] = pa.array(column, from_pandas=True)
    return pa.table(columns)


@use_case("scale.publish", roles=ANALYSTS, touches="change")
def publish(house: House, actor: Actor, name: str, *, progress: Progress = silent) -> LoadReport:
    """Put the scores among the survey's answers, as the question ``<scale>.<factor>``, and make traits of them.

    Where respondents are known customers, each factor becomes the own variable ``<scale>_<factor>``, which segments can
    use from the next refresh on. Publishing again replaces the scores.

    Raises
    ------
    UnknownNameError
        When there is no such scale.
    SettingError
        When a trait of another origin has the name.
    """
    scale = _known(house, name).scale
    people, values, persons = scores_of(house, scale)
    rows = score_rows(scale, people, values, persons)
    report = load(house, actor, "survey_answers", rows, keep="none", use_saved=False, progress=progress)
    if persons:
        for factor in scale.factors:
            _make_trait(house, actor, scale, factor)
    return report


def _make_trait(house: House, actor: Actor, scale: Scale, factor: ScaleFactor) -> None:
    """Define the own variable of a factor unless it stands already; a respondent has one score."""
    body = variable_body(
        table="survey_answers",
        metric="mean",
        column="score",
        where=f"question = '{scale.id}.{factor.id}'",
        label=Label(f"{scale.label.zh}：{factor.label.zh}", f"{scale.label.en}: {factor.label.en}"),
        family=Family.PSYCHOGRAPHIC,
        definition=Label(f"量表“{scale.label.zh}”的因子得分", f"Factor score on the scale {scale.label.en}"),
    )
    name = f"{scale.id}_{factor.id}"
    old = house.state.definition("trait", name)
    stands = old is not None and not old.archived and all(old.body.get(k) == body[k] for k in ("where", "label"))
    if not stands:
        define(house, actor, name, body=body, why=f"scale {scale.id}")


def scores_of(house: House, scale: Scale) -> tuple[list[str], Any, dict[str, str]]:
    """Return who answered, their scores of shape (n_respondents, n_factors), and the customer ids of those known."""
    survey, _ = survey_of(house, scale.survey)
    with reading(house) as reader:
        found = answers_of(reader, scale.survey)
        persons = people_of(reader, scale.survey)
    X = _matrix(survey, found, [question_of(survey, item.question) for item in scale.items])
    return list(found.respondents), scoring_of(scale.model).apply(X), persons


def scoring_of(model: ScoringModel) -> factors.Scoring:
    """Return the stored numbers as a scoring that can be applied."""
    return factors.Scoring(
        model.method,
        np.array(model.means),
        np.array(model.sds),
        np.array(model.lows),
        np.array(model.highs),
        np.array(model.loadings),
        np.array(model.factor_correlations),
        np.array(model.uniquenesses),
        np.array(model.members),
        model.least_known,
    )


def _check_choices(**given: str) -> None:
    for option, value in given.items():
        if value not in CHOICES[option]:
            raise SettingError("error.scale.choice", option=option, value=value[:40], known=list(CHOICES[option]))


def _items(survey: Survey, questions: Sequence[str] | None) -> list[SurveyQuestion]:
    if questions is None:
        questions = largest_grid(survey)
    items = [question_of(survey, id) for id in dict.fromkeys(questions)]
    wrong = [q.id for q in items if q.kind not in ITEM_KINDS]
    if wrong:
        raise SettingError("error.scale.no_order", questions=wrong)
    if not 3 <= len(items) <= MOST_ITEMS:
        raise SettingError("error.scale.items", n=len(items), most=MOST_ITEMS)
    return items


def largest_grid(survey: Survey) -> list[str]:
    """Return the ordered questions that share most answers: those of the largest grid."""
    grids: dict[tuple[str, ...], list[str]] = {}
    for question in survey.questions:
        if question.kind == "ordered" and len(question.levels) > 2:
            grids.setdefault(question.levels, []).append(question.id)
    return max(grids.values(), key=len, default=[])


def _matrix(survey: Survey, found: SurveyAnswers, items: Sequence[SurveyQuestion]) -> Any:
    return np.column_stack([codes_of(found, question, survey.unknown) for question in items])


def _factors(fitted: ScaleFit, items: Sequence[SurveyQuestion]) -> tuple[ScaleFactor, ...]:
    found = []
    for j, group in enumerate(fitted.groups):
        texts = [items[i].text for i in group.places]
        loadings = [float(fitted.rotation.loadings[i, j]) for i in group.places]
        name = suggested_name(texts, loadings) if texts else Label(f"因子 {j + 1}", f"Factor {j + 1}")
        found.append(
            ScaleFactor(
                id=f"f{j + 1}",
                label=name,
                items=tuple(items[i].id for i in group.places),
                reversed=tuple(items[i].id for i, sign in zip(group.places, group.signs, strict=True) if sign < 0),
            )
        )
    return tuple(found)


def _frozen(fitted: ScaleFit) -> ScoringModel:
    scoring = fitted.scoring

    def flat(values: Any) -> tuple[float, ...]:
        return tuple(float(v) for v in values)

    def rows(values: Any) -> tuple[tuple[float, ...], ...]:
        return tuple(flat(row) for row in values)

    return ScoringModel(
        method=scoring.method,
        means=flat(scoring.means),
        sds=flat(scoring.sds),
        lows=flat(scoring.lows),
        highs=flat(scoring.highs),
        loadings=rows(scoring.loadings),
        factor_correlations=rows(scoring.factor_correlations),
        uniquenesses=flat(scoring.uniquenesses),
        members=rows(scoring.members),
        least_known=scoring.least_known,
    )


def _evidence(fitted: ScaleFit, choices: ScaleChoices) -> dict[str, Any]:
    """Write down what was measured; numbers only, so that it can be stored and shown."""
    R, fit = fitted.correlations, fitted.fit
    alphas = [group.alpha for group in fitted.groups]
    return {
        "n_rows": R.n_rows,
        "n_effective": R.n_effective,
        "smoothed_by": R.smoothed_by,
        "correlations": R.matrix.tolist(),
        "kmo": fitted.adequacy.overall,
        "kmo_items": fitted.adequacy.items.tolist(),
        "bartlett": [fitted.adequacy.chi_square, fitted.adequacy.freedom, fitted.adequacy.p_value],
        "parallel": {
            found.variant: {
                "observed": found.observed.tolist(),
                "chance": found.chance.tolist(),
                "n_factors": found.n_factors,
                "quantile": found.quantile,
            }
            for found in fitted.parallel
        },
        "map": [fitted.partials.n_factors, fitted.partials.n_factors_fourth],
        "above_one": fitted.above_one,
        "chosen_by": "auto" if choices.n_factors == "auto" else "hand",
        "structure": fitted.structure.tolist(),
        "communalities": fitted.communalities.tolist(),
        "explained": (
            np.diag(fitted.rotation.correlations @ fitted.rotation.loadings.T @ fitted.rotation.loadings)
            / len(fitted.items)
        ).tolist(),
        "fit": {
            key: getattr(fit, key)
            for key in ("rmsr", "freedom", "chi_square", "p_value", "rmsea", "rmsea_low", "rmsea_high", "tli")
        },
        "alpha": [None if a is None else [a.alpha, a.low, a.high] for a in alphas],
        "omega_factor": [group.omega_total for group in fitted.groups],
        "if_dropped": _by_item(fitted, [None if a is None else a.if_dropped for a in alphas]),
        "item_total": _by_item(fitted, [None if a is None else a.item_total for a in alphas]),
        "omega": None if fitted.omega is None else [fitted.omega.total, fitted.omega.hierarchical],
        "cautions": list(fitted.cautions),
        "n_draws": choices.n_draws,
        "seed": choices.seed,
    }


def _by_item(fitted: ScaleFit, columns: Sequence[Any]) -> list[float | None]:
    out: list[float | None] = [None] * len(fitted.items)
    for group, values in zip(fitted.groups, columns, strict=True):
        if values is not None:
            for place, value in zip(group.places, values, strict=True):
                out[place] = None if np.isnan(value) else float(value)
    return out


def _known(house: House, name: str) -> ScaleState:
    found = house.state.definition(KIND, name)
    if found is None or found.archived:
        known = [d.id for d in house.state.definitions(KIND)]
        raise UnknownNameError("error.scale.unknown", name=name[:80], known=known)
    return _state(found)


def _state(definition: Definition) -> ScaleState:
    return ScaleState(scale=Scale.model_validate(definition.body), version=definition.version)
