"""What surveys and people say of brands: studies, map, strength, tracking."""

from __future__ import annotations

from collections.abc import Sequence

from qunxiang.i18n import Label
from qunxiang.model.brand_study import BrandDimension, BrandJudgement, StudyQuestion
from qunxiang.services import brand_strength as scoring
from qunxiang.services import brand_study as studying
from qunxiang.services.brand_strength import BrandScore
from qunxiang.services.brand_study import BrandStudyState
from qunxiang.services.brand_tracking import BrandTrack, tracking
from qunxiang.services.perceptual_map import BrandMap, perceptual_map_of
from qunxiang.workspace.group import Group


class BrandResearch(Group):
    """Brands in the eyes of people (品牌研究)."""

    def propose(self, survey: str, own: str, *, brands: Sequence[str] | None = None) -> BrandStudyState:
        """Tell which questions of a survey ask about which brand; see :func:`qunxiang.services.brand_study.propose`."""
        return studying.propose(self._house, self._actor, survey, own=own, brands=brands)

    def define(
        self,
        name: str,
        own: str,
        *,
        survey: str | None = None,
        brands: Sequence[str] | None = None,
        questions: Sequence[StudyQuestion] | None = None,
        segments: str | None = None,
        market: str | None = None,
        label: Label | None = None,
        why: str = "",
        seen_version: int | None = None,
    ) -> BrandStudyState:
        """Store which question says what of which brand; see :func:`qunxiang.services.brand_study.define`."""
        return studying.define(
            self._house,
            self._actor,
            name,
            own=own,
            survey=survey,
            brands=brands,
            questions=questions,
            segments=segments,
            market=market,
            label=label,
            why=why,
            seen_version=seen_version,
        )

    def studies(self) -> list[BrandStudyState]:
        """Return every brand study."""
        return studying.studies(self._house, self._actor)

    def map(
        self,
        name: str,
        *,
        own: str | None = None,
        by: str | None = None,
        least: int = 30,
        n_draws: int = 500,
        seed: int = 0,
    ) -> BrandMap:
        """Map brands and attributes; see :func:`qunxiang.services.perceptual_map.perceptual_map_of`.

        A table of your own is mapped by :func:`qunxiang.positioning.perceptual_map.perceptual_map`.
        """
        return perceptual_map_of(
            self._house, self._actor, name, own=own, by=by, least=least, n_draws=n_draws, seed=seed
        )

    def score(self, name: str, *, own: str | None = None, by: str | None = None, least: int = 30) -> BrandScore:
        """Say how strong brands are on four dimensions; see :func:`qunxiang.services.brand_strength.score`."""
        return scoring.score(self._house, self._actor, name, own=own, by=by, least=least)

    def judge(self, name: str, *, brand: str, dimension: BrandDimension, value: float, why: str) -> BrandJudgement:
        """Enter what the actor thinks of a brand, 0 to 10, with the reason."""
        return scoring.judge(self._house, self._actor, name, brand=brand, dimension=dimension, value=value, why=why)

    def tracking(
        self,
        name: str,
        *,
        own: str | None = None,
        waves: Sequence[str] | None = None,
        by: str | None = None,
        panel: bool = False,
        least: int = 30,
    ) -> BrandTrack:
        """Follow awareness, consideration and trust; see :func:`qunxiang.services.brand_tracking.tracking`."""
        return tracking(self._house, self._actor, name, own=own, waves=waves, by=by, panel=panel, least=least)
