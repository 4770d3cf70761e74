"""First names for factors, from the texts of their items; a person confirms or changes them."""

from __future__ import annotations

from collections.abc import Sequence

from qunxiang.i18n import Label

MOST_ITEMS = 2
LONGEST = 40


def suggested_name(texts: Sequence[str], loadings: Sequence[float]) -> Label:
    """Name a factor after the items that load highest on it.

    Parameters
    ----------
    texts, loadings
        One per item of the factor. An item with a negative loading stands for its opposite and is said to.

    Returns
    -------
    Label
        ``每周健身、关注饮食`` / ``Exercises weekly, Watches the diet``; texts are cut at 40 characters.
    """
    order = sorted(range(len(texts)), key=lambda i: (-abs(loadings[i]), i))[:MOST_ITEMS]
    zh = "、".join(("反向：" if loadings[i] < 0 else "") + _short(texts[i]) for i in order)
    en = ", ".join(("reversed: " if loadings[i] < 0 else "") + _short(texts[i]) for i in order)
    return Label(zh, en)


def _short(text: str) -> str:
    flat = " ".join(text.split()).rstrip("?？.。:：")
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1].rstrip() + "…"
