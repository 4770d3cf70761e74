"""The errors of Qunxiang.

    QunxiangError                 code 1   anything a user can be told about
    ├── UsageError                code 2   the call is wrong
    │   ├── UnknownNameError              a table, column, trait, segment … that does not exist; says what exists
    │   ├── ContractError                 data lacks what its table contract asks for
    │   │   └── QuestionError             data can be read in two ways; somebody has to say which
    │   ├── SourceError                   a file cannot be read: missing, empty, wrong encoding or format
    │   ├── RuleError                     a rule cannot be read, is not allowed or has the wrong type; has a position
    │   ├── SettingError                  a value outside what it may be
    │   └── NothingYetError               a step that needs an earlier one
    ├── GateError                 code 3   a quality gate is not met
    ├── NotAllowedError           code 4   the actor's role does not cover the use case
    │   └── SignInError                   who is asking is not known
    ├── ConflictError             code 1   somebody else holds or changed it
    ├── WorkspaceError            code 1   the workspace is missing, damaged or of a newer version
    ├── StorageError              code 1   the disk or database refuses: full, read-only, unreachable
    └── DocumentError             code 1   a document cannot be made
        └── MissingGlyphError             a character has no glyph in the fonts

Each error has a message code with parameters (texts in ``i18n/texts/errors.yaml``), so every door shows it in the
reader's language: what is wrong, where, what is there, and what to do next. Values of personal columns never stand in
the parameters.
"""

from __future__ import annotations

from typing import Any, ClassVar

from qunxiang.i18n import Message


class QunxiangError(Exception):
    """Root of all errors a user is told about.

    Parameters
    ----------
    code
        Message code in the catalogue, such as ``error.contract.lacks``.
    **params
        Parameters of the message; they stay readable as ``error.params``.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, code: str, **params: Any) -> None:
        self.message = Message(code, params)
        super().__init__(code, params)

    @property
    def code(self) -> str:
        """Message code."""
        return self.message.code

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of the message."""
        return dict(self.message.params)

    def replace(self, old: str, new: str) -> None:
        """Put `new` in the place of `old` in its parameters, such as the name people know in that of a path."""
        params = {k: v.replace(old, new) if isinstance(v, str) else v for k, v in self.message.params.items()}
        self.message = Message(self.code, params)

    @property
    def told(self) -> Message:
        """What is told to a reader: the error's sentence."""
        return self.message

    def render(self, lang: str) -> str:
        """Return what is told in `lang`."""
        return self.told(lang)

    def __str__(self) -> str:
        return self.render("en")


class UsageError(QunxiangError):
    """The call is wrong and can be mended by the caller."""

    exit_code = 2
    http_status = 422


class UnknownNameError(UsageError):
    """A name that does not exist."""

    http_status = 404


class ContractError(UsageError):
    """Data lacks what its table contract asks for."""


class QuestionError(ContractError):
    """The values of a column can be read in two ways; nothing is loaded until somebody says which."""


class SourceError(UsageError):
    """A file cannot be read."""


class RuleError(UsageError):
    """A rule cannot be read, uses something not allowed, or has the wrong type.

    `start` and `end` (0-based, end inclusive) mark the place in the rule; None when the whole rule is meant. `line` and
    `column` (from 1) say the same of a rule of several lines, None for one of a single line.
    """

    line: int | None = None
    column: int | None = None

    def __init__(self, code: str, *, start: int | None = None, end: int | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.start = start
        self.end = end

    def within(self, text: str) -> RuleError:
        """Find line and column in the text of the rule, and return the error."""
        if self.start is not None and "\n" in text:
            before = text[: self.start]
            self.line = before.count("\n") + 1
            self.column = self.start - (before.rfind("\n") + 1) + 1
        return self

    @property
    def told(self) -> Message:
        """The error's sentence, with line and column where the rule has several lines."""
        if self.line is None:
            return self.message
        return Message("rule.placed", {"line": self.line, "column": self.column, "sentence": self.message})


class SettingError(UsageError):
    """A value outside what it may be."""


class NothingYetError(UsageError):
    """A step was asked for before the step it needs."""

    http_status = 409


class GateError(QunxiangError):
    """A quality gate is not met."""

    exit_code = 3
    http_status = 409


class NotAllowedError(QunxiangError):
    """The actor's role does not cover the use case."""

    exit_code = 4
    http_status = 403


class SignInError(NotAllowedError):
    """Who is asking is not known."""

    http_status = 401


class ConflictError(QunxiangError):
    """Somebody else holds the thing or changed it meanwhile."""

    http_status = 409


class WorkspaceError(QunxiangError):
    """The workspace is missing, damaged, or was written by a newer version."""

    http_status = 500


class StorageError(QunxiangError):
    """The disk or database refuses."""

    http_status = 507


class DocumentError(QunxiangError):
    """A document cannot be made."""


class MissingGlyphError(DocumentError):
    """A character has no glyph in the fonts the documents use."""
