"""Personas (画像): claims about a segment, each bound to its evidence."""

from qunxiang.personas.candidates import (
    Candidate,
    count_query,
    counts_of,
    numeric_candidates,
    text_candidates,
    thresholds_query,
)
from qunxiang.personas.claims import Claim, Counts, Evidence, Floor, Refused, claims_of, evidence_of
from qunxiang.personas.compose import Assumption, KeyNumber, Persona, compose

__all__ = [
    "Assumption",
    "Candidate",
    "Claim",
    "Counts",
    "Evidence",
    "Floor",
    "KeyNumber",
    "Persona",
    "Refused",
    "claims_of",
    "compose",
    "count_query",
    "counts_of",
    "evidence_of",
    "numeric_candidates",
    "text_candidates",
    "thresholds_query",
]
