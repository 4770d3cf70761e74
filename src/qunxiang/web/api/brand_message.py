"""REST of message houses."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from qunxiang.model.message_house import MessageHouse
from qunxiang.services.brand_message import MessageEntry, MessageView
from qunxiang.web.api.answers import Body, answer, content_answer
from qunxiang.web.api.brand_ladder import Format, PlaceName, PlaceSegment
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["brand"])


class NewMessage(Body):
    """A message house; proofs are bound to what the data say now."""

    message: MessageHouse
    rebind: bool = Field(default=False, description="Take today's figures for proofs that stood there before, too.")
    why: str = ""
    seen_version: int | None = Field(default=None, ge=0, description="Replace only this version; 0: none.")


@router.get("/brand/messages", operation_id="brand.message.list", response_model=list[MessageEntry])
def message_list(workspace: RestWorkspace) -> Response:
    """The whole market and every segment with the state of its message house."""
    return answer(workspace.brand.message.list())


@router.get("/brand/message", operation_id="brand.message.show", response_model=MessageView)
def message(workspace: RestWorkspace, name: PlaceName = None, segment: PlaceSegment = None) -> Response:
    """The message house of a segment, or of the whole market, with what it lacks."""
    return answer(workspace.brand.message.show(name, segment))


@router.put("/brand/message", operation_id="brand.message.set", response_model=MessageView)
def set_message(
    workspace: RestWorkspace, body: NewMessage, name: PlaceName = None, segment: PlaceSegment = None
) -> Response:
    """Store a message house."""
    return answer(workspace.brand.message.set(name, segment, **dict(body)))


@router.get("/brand/message/document", operation_id="brand.message.export", response_model=None)
def message_document(
    workspace: RestWorkspace, name: PlaceName = None, segment: PlaceSegment = None, format: Format = "yaml"
) -> Response:
    """A message house as a YAML or JSON document."""
    content = workspace.brand.message.document(name, segment, format=format)
    return content_answer(content, f"message-{segment or 'market'}.{format}")
