"""Orders of a small shop, as a file."""

from __future__ import annotations

import csv
from pathlib import Path


def write_orders(path: Path) -> Path:
    """Write customer i (1..12) with i orders of 10·i on different days; the last order is on 2024-06-(10+i)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["order_id", "person_id", "ordered_at", "amount"])
        for i in range(1, 13):
            for j in range(i):
                month, day = (6, 10 + i) if j == 0 else (1 + j % 5, 1 + j)
                writer.writerow([f"o{i}-{j}", f"c{i}", f"2024-{month:02}-{day:02} 10:00:00", 10 * i])
    return path
