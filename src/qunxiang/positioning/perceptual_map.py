"""The perceptual map: brands and attributes on few dimensions by correspondence analysis, with its quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qunxiang.positioning.map_points import (
    DIMENSIONS,
    GOOD,
    LEAST,
    LEAST_PLACED,
    Ellipse,
    IdealDistance,
    IdealPoint,
    MapPoint,
    NoMap,
    PerceptualMap,
    Pole,
    SegmentBrand,
    Unplaced,
)
from qunxiang.statistics.correspondence import Correspondence, Points, correspondence
from qunxiang.statistics.survey import Design, rescaled_draws

Floats = NDArray[np.float64]

N_DRAWS = 500
CONFIDENCE = 0.95
Said = Callable[[list[int], list[int]], tuple[list[float], list[float]]]


@dataclass(frozen=True)
class Associations:
    """What people say of brands.

    Attributes
    ----------
    answers : ndarray of shape (n_people, n_brands, n_attributes)
        From 0 (does not fit) to 1 (fits); NaN is unknown.
    brands, attributes : tuple of str
    sample : Design
        How the people were drawn.
    rated : bool
        The answers are ratings: each attribute then has two poles (doubling), because a rating of .8 says as much about
        what it is not as about what it is.
    ideal : ndarray of shape (n_people, n_attributes) or None
        The same of the ideal brand, in the same attributes.
    segments : ndarray of shape (n_people,) or None
        Code of everybody's segment, −1 where unknown.
    segment_names : tuple of str
    """

    answers: Floats
    brands: tuple[str, ...]
    attributes: tuple[str, ...]
    sample: Design
    rated: bool = False
    ideal: Floats | None = None
    segments: NDArray[np.int64] | None = None
    segment_names: tuple[str, ...] = ()


def perceptual_map(
    counts: ArrayLike,
    brands: Sequence[str],
    attributes: Sequence[str],
    *,
    people: Mapping[str, int] | None = None,
    least: int = LEAST,
) -> PerceptualMap:
    """Map any table of brands and attributes.

    Parameters
    ----------
    counts : array of shape (n_brands, n_attributes)
        How often each attribute was given to each brand, or weights; not below zero.
    people
        People who answered about a brand; left out, a brand's answers are counted instead.
    least
        People (or answers) below which a brand is not placed.

    Returns
    -------
    PerceptualMap
        Without regions: a table does not say which answers belong to one person.

    Raises
    ------
    NoMap
        When fewer than three brands or three attributes can be placed.
    ValueError
        When names and table do not fit, or a count is negative or unknown.

    References
    ----------
    Greenacre, M. (2017). Correspondence Analysis in Practice, 3rd edition.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.shape != (len(brands), len(attributes)):
        raise ValueError(f"a table of {len(brands)} brands × {len(attributes)} attributes is needed: {table.shape}")
    if not np.all(np.isfinite(table) & (table >= 0)):
        raise ValueError("counts must be known and not below zero")

    def said(kept: list[int], columns: list[int]) -> tuple[list[float], list[float]]:
        part = table[np.ix_(kept, columns)]
        rows = [
            (people or {}).get(brands[i], total) if total > 0 else 0.0
            for i, total in zip(kept, part.sum(axis=1), strict=True)
        ]
        return rows, [float(n) for n in part.sum(axis=0)]

    kept, columns, unplaced = _placed(brands, attributes, said, (max(least, 1), 1))
    n_brand, n_attribute = said(kept, columns)
    found = correspondence(table[np.ix_(kept, columns)])
    return _map(
        found,
        "table",
        None,
        [(brands[i], int(n)) for i, n in zip(kept, n_brand, strict=True)],
        [(attributes[j], "", int(n)) for j, n in zip(columns, n_attribute, strict=True)],
        unplaced,
        least,
    )


