"""Message houses of segments and their personas."""

from __future__ import annotations

from pathlib import Path

from qunxiang.model.message_house import MessageHouse
from qunxiang.services import brand_message as services
from qunxiang.services.brand_message import MessageEntry, MessageView
from qunxiang.workspace.files import written
from qunxiang.workspace.group import Group


class MessageGroup(Group):
    """Message houses (信息屋) of segments; without names the whole market's."""

    def list(self) -> list[MessageEntry]:
        """Return the whole market and every segment with the state of its message house."""
        return services.messages(self._house, self._actor)

    def show(self, name: str | None = None, segment: str | None = None) -> MessageView:
        """Return a message house with what it lacks; see :func:`qunxiang.services.brand_message.show`."""
        return services.show(self._house, self._actor, name, segment=segment)

    def set(
        self,
        name: str | None = None,
        segment: str | None = None,
        *,
        message: MessageHouse,
        rebind: bool = False,
        why: str = "",
        seen_version: int | None = None,
    ) -> MessageView:
        """Store a message house; see :func:`qunxiang.services.brand_message.set_message`."""
        return services.set_message(
            self._house,
            self._actor,
            name,
            segment=segment,
            message=message,
            rebind=rebind,
            why=why,
            seen_version=seen_version,
        )

    def document(self, name: str | None = None, segment: str | None = None, *, format: str = "yaml") -> bytes:
        """Return a message house as a YAML or JSON document, which :meth:`set` takes again."""
        return services.export(self._house, self._actor, name, segment=segment, format=format)

    def export(self, out: str | Path, name: str | None = None, segment: str | None = None) -> Path:
        """Write a message house as YAML or JSON, by the ending of `out`."""
        path = Path(out)
        format = path.suffix.lstrip(".").lower().replace("yml", "yaml")
        return written(path, self.document(name, segment, format=format))
