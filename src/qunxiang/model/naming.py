"""What people may call traits and segmentations in commands, rules and addresses."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z\u4e00-\u9fff][a-z0-9_\u4e00-\u9fff]{0,62}")


def is_plain_name(name: str) -> bool:
    """Say whether `name` is small letters, digits, underscores and Chinese characters, 1 to 63, no digit first."""
    return _NAME.fullmatch(name) is not None
