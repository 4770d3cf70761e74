"""Words that values of a column are expected to be close to, where no table holds them."""

from __future__ import annotations

_INDUSTRIES = """agriculture, automotive, banking, biotechnology, chemicals, construction, consulting, education,
electronics, employment, energy, engineering, entertainment, finance, financial services, food and beverage, government,
healthcare, hospitality, information technology, insurance, logistics, machinery, manufacturing, marketing, media,
medical, mining, pharmaceuticals, professional services, publishing, real estate, retail, semiconductors, services,
software, technology, telecommunications, textiles, tourism, transportation, utilities, wholesale"""


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.replace("\n", " ").split(","))


VOCABULARY: dict[str, frozenset[str]] = {
    "industry": _words(_INDUSTRIES),
    "gender": _words("female, male, unknown, other"),
    "marital_status": _words("married, single, divorced, widowed, unmarried, separated"),
    "education": _words("primary school, secondary school, high school, bachelor, master, doctorate, university"),
    "stage": _words("prospecting, engaging, qualification, proposal, negotiation, closed won, closed lost"),
    "device": _words("desktop, mobile, tablet, android, windows"),
}
"""Column name to its words, in lower case."""
