"""Frames as files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from qunxiang.errors import SettingError
from qunxiang.i18n import Message

_ENDINGS = (".csv", ".parquet")


def checked_out(out: Path) -> Path:
    """Return `out` when its ending names a format that frames are written in.

    Raises
    ------
    SettingError
        Otherwise.
    """
    if out.suffix.lower() not in _ENDINGS:
        raise SettingError("cli.frame.ending", file=str(out), known=list(_ENDINGS))
    return out


def write_frame(frame: pa.Table, out: Path) -> Message:
    """Write a frame as CSV or Parquet, by the ending of `out`, as a whole or not at all; return what was done."""
    unfinished = out.with_name(out.name + ".part")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        if out.suffix.lower() == ".parquet":
            arrow_parquet.write_table(frame, unfinished)
        else:
            arrow_csv.write_csv(frame, unfinished)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return Message("cli.frame.written", {"rows": frame.num_rows, "file": str(out)})
