"""What a perceptual map shows: points, their quality, regions, ideal points, and what could not be placed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from qunxiang.model import Frozen

LEAST = 30
"""People who must have answered for a brand to be placed."""

LEAST_PLACED = 3
"""Brands, and attributes, without which two dimensions show nothing but the data themselves."""

GOOD = 0.5
"""Share of a point's inertia that the plane must show; below it the point is marked."""

DIMENSIONS = 5
"""Dimensions told at most."""

Pole = Literal["", "+", "-"]


class NoMap(Exception):
    """Too few brands or attributes can be placed; `brands` and `attributes` are left, `unplaced` are not."""

    def __init__(self, brands: Sequence[str], attributes: Sequence[str], unplaced: Sequence[Unplaced]) -> None:
        super().__init__(f"{len(brands)} brands and {len(attributes)} attributes can be placed, 3 of each are needed")
        self.brands, self.attributes, self.unplaced = tuple(brands), tuple(attributes), tuple(unplaced)


class Ellipse(Frozen):
    """A 95 % region of a point in the plane: half axes, and the angle of the longer one from the first dimension.

    `angle` is in radians.
    """

    x: float
    y: float
    major: float
    minor: float
    angle: float


class MapPoint(Frozen):
    """A brand or an attribute on the map.

    `n` people gave it an answer (answers, where a table has no people). `contributions` of a dimension sum to 1 over
    brands, and over attributes; `squared_cosines` are the shares of the point's inertia that each dimension shows,
    `quality` their sum over the plane; `poor` says that it is below one half. `pole` tells the two ends of a rated
    attribute apart.
    """

    name: str
    n: int
    mass: float
    coordinates: tuple[float, ...]
    contributions: tuple[float, ...]
    squared_cosines: tuple[float, ...]
    quality: float
    poor: bool
    pole: Pole = ""
    region: Ellipse | None = None


class Unplaced(Frozen):
    """A brand, an attribute, or a segment's view of one, with too few answers to be placed."""

    kind: Literal["brand", "attribute", "ideal", "segment_brand"]
    name: str
    n: int
    needed: int
    segment: str | None = None


class IdealDistance(Frozen):
    """How far a brand is from an ideal point in the plane, with its 95 % interval.

    `farther` says that the brand is shown to be farther away than the nearest one.
    """

    brand: str
    distance: float
    low: float
    high: float
    farther: bool


class IdealPoint(Frozen):
    """Where a segment's ideal brand lies (None: everybody's), as a supplementary point.

    `distances` go from near to far; `nearest` are the brands that are not shown to be farther than the nearest.
    """

    segment: str | None
    n: int
    coordinates: tuple[float, ...]
    squared_cosines: tuple[float, ...]
    quality: float
    poor: bool
    region: Ellipse | None
    distances: tuple[IdealDistance, ...]
    nearest: tuple[str, ...]


class SegmentBrand(Frozen):
    """Where one segment sees a brand, as a supplementary point."""

    segment: str
    brand: str
    n: int
    coordinates: tuple[float, ...]
    quality: float
    poor: bool


class PerceptualMap(Frozen):
    """Brands and attributes on few dimensions.

    `inertias` are the principal inertias and `shares` their parts of `total_inertia`; `plane` is the share of the first
    two. `form` says whether attributes were ticked, rated (each then has two poles), or given as a table. `n_people`
    stand behind the map, None for a table. Regions are those of the partial bootstrap with `n_draws`.
    """

    form: Literal["ticks", "ratings", "table"]
    n_people: int | None
    total_inertia: float
    inertias: tuple[float, ...]
    shares: tuple[float, ...]
    plane: float
    brands: tuple[MapPoint, ...]
    attributes: tuple[MapPoint, ...]
    unplaced: tuple[Unplaced, ...]
    ideals: tuple[IdealPoint, ...] = ()
    by_segment: tuple[SegmentBrand, ...] = ()
    least: int = LEAST
    n_draws: int = 0
    seed: int = 0