def map_of_answers(given: Associations, *, least: int = LEAST, n_draws: int = N_DRAWS, seed: int = 0) -> PerceptualMap:
    """Map what people say of brands, with regions, ideal points and the views of segments.

    Parameters
    ----------
    least
        People who must have given a brand (an attribute, a segment's ideal) an answer for it to be placed.
    n_draws
        Draws of people with replacement, by the design; fewer than 20 give neither regions nor distances from ideal
        points.

    Raises
    ------
    NoMap
        When fewer than three brands or three attributes can be placed.

    Notes
    -----
    Regions come from the partial bootstrap: people are drawn again, and the brands of each draw are put into the axes
    of the whole sample as supplementary points; a region is the ellipse that holds 95 % of a normal distribution with
    their second moments about the point. The axes themselves are held fixed, so regions are a little too small where
    two eigenvalues lie close together.

    References
    ----------
    Greenacre, M. (1984). Theory and Applications of Correspondence Analysis, chapter 8. Lebart, L. (2006). Validation
    techniques in multiple correspondence analysis. Doubling of ratings: Greenacre (2017), chapter 23.
    """
    answered = ~np.isnan(given.answers) if given.rated else np.nan_to_num(given.answers) > 0

    def said(kept: list[int], columns: list[int]) -> tuple[list[float], list[float]]:
        part = answered[:, kept][:, :, columns]
        return part.any(axis=2).sum(axis=0).tolist(), part.any(axis=1).sum(axis=0).tolist()

    floor = max(least, 1)
    kept, columns, unplaced = _placed(given.brands, given.attributes, said, (floor, floor))
    n_brand, n_attribute = said(kept, columns)
    world = _World(given, kept, columns)
    found = correspondence(world.table(given.sample.weights))
    poles: tuple[Pole, ...] = ("+", "-") if given.rated else ("",)
    drawn = _Drawn(given, world, found, n_draws, seed) if n_draws else None
    views, few_views = _views(world, found, least)
    ideals, few_ideals = _ideals(world, found, drawn, least)
    return _map(
        found,
        "ratings" if given.rated else "ticks",
        int(answered.any(axis=(1, 2)).sum()),
        [(given.brands[i], int(n)) for i, n in zip(kept, n_brand, strict=True)],
        [(given.attributes[j], pole, int(n)) for pole in poles for j, n in zip(columns, n_attribute, strict=True)],
        [*unplaced, *few_views, *few_ideals],
        least,
        regions=drawn.brand_regions() if drawn else None,
        ideals=tuple(ideals),
        by_segment=tuple(views),
        n_draws=n_draws,
        seed=seed,
    )


class _World:
    """What the placed brands and attributes come to for any weights of people."""

    def __init__(self, given: Associations, kept: list[int], columns: list[int]) -> None:
        self.given, self.columns = given, columns
        self.brands = [given.brands[i] for i in kept]
        self.shown = _coded(given.answers[:, kept][:, :, columns], given.rated)
        known = ~np.isnan(given.answers[:, kept][:, :, columns])
        said: NDArray[np.bool_] = known if given.rated else self.shown > 0
        self.said = np.asarray(np.any(said, axis=2), dtype=bool)
        self.ideal = None if given.ideal is None else _coded(given.ideal[:, columns], given.rated)

    def table(self, weights: Floats) -> Floats:
        """Return weighted answers, shape (n_brands, n_columns)."""
        flat = self.shown.reshape(len(self.shown), -1)
        return (weights @ flat).reshape(self.shown.shape[1:])

    def tables(self, draws: Floats) -> Floats:
        """Return weighted answers of every draw, shape (n_draws, n_brands, n_columns)."""
        flat = self.shown.reshape(len(self.shown), -1)
        return (draws.T @ flat).reshape(draws.shape[1], *self.shown.shape[1:])

    def groups(self) -> list[tuple[str | None, NDArray[np.bool_]]]:
        """Return everybody, then every segment."""
        everybody: list[tuple[str | None, NDArray[np.bool_]]] = [(None, np.ones(len(self.shown), dtype=bool))]
        codes = self.given.segments
        if codes is None:
            return everybody
        return everybody + [(name, codes == code) for code, name in enumerate(self.given.segment_names)]


def _coded(answers: Floats, rated: bool) -> Floats:
    """Return answers as parts of the table, unknown ones as none; rated ones with both poles."""
    up = np.nan_to_num(answers)
    if not rated:
        return up
    return np.concatenate([up, np.where(np.isnan(answers), 0.0, 1 - up)], axis=-1)


