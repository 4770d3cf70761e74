"""Frames as files."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from qunxiang.errors import SettingError
from qunxiang.i18n import Message
from qunxiang.services.csv_text import csv_bytes

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
    from qunxiang.workspace.files import written  # late, so that help does not wait for drivers

    if out.suffix.lower() == ".parquet":
        sink = io.BytesIO()
        arrow_parquet.write_table(frame, sink)
        content = sink.getvalue()
    else:
        content = csv_bytes(frame)
    written(out, content)
    return Message("cli.frame.written", {"rows": frame.num_rows, "file": str(out)})
