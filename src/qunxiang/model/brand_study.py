"""Brand studies: which question of a survey says what of which brand."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen

BrandDimension = Literal["appeal", "difference", "feasibility", "sustainability"]
FunnelStage = Literal["awareness", "consideration", "trust"]
BrandRole = Literal[
    "association",
    "ideal",
    "appeal",
    "difference",
    "feasibility",
    "sustainability",
    "awareness",
    "consideration",
    "trust",
]

DIMENSIONS: tuple[BrandDimension, ...] = ("appeal", "difference", "feasibility", "sustainability")
STAGES: tuple[FunnelStage, ...] = ("awareness", "consideration", "trust")


class StudyQuestion(Frozen):
    """What one question says.

    ``association``: `attribute` fits `brand`. ``ideal``: `attribute` fits the ideal brand, or matters. The four
    dimensions of strength and the three stages of the funnel: of `brand`. `yes` are the answers that count as yes; left
    out, a ticked option and the upper of two ordered answers do, and other ordered answers and numbers are ratings.
    `low` and `high` are the ends of a scale of numbers; `reversed` turns a rating around.
    """

    question: str = Field(min_length=1, max_length=60)
    role: BrandRole
    brand: str = Field(default="", max_length=80)
    attribute: str = Field(default="", max_length=120)
    yes: tuple[str, ...] = ()
    low: float | None = Field(default=None, allow_inf_nan=False)
    high: float | None = Field(default=None, allow_inf_nan=False)
    reversed: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.role in ("association", "ideal") and not self.attribute:
            raise ValueError(f"question {self.question} needs an attribute")
        if self.role != "ideal" and not self.brand:
            raise ValueError(f"question {self.question} needs a brand")
        if (self.low is None) != (self.high is None) or (
            self.low is not None and self.high is not None and not self.low < self.high
        ):
            raise ValueError(f"the scale of question {self.question} needs a low end below its high end")
        return self


class BrandStudy(Frozen):
    """Brands, the own one among them, and the questions about them.

    Without a `survey` the brands can only be judged. People are in segments by a `segments` question or by a `market`
    of the same survey; None takes all together.
    """

    id: str
    label: Label
    own: str = Field(min_length=1, max_length=80)
    brands: tuple[str, ...] = Field(min_length=2, max_length=40)
    survey: str | None = None
    questions: tuple[StudyQuestion, ...] = Field(default=(), max_length=1000)
    segments: str | None = None
    market: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.own not in self.brands:
            raise ValueError(f"the own brand {self.own} is not among the brands")
        if len(set(self.brands)) < len(self.brands) or any(not b.strip() or len(b) > 80 for b in self.brands):
            raise ValueError("a brand stands twice, is empty or longer than 80 characters")
        if lacking := sorted({q.brand for q in self.questions if q.brand} - set(self.brands)):
            raise ValueError(f"questions ask of brands that are not listed: {', '.join(lacking)}")
        if self.questions and self.survey is None:
            raise ValueError("questions need the survey that they belong to")
        if self.segments is not None and self.market is not None:
            raise ValueError("people are in segments by a question or by a market, not by both")
        given = [(q.question, q.role, q.brand, q.attribute) for q in self.questions]
        if len(set(given)) < len(given):
            raise ValueError("a question stands twice for the same")
        single = [(q.role, q.brand, q.attribute) for q in self.questions if q.role not in DIMENSIONS]
        if len(set(single)) < len(single):
            raise ValueError("two questions say the same of a brand; only dimensions of strength take several")
        return self

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes that brands are asked for, in the order of the questions."""
        return tuple(dict.fromkeys(q.attribute for q in self.questions if q.role == "association"))

    def asked(self, role: BrandRole) -> tuple[StudyQuestion, ...]:
        """Return the questions of a role."""
        return tuple(q for q in self.questions if q.role == role)


class BrandJudgement(Frozen):
    """What a named person thinks of a brand on one dimension, from 0 (worst) to 10 (best)."""

    brand: str = Field(max_length=80)
    dimension: BrandDimension
    value: float = Field(ge=0, le=10, allow_inf_nan=False)
    by: str
    at: datetime
    why: str
