"""Definitions and records that more than one stage exchanges; frozen, free of any driver."""

from qunxiang.model.actor import Actor, Role
from qunxiang.model.base import Frozen
from qunxiang.model.definition import Definition, NewDefinition
from qunxiang.model.segmentation import CentreModel, Segment, Segmentation, SegmentationMethod
from qunxiang.model.snapshot import Snapshot, SnapshotKind
from qunxiang.model.trait import NUMERIC_KINDS, SCORES, Family, TraitDefinition, TraitKind, TraitSet, topic

__all__ = [
    "NUMERIC_KINDS",
    "SCORES",
    "Actor",
    "CentreModel",
    "Definition",
    "Family",
    "Frozen",
    "NewDefinition",
    "Role",
    "Segment",
    "Segmentation",
    "SegmentationMethod",
    "Snapshot",
    "SnapshotKind",
    "TraitDefinition",
    "TraitKind",
    "TraitSet",
    "topic",
]
