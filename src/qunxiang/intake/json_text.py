"""Values and whole rows of a source as JSON text, which every engine writes alike."""

from __future__ import annotations

from sqlglot import exp

from qunxiang.intake.keys import joined
from qunxiang.intake.own_columns import is_own
from qunxiang.intake.staging import BROKEN, Kind, Staged
from qunxiang.sql import column, template


def json_text(text: exp.Expr) -> exp.Expr:
    """Write text as a JSON string; control characters other than tab and line ends become a space."""
    escaped = template("REPLACE(REPLACE(:x, :b, :bb), :q, :bq)", x=text, b="\\", bb="\\\\", q='"', bq='\\"')
    for number, letter in ((10, "n"), (13, "r"), (9, "t")):
        escaped = template("REPLACE(:x, CHR(:n), :escape)", x=escaped, n=number, escape=f"\\{letter}")
    return template("""'"' || REGEXP_REPLACE(:x, :control, ' ', 'g') || '"'""", x=escaped, control=r"[\x00-\x1f]")


def row_json(staged: Staged) -> exp.Expr:
    """Write a staged row (alias ``s``) as a JSON object under its source names."""
    members = []
    for c in staged.columns:
        if is_own(c.name):
            continue
        value = column(c.physical, "s")
        if c.kind is Kind.INTEGER:
            written = template("CAST(:x AS VARCHAR)", x=value)
        elif c.kind is Kind.FLOAT:
            written = template("CASE WHEN ABS(:x) < 1e300 THEN CAST(:x AS VARCHAR) END", x=value)
        elif c.kind is Kind.BOOLEAN:
            written = template("CASE WHEN :x THEN 'true' WHEN NOT :x THEN 'false' END", x=value)
        elif c.kind is Kind.TEXT:
            written = json_text(value)
        else:
            written = json_text(template("CAST(:x AS VARCHAR)", x=value))
        name = c.name.replace("\\", "\\\\").replace('"', '\\"')
        members.append(template(":name || COALESCE(:value, 'null')", name=f'"{name}":', value=written))
    return template(
        """CASE WHEN :broken IS NULL THEN '{' || :members || '}' ELSE '{"__broken__":' || :raw || '}' END""",
        broken=column(BROKEN, "s"),
        members=joined(",", members),
        raw=json_text(column(BROKEN, "s")),
    )
