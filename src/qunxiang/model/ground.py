"""Grounds: what a statement about a brand rests on, and what that said when it was written down."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from qunxiang.model.base import Frozen

GroundKind = Literal["answers", "verbatim", "claim", "figure", "interviews", "judgement"]
GROUND_KINDS: tuple[GroundKind, ...] = get_args(GroundKind)

SegmentFigure = Literal["profiles", "share", "revenue_share", "revenue_per_profile", "margin_share", "growth"]
"""Figures of a segment's description that a ground may name."""
SEGMENT_FIGURES: tuple[SegmentFigure, ...] = get_args(SegmentFigure)

Name = Annotated[str, Field(min_length=1, max_length=200)]

_NEEDS: dict[str, tuple[str, ...]] = {
    "answers": ("survey", "question", "answer"),
    "verbatim": ("text",),
    "claim": ("segmentation", "segment", "claim"),
    "figure": ("segmentation", "segment", "figure"),
    "interviews": ("study", "concepts"),
    "judgement": ("text",),
}


class SeenFigure(Frozen):
    """A figure as it stood when it was bound: `value` with its interval, and the number `n` of people behind it."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


class Ground(Frozen):
    """What a statement rests on.

    - ``answers``: the share of `answer` to `question` of `survey`
    - ``verbatim``: a quote in `text`; `verbatim` is the id of the loaded text that it was taken from, where it is one
    - ``claim``: `claim` of the persona of `segmentation` and `segment`
    - ``figure``: `figure` of the description of `segmentation` and `segment`
    - ``interviews``: one concept of the laddering `study`, or the link from the first of two `concepts` to the second,
      among the respondents of `group` where one is named
    - ``judgement``: what the person `by` thinks, with the reason in `text`

    `by` is who entered it. `seen` is what the data said then; None where nothing can be counted.
    """

    kind: GroundKind
    text: str = Field(default="", max_length=2_000)
    by: str = Field(default="", max_length=200)
    survey: Name | None = None
    question: Name | None = None
    answer: Name | None = None
    verbatim: Name | None = None
    segmentation: Name | None = None
    segment: Name | None = None
    claim: Name | None = None
    figure: SegmentFigure | None = None
    study: Name | None = None
    concepts: tuple[Name, ...] = Field(default=(), max_length=2)
    group: Name | None = None
    seen: SeenFigure | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lacking = [name for name in _NEEDS[self.kind] if not getattr(self, name)]
        if lacking:
            raise ValueError(f"a ground of kind {self.kind} needs {', '.join(lacking)}")
        return self

    @property
    def said(self) -> Ground:
        """The ground without author and figures: equal for two that say the same."""
        return self.model_copy(update={"by": "", "seen": None})
