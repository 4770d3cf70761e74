"""Personas: build, look, evidence, posters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qunxiang.i18n import Label
from qunxiang.personas import Persona
from qunxiang.services import personas as portraying
from qunxiang.services.house import Progress, silent
from qunxiang.services.personas import EvidenceView
from qunxiang.workspace.files import written
from qunxiang.workspace.group import Group


class PersonaGroup(Group):
    """Personas (画像) of segments."""

    def build(self, name: str, *, segments: Sequence[str] | None = None, progress: Progress = silent) -> list[Persona]:
        """Build a persona for each chosen target, or for `segments`."""
        return portraying.build(self._house, self._actor, name, segments=segments, progress=progress)

    def list(self, name: str | None = None) -> list[Persona]:
        """Return the personas of a segmentation, or of all."""
        return portraying.personas(self._house, self._actor, name)

    def show(self, name: str, segment: str) -> Persona:
        """Return the persona of a segment."""
        return portraying.persona(self._house, self._actor, name, segment=segment)

    def evidence(self, name: str, segment: str, claim_id: str) -> EvidenceView:
        """Return a claim with its rule counted anew."""
        return portraying.evidence(self._house, self._actor, name, segment=segment, claim_id=claim_id)

    def assume(self, name: str, segment: str, *, text: Label, why: str = "") -> Persona:
        """Add a statement that no data prove."""
        return portraying.assume(self._house, self._actor, name, segment=segment, text=text, why=why)

    def portrait(self, persona: Persona) -> str:
        """Return the persona's portrait as an SVG document."""
        return self._house.portraits.draw(persona.portrait_seed)

    def poster(self, name: str, segment: str, out: str | Path, *, lang: str | None = None) -> Path:
        """Write the A4 poster as PDF, PNG or HTML, by the ending of `out`."""
        path = Path(out)
        content = portraying.poster(
            self._house,
            self._actor,
            name,
            segment=segment,
            format=path.suffix.lstrip(".").lower(),
            lang=lang or self._house.settings.lang,
        )
        return written(path, content)
