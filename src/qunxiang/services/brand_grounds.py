"""What grounds of ladders and messages say today, and binding new ones to what they say now."""

from __future__ import annotations

from collections.abc import Sequence

from qunxiang.errors import NothingYetError, QunxiangError, SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Frozen, Survey
from qunxiang.model.ground import Ground, SeenFigure
from qunxiang.model.ladder import LadderingStudy
from qunxiang.personas import Persona
from qunxiang.positioning.grounds import Standing, standing_of
from qunxiang.positioning.implications import Implications, implication_matrix, interview_figure
from qunxiang.services.brand_read import STUDY, stored
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.segment_describe import SegmentationDescription, description
from qunxiang.services.surveys import answers_of
from qunxiang.sql import select
from qunxiang.statistics.intervals import Interval
from qunxiang.surveys import shares_of

NOTHING = SeenFigure()
"""What is there, with nothing to count."""


class GroundView(Frozen):
    """A ground as it stands today: in words, with the figure of now (None when what it names is gone)."""

    ground: Ground
    said: Message
    standing: Standing
    now: SeenFigure | None


class Evidence:
    """Looks up what grounds name; each survey, description and study is read once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._surveys: dict[str, Survey | None] = {}
        self._described: dict[str, SegmentationDescription | None] = {}
        self._studies: dict[str, LadderingStudy | None] = {}
        self._counted: dict[tuple[str, str | None], Implications | None] = {}

    def view(self, ground: Ground) -> GroundView:
        """Return a ground with its words and its standing."""
        now = self.now(ground)
        return GroundView(ground=ground, said=self.said(ground), standing=standing_of(ground.seen, now), now=now)

    def views(self, grounds: Sequence[Ground]) -> tuple[GroundView, ...]:
        """Return grounds with their words and standings."""
        return tuple(self.view(ground) for ground in grounds)

    def now(self, ground: Ground) -> SeenFigure | None:
        """Return the figure that a ground names; None when it is not there."""
        match ground.kind:
            case "answers":
                return self._answers(ground)
            case "verbatim":
                return self._verbatim(ground)
            case "claim":
                return self._claim(ground)
            case "figure":
                return self._figure(ground)
            case "interviews":
                return self._interviews(ground)
            case "judgement":
                return NOTHING

    def said(self, ground: Ground) -> Message:
        """Return a ground in words."""
        params: dict[str, object] = {"text": ground.text, "by": ground.by}
        match ground.kind:
            case "answers":
                survey = self._survey(ground.survey or "")
                question = survey.question(ground.question or "") if survey is not None else None
                params |= {
                    "survey": ground.survey if survey is None else survey.label,
                    "question": ground.question if question is None else question.text,
                    "answer": ground.answer,
                }
            case "claim":
                persona = self._persona(ground)
                claim = None if persona is None else persona.claim(ground.claim or "")
                params |= {
                    "persona": ground.segment if persona is None else persona.name,
                    "claim": ground.claim if claim is None else claim.text,
                }
            case "figure":
                params |= {"figure": Message(f"brand.figure.{ground.figure}"), "segment": self._segment_label(ground)}
            case "interviews":
                params |= {"study": self._study_label(ground), "concepts": " → ".join(ground.concepts)}
        return Message(f"brand.said.{ground.kind}", params)

    def _survey(self, name: str) -> Survey | None:
        if name not in self._surveys:
            document = stored(self._house, "survey", name)
            self._surveys[name] = None if document is None else Survey.model_validate(document.body)
        return self._surveys[name]

    def _answers(self, ground: Ground) -> SeenFigure | None:
        survey = self._survey(ground.survey or "")
        question = survey.question(ground.question or "") if survey is not None else None
        if survey is None or question is None:
            return None
        try:
            with reading(self._house) as reader:
                found = answers_of(reader, survey.id)
        except NothingYetError:
            return None
        shares = shares_of(survey.model_copy(update={"questions": (question,)}), found)[0]
        share = next((a for a in shares.answers if a.answer == ground.answer), None)
        interval = None if share is None else share.weighted or share.unweighted
        if not isinstance(interval, Interval):
            return None
        return SeenFigure(value=interval.estimate, low=interval.low, high=interval.high, n=shares.n)

    def _verbatim(self, ground: Ground) -> SeenFigure | None:
        if ground.verbatim is None:
            return NOTHING
        try:
            with reading(self._house) as reader:
                query = select(
                    "SELECT COUNT(*) AS n FROM verbatims__ AS v WHERE verbatim_id = :id",
                    verbatims=reader.relation("verbatims"),
                    id=ground.verbatim,
                )
                there = bool(reader.fetch(query).to_pylist()[0]["n"])
        except NothingYetError:
            return None
        return NOTHING if there else None

    def _persona(self, ground: Ground) -> Persona | None:
        document = stored(self._house, "persona", f"{ground.segmentation}/{ground.segment}")
        return None if document is None else Persona.model_validate(document.body)

    def _claim(self, ground: Ground) -> SeenFigure | None:
        persona = self._persona(ground)
        claim = None if persona is None else persona.claim(ground.claim or "")
        if claim is None:
            return None
        e = claim.evidence
        return SeenFigure(value=e.share, low=e.low, high=e.high, n=e.n_known)

    def _description(self, name: str) -> SegmentationDescription | None:
        if name not in self._described:
            try:
                self._described[name] = description(self._house, name)
            except QunxiangError:  # no such segmentation any more, or no members yet
                self._described[name] = None
        return self._described[name]

    def _figure(self, ground: Ground) -> SeenFigure | None:
        found = self._description(ground.segmentation or "")
        view = None if found is None else next((s for s in found.segments if s.id == ground.segment), None)
        value = None if view is None else getattr(view, ground.figure or "")
        if view is None or value is None:
            return None
        interval = {"low": view.growth_low, "high": view.growth_high} if ground.figure == "growth" else {}
        return SeenFigure(value=float(value), n=view.profiles, **interval)

    def _segment_label(self, ground: Ground) -> Label | str | None:
        document = stored(self._house, "segmentation", ground.segmentation or "")
        segments = [] if document is None else document.body["segments"]
        found = next((s for s in segments if s["id"] == ground.segment), None)
        return ground.segment if found is None else Label(**found["label"])

    def _study_label(self, ground: Ground) -> Label | str | None:
        study = self._study(ground.study or "")
        return ground.study if study is None else study.label

    def _study(self, name: str) -> LadderingStudy | None:
        if name not in self._studies:
            document = stored(self._house, STUDY, name)
            self._studies[name] = None if document is None else LadderingStudy.model_validate(document.body)
        return self._studies[name]

    def _interviews(self, ground: Ground) -> SeenFigure | None:
        found = self._implications(ground.study or "", ground.group)
        if found is None or not set(ground.concepts) <= set(found.concepts):
            return None
        places = [found.concepts.index(concept) for concept in ground.concepts]
        n = found.mentions[places[0]] if len(places) == 1 else found.between[places[0], places[1]]
        return interview_figure(int(n), found.n_respondents) if n else None

    def _implications(self, name: str, group: str | None) -> Implications | None:
        if (name, group) not in self._counted:
            study = self._study(name)
            rows = () if study is None else study.rows
            taken = any(group is None or row.group == group for row in rows)
            self._counted[name, group] = implication_matrix(rows, group=group) if taken else None
        return self._counted[name, group]


def bound(
    evidence: Evidence,
    actor: Actor,
    given: Sequence[Ground],
    before: Sequence[Ground],
    *,
    rebind: bool = False,
    may_lack: bool = False,
) -> tuple[Ground, ...]:
    """Return grounds bound to what they say.

    One that stood there before keeps its author and its figure, so that a change elsewhere hides no change of the
    evidence; with `rebind` it takes the figure of today. A new one is the actor's. With `may_lack`, a new one may name
    what is not there and keeps the figure it came with, such as in documents of another workspace.

    Raises
    ------
    SettingError
        When a new ground names what is not there; says which.
    """
    old = {ground.said: ground for ground in before}
    made = []
    for ground in given:
        there = old.get(ground.said)
        if there is not None and not rebind:
            made.append(there)
            continue
        now = evidence.now(ground)
        if now is None:
            if there is not None or may_lack:
                made.append(there or ground.model_copy(update={"by": actor.name}))
                continue
            raise SettingError("error.brand.evidence", evidence=evidence.said(ground), kind=_kind(ground))
        by = actor.name if there is None else there.by
        made.append(ground.model_copy(update={"by": by, "seen": None if now == NOTHING else now}))
    return tuple(made)


def _kind(ground: Ground) -> Message:
    return Message(f"brand.ground.{ground.kind}")


def unknown_study(house: House, name: str) -> UnknownNameError:
    """Return the error that says which laddering studies there are."""
    known = [d.id for d in house.state.definitions(STUDY)]
    return UnknownNameError("error.ladder.study", name=name[:80], known=known)
