"""Definitions and records that more than one stage exchanges; frozen, free of any driver."""

from qunxiang.model.actor import Actor, Role
from qunxiang.model.base import Frozen
from qunxiang.model.behaviour import Anchor, Behaviour, Span, Step
from qunxiang.model.columns import CustomColumn, CustomColumns, SavedMapping
from qunxiang.model.definition import Definition, NewDefinition
from qunxiang.model.priority import SourcePriority
from qunxiang.model.reading import ALL_COLUMNS, DateOrder, ExchangeRate, ExchangeRates, ReadingOptions, Unreadable
from qunxiang.model.segmentation import (
    CENTRE_METHODS,
    CLASS_METHODS,
    AnswerColumn,
    CentreModel,
    ClassModel,
    NumberColumns,
    Segment,
    Segmentation,
    SegmentationMethod,
)
from qunxiang.model.snapshot import Snapshot, SnapshotKind
from qunxiang.model.survey import Survey, SurveyQuestion
from qunxiang.model.trait import (
    CITY_TIERS,
    NUMERIC_KINDS,
    REGIONS,
    SCORES,
    Family,
    TraitDefinition,
    TraitKind,
    TraitSet,
    topic,
)
from qunxiang.model.variable import Bands, Measure, Metric, Missing, Trend, Variable, Window

__all__ = [
    "ALL_COLUMNS",
    "CENTRE_METHODS",
    "CITY_TIERS",
    "CLASS_METHODS",
    "NUMERIC_KINDS",
    "REGIONS",
    "SCORES",
    "Actor",
    "Anchor",
    "AnswerColumn",
    "Bands",
    "Behaviour",
    "CentreModel",
    "ClassModel",
    "CustomColumn",
    "CustomColumns",
    "DateOrder",
    "Definition",
    "ExchangeRate",
    "ExchangeRates",
    "Family",
    "Frozen",
    "Measure",
    "Metric",
    "Missing",
    "NewDefinition",
    "NumberColumns",
    "ReadingOptions",
    "Role",
    "SavedMapping",
    "Segment",
    "Segmentation",
    "SegmentationMethod",
    "Snapshot",
    "SnapshotKind",
    "SourcePriority",
    "Span",
    "Step",
    "Survey",
    "SurveyQuestion",
    "TraitDefinition",
    "TraitKind",
    "TraitSet",
    "Trend",
    "Unreadable",
    "Variable",
    "Window",
    "topic",
]
