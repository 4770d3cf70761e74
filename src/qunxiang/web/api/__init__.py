"""REST: every use case as a resource below ``/api/v1``; the operation id is the name of the use case."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
