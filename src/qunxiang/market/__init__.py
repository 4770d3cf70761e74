"""Markets behind surveys: sizes and growth of segments with intervals, and the questions that tell segments apart."""

from qunxiang.market.markers import AnswerMark, answer_marks
from qunxiang.market.size import MarketSize, SegmentGrowth, SegmentSize, Wave, growth_of, size_of
from qunxiang.market.typing_tool import TypingStep, TypingTool, typing_tool

__all__ = [
    "AnswerMark",
    "MarketSize",
    "SegmentGrowth",
    "SegmentSize",
    "TypingStep",
    "TypingTool",
    "Wave",
    "answer_marks",
    "growth_of",
    "size_of",
    "typing_tool",
]
