"""The bivariate normal distribution at many points at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

# Thresholds beyond this are treated as the ends of the line: Φ(−9) is below 1e-18.
END = 9.0


def normal_density(x: Floats) -> Floats:
    """Density of the standard normal; 0 at the ends of the line."""
    return np.where(np.abs(x) < END, np.exp(-0.5 * np.clip(x, -END, END) ** 2) / np.sqrt(2 * np.pi), 0.0)


def bivariate_cdf(h: Floats, k: Floats, rho: Floats) -> Floats:
    """P(X ≤ h, Y ≤ k) of a standard bivariate normal with correlation `rho`, |rho| < 1; arrays broadcast.

    References
    ----------
    Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of Mathematical Statistics 27.
    """
    h, k, rho = np.broadcast_arrays(np.clip(h, -END, END), np.clip(k, -END, END), rho)
    # A threshold of exactly zero has no slope; a step of 1e-14 beside it changes the answer by less than 1e-14.
    h, k = np.where(h == 0, 1e-14, h), np.where(k == 0, 1e-14, k)
    root = np.sqrt(1 - rho**2)
    apart = np.where(h * k > 0, 0.0, 0.5)
    both = (
        0.5 * (special.ndtr(h) + special.ndtr(k))
        - special.owens_t(h, (k - rho * h) / (h * root))
        - special.owens_t(k, (h - rho * k) / (k * root))
        - apart
    )
    bounded: Floats = np.clip(both, 0.0, 1.0)
    return bounded


def bivariate_density(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Density of a standard bivariate normal; 0 where a point lies at an end of the line. Arrays broadcast.

    It is also the derivative of :func:`bivariate_cdf` by `rho`.
    """
    h, k, rho = np.broadcast_arrays(h, k, rho)
    inside = (np.abs(h) < END) & (np.abs(k) < END)
    x, y = np.clip(h, -END, END), np.clip(k, -END, END)
    free = 1 - rho**2
    density = np.exp(-0.5 * (x**2 - 2 * rho * x * y + y**2) / free) / (2 * np.pi * np.sqrt(free))
    return np.where(inside, density, 0.0)


def slope_by_threshold(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Derivative of :func:`bivariate_cdf` by `h`. Arrays broadcast."""
    h, k, rho = np.broadcast_arrays(h, k, rho)
    x, y = np.clip(h, -END, END), np.clip(k, -END, END)
    slope: Floats = normal_density(h) * special.ndtr((y - rho * x) / np.sqrt(1 - rho**2))
    return slope