def _placed(
    brands: Sequence[str], attributes: Sequence[str], said: Said, floors: tuple[int, int]
) -> tuple[list[int], list[int], list[Unplaced]]:
    """Return the places of brands and attributes with enough answers, and those without.

    `said` tells how many people gave each brand, and each attribute, an answer, among the brands and attributes that
    are left: taking one away may leave too few for another.
    """
    kept = [list(range(len(brands))), list(range(len(attributes)))]
    few: dict[tuple[int, int], int] = {}
    while True:
        short = [
            {i: int(n) for i, n in zip(kept[side], counts, strict=True) if n < floors[side]}
            for side, counts in enumerate(said(kept[0], kept[1]))
        ]
        side = 0 if short[0] else 1
        if not short[side]:
            break
        few |= {(side, i): n for i, n in short[side].items()}
        kept[side] = [i for i in kept[side] if i not in short[side]]
    unplaced = [
        Unplaced(kind="attribute" if side else "brand", name=(brands, attributes)[side][i], n=n, needed=floors[side])
        for (side, i), n in sorted(few.items())
    ]
    if min(map(len, kept)) < LEAST_PLACED:
        raise NoMap([brands[i] for i in kept[0]], [attributes[j] for j in kept[1]], unplaced)
    return kept[0], kept[1], unplaced


def _map(
    found: Correspondence,
    form: Literal["ticks", "ratings", "table"],
    n_people: int | None,
    brands: Sequence[tuple[str, int]],
    attributes: Sequence[tuple[str, Pole, int]],
    unplaced: Sequence[Unplaced],
    least: int,
    *,
    regions: Sequence[Ellipse | None] | None = None,
    ideals: tuple[IdealPoint, ...] = (),
    by_segment: tuple[SegmentBrand, ...] = (),
    n_draws: int = 0,
    seed: int = 0,
) -> PerceptualMap:
    told = found.eigenvalues[:DIMENSIONS]
    whole = found.total_inertia
    return PerceptualMap(
        form=form,
        n_people=n_people,
        total_inertia=whole,
        inertias=tuple(float(v) for v in told),
        shares=tuple(float(v) / whole if whole > 0 else 0.0 for v in told),
        plane=found.quality(2),
        brands=tuple(
            _point(found.rows, i, name, n, region=None if regions is None else regions[i])
            for i, (name, n) in enumerate(brands)
        ),
        attributes=tuple(_point(found.columns, j, name, n, pole=p) for j, (name, p, n) in enumerate(attributes)),
        unplaced=tuple(unplaced),
        ideals=ideals,
        by_segment=by_segment,
        least=least,
        n_draws=n_draws,
        seed=seed,
    )


def _point(points: Points, i: int, name: str, n: int, *, pole: Pole = "", region: Ellipse | None = None) -> MapPoint:
    quality = float(points.squared_cosines[i, :2].sum())
    return MapPoint(
        name=name,
        n=n,
        mass=float(points.masses[i]),
        coordinates=_told(points.coordinates[i]),
        contributions=_told(points.contributions[i]),
        squared_cosines=_told(points.squared_cosines[i]),
        quality=quality,
        poor=quality < GOOD,
        pole=pole,
        region=region,
    )


def _told(values: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in values[:DIMENSIONS])


def _plane(coordinates: Floats) -> Floats:
    """Return the first two coordinates; a table on one line lies at zero of the second."""
    if coordinates.shape[-1] >= 2:
        return coordinates[..., :2]
    return np.concatenate([coordinates, np.zeros((*coordinates.shape[:-1], 2 - coordinates.shape[-1]))], axis=-1)


def ellipse_of(point: Floats, draws: Floats) -> Ellipse | None:
    """Return the ellipse that holds 95 % of a normal distribution with the draws' second moments about the point.

    Parameters
    ----------
    point : array of shape (2,)
    draws : array of shape (n_draws, 2)
        Draws in which the point has no place are NaN and left out; None when fewer than 20 are left.
    """
    known = draws[np.isfinite(draws).all(axis=1)] - point
    if len(known) < 20:
        return None
    sizes, axes = np.linalg.eigh(known.T @ known / len(known))
    reach = np.sqrt(np.maximum(sizes, 0) * scipy.stats.chi2.ppf(CONFIDENCE, 2))
    angle = float(np.arctan2(axes[1, 1], axes[0, 1]))
    return Ellipse(x=float(point[0]), y=float(point[1]), major=float(reach[1]), minor=float(reach[0]), angle=angle)


