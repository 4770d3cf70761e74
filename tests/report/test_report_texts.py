"""Every text of a report stands in the catalogue in both languages, and no code shows through."""

import re
from pathlib import Path

import pytest
import yaml
from report_world import Reports, pdf_text, sheets

import qunxiang.services.report_content as content
from qunxiang.i18n import Label, codes
from qunxiang.model import TraitSet
from qunxiang.services.rule_words import rule_words
from qunxiang.workspace import Workspace

SOURCES = sorted(Path(content.__file__).parent.glob("report*.py"))
FAMILIES = ("verdict", "growth", "value", "value_as", "size", "check", "criteria", "stability", "method")
"""Families of codes whose last part is put together."""


def spoken() -> set[str]:
    """Return the codes that the report's sources write out."""
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    written_out = {f"report.{name}" for name in re.findall(r'"([a-z][a-z_0-9]*(?:\.[a-z_0-9]+)*)"', text)}
    return (written_out & codes()) | {f"report.{c}" for c in re.findall(r'say\(\s*"([a-z_0-9.]+)"', text)}


def test_every_code_exists() -> None:
    assert spoken() <= codes()


def test_every_text_is_used() -> None:
    folder = Path(content.__file__).parents[1] / "i18n" / "texts"
    kept = {c for c in yaml.safe_load((folder / "report.yaml").read_text("utf-8")) if c.startswith("report.")}
    assert {c for c in kept - spoken() if c.split(".")[1] not in FAMILIES} == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_code_shows_through(reports: Reports, lang: str) -> None:
    texts = [
        pdf_text(reports("pdf", lang)),
        reports("html", lang).decode("utf-8"),
        str(sheets(reports("xlsx", lang))),
    ]
    for text in texts:
        assert {
            code for code in codes() if code in text and code.startswith(("report.", "segment.", "error."))
        } == set()
        assert "{" not in re.sub(r"<style.*?</style>|<script.*?</script>", "", text, flags=re.S) or text is texts[2]


def test_languages_are_not_mixed(reports: Reports) -> None:
    english = pdf_text(reports("pdf", "en"))
    rest = english.replace("测试商行", "").replace("先看价值", "")
    assert re.findall(r"[\u4e00-\u9fff]+", rest) == []
    chinese = pdf_text(reports("pdf", "zh"))
    assert not {"unknown", "Segment", "Revenue", "customers"} & set(re.findall(r"[A-Za-z]+", chinese))


def trait_set(world: Workspace) -> TraitSet:
    return TraitSet(traits=tuple(t.definition for t in world.traits.list()))


def test_rules_are_read_with_the_names_of_traits(world: Workspace) -> None:
    traits = trait_set(world)
    recency, orders = traits.get("recency_days"), traits.get("frequency")
    assert recency is not None
    assert orders is not None
    said = rule_words("recency_days <= 90 and frequency >= 3", traits)
    assert said == Label(
        f"{recency.label.zh} ≤ 90 且 {orders.label.zh} ≥ 3", f"{recency.label.en} ≤ 90 and {orders.label.en} ≥ 3"
    )
    said = rule_words('not "frequency" between 1 and 3 or frequency is null', traits)
    assert said.zh == f"非 {orders.label.zh} 介于 1 至 3 或 {orders.label.zh} 为 未知"


def test_texts_inside_a_rule_stay_as_they_are(world: Workspace) -> None:
    said = rule_words("city = 'recency_days and ''or'''", trait_set(world))
    assert said == Label.same("city = 'recency_days and ''or'''")
