"""A wide panel survey: two attitudes behind six statements, a city, yearly spending, weights."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

LEVELS = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
CITIES = ("north", "south", "west")


def panel(n: int = 150, seed: int = 3, *, north: float = 0.5, spent: float = 1.0) -> pa.Table:
    """One row per respondent; people in the north are asked twice as often as they should be and agree more.

    `north` is the share of the north in the market, `spent` multiplies spending.
    """
    generator = np.random.default_rng(seed)
    chance = np.array([2 * north, (1 - north) / 2, (1 - north) / 2])
    city = generator.choice(3, size=n, p=chance / chance.sum())
    common = generator.multivariate_normal([0, 0], [[1, 0.2], [0.2, 1]], size=n) + 0.6 * (city == 0)[:, None]
    latent = np.repeat(common, 3, axis=1) * 0.8 + generator.standard_normal((n, 6)) * 0.6
    codes = np.digitize(latent, [-1.2, -0.4, 0.4, 1.2])
    columns = {
        "respondent_id": [f"p{i:03}" for i in range(n)],
        "weight": np.where(city == 0, 0.5, 1.0).round(3),
        "city": [CITIES[c] for c in city],
        "spend": (spent * generator.lognormal(5, 0.5, size=n)).round(0),
    }
    for j in range(6):
        columns[f"said_{j + 1}"] = [LEVELS[c] if generator.random() > 0.02 else "No answer" for c in codes[:, j]]
    return pa.table(columns)


SAID = tuple(f"said_{j}" for j in range(1, 7))