class _Drawn:
    """Places of brands and ideals in every draw of people."""

    def __init__(self, given: Associations, world: _World, found: Correspondence, n_draws: int, seed: int) -> None:
        self._found = found
        brands: list[Floats] = []
        ideals: list[list[Floats]] = [[] for _ in world.groups()]
        for draws in rescaled_draws(given.sample, n_draws, seed):
            brands.append(_places(found, world.tables(draws)))
            if world.ideal is not None:
                for place, (_, member) in enumerate(world.groups()):
                    ideals[place].append(_places(found, (draws * member[:, None]).T @ world.ideal))
        self.brands = np.concatenate(brands)  # (n_draws, n_brands, 2)
        self.ideals = [np.concatenate(each) for each in ideals] if world.ideal is not None else []

    def brand_regions(self) -> list[Ellipse | None]:
        """Return the region of every brand; None where there are too few draws for one."""
        points = _plane(self._found.rows.coordinates)
        return [ellipse_of(point, self.brands[:, i]) for i, point in enumerate(points)]


def _places(found: Correspondence, rows: Floats) -> Floats:
    """Return rows in the plane; NaN where a row has no answers."""
    sums = rows.sum(axis=-1, keepdims=True)
    filled = np.where(sums > 0, rows, 1.0)
    return np.where(sums > 0, _plane(found.supplementary_rows(filled).coordinates), np.nan)


def _views(world: _World, found: Correspondence, least: int) -> tuple[list[SegmentBrand], list[Unplaced]]:
    """Return where every segment sees every brand."""
    views, few = [], []
    for segment, brand, i, member in _pairs(world):
        n = int((world.said[:, i] & member).sum())
        row = (world.given.sample.weights * member) @ world.shown[:, i]
        if n < least or not row.sum() > 0:
            few.append(Unplaced(kind="segment_brand", name=brand, n=n, needed=least, segment=segment))
            continue
        placed = found.supplementary_rows(row)
        quality = float(placed.squared_cosines[:2].sum())
        views.append(
            SegmentBrand(
                segment=segment,
                brand=brand,
                n=n,
                coordinates=_told(placed.coordinates),
                quality=quality,
                poor=quality < GOOD,
            )
        )
    return views, few


def _pairs(world: _World) -> Iterator[tuple[str, str, int, NDArray[np.bool_]]]:
    for segment, member in world.groups():
        if segment is not None:
            for i, brand in enumerate(world.brands):
                yield segment, brand, i, member


def _ideals(
    world: _World, found: Correspondence, drawn: _Drawn | None, least: int
) -> tuple[list[IdealPoint], list[Unplaced]]:
    """Return the ideal point of everybody and of every segment."""
    if world.ideal is None or world.given.ideal is None:
        return [], []
    points, few = [], []
    asked = world.given.ideal[:, world.columns]
    said = (~np.isnan(asked)).any(axis=1) if world.given.rated else (np.nan_to_num(asked) > 0).any(axis=1)
    for place, (segment, member) in enumerate(world.groups()):
        n = int((said & member).sum())
        row = (world.given.sample.weights * member) @ world.ideal
        if n < least or not row.sum() > 0:
            few.append(Unplaced(kind="ideal", name=segment or "", n=n, needed=least, segment=segment))
            continue
        placed = found.supplementary_rows(row)
        quality = float(placed.squared_cosines[:2].sum())
        here = _plane(placed.coordinates)
        distances = _distances(world.brands, _plane(found.rows.coordinates), here, drawn, place) if drawn else []
        points.append(
            IdealPoint(
                segment=segment,
                n=n,
                coordinates=_told(placed.coordinates),
                squared_cosines=_told(placed.squared_cosines),
                quality=quality,
                poor=quality < GOOD,
                region=ellipse_of(here, drawn.ideals[place]) if drawn else None,
                distances=tuple(distances),
                nearest=tuple(d.brand for d in distances if not d.farther),
            )
        )
    return points, few


def _distances(names: Sequence[str], brands: Floats, ideal: Floats, drawn: _Drawn, place: int) -> list[IdealDistance]:
    """Return how far brands are from an ideal; "farther" is told by the draws' difference to the nearest brand."""
    away = np.linalg.norm(brands - ideal, axis=1)
    draws = np.linalg.norm(drawn.brands - drawn.ideals[place][:, None, :], axis=2)
    draws = draws[np.isfinite(draws).all(axis=1)]
    if len(draws) < 20:
        return []
    nearest = int(np.argmin(away))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    behind = np.quantile(draws - draws[:, [nearest]], [tail], axis=0)[0] > 0
    return [
        IdealDistance(
            brand=names[i],
            distance=float(away[i]),
            low=float(low[i]),
            high=float(high[i]),
            farther=bool(behind[i]) and i != nearest,
        )
        for i in np.argsort(away, kind="stable")
    ]
