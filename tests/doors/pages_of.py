"""The pages of the app: one line per page, with the use case that decides who may see it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from qunxiang.adapters.sources import open_source

CSV = b"order_id,person_id,ordered_at,amount\nn1,p001,2024-06-01 10:00:00,12.50\n"
BAD_ROWS = [{"order_id": i, "person_id": "p001", "ordered_at": "never", "amount": "1"} for i in ("bad", "worse")]
BAD, WORSE = (
    hashlib.md5(f"orders|{open_source(BAD_ROWS).shape().fingerprint}|{row}".encode(), usedforsecurity=False).hexdigest()
    for row in (1, 2)
)
"""Rows of orders in quarantine."""
UPLOAD = "0" * 32
"""Id of a file that lies among the uploads."""
WIDE = "1" * 32
"""Id of a wide survey among the uploads."""
WIDE_CSV = b"respondent_id,said_1\np1,Agree\np2,Disagree\n"
LADDERS = b"respondent,ladder,position,concept,level\nr1,1,1,fresh,A\nr1,1,2,healthy,C\nr1,1,3,family,V\n"
"""Coded laddering interviews of one respondent."""
PLACE = {"place": "kinds/s1"}
FRAGMENT = {"headers": {"HX-Request": "true"}}


@dataclass(frozen=True)
class Visit:
    """A request for a page: the use case that it leads to (None: no use case), method, path, and what is sent.

    `part` says that the use case gives a part of a page which everybody may see: the part is left out for others.
    `form` says that the page asks for what the use case needs, and does not call it yet.
    """

    use_case: str | None
    method: str
    path: str
    sent: dict[str, Any]
    part: bool = False
    form: bool = False


def get(use_case: str | None, path: str, *, part: bool = False, form: bool = False, **sent: Any) -> Visit:
    return Visit(use_case, "GET", path, sent, part, form)


def post(use_case: str, path: str, form: dict[str, Any] | None = None, **sent: Any) -> Visit:
    return Visit(use_case, "POST", path, ({"data": form} if form else {}) | sent)


PAIRS = "&".join(f"p_{a}_{b}=1" for a, b in combinations(("size", "revenue", "value_per_customer", "growth"), 2))
PAST = "\n".join(f"{s},{500 * (1 - math.exp(-s / 40)) + (s % 7) / 2:.2f}" for s in range(5, 200, 10))
FACT = {"topic": "price", "text": "cheap", "source": "known"}
STRENGTH = {"competitor": "own", "segmentation": "kinds", "segment": "s1", "value": "5", "why": "known"}
MARK = {"segment": "strategic", "profile_id": "Pp001", "why": "known"}
FIT = {"name": "fitted", "n_segments": "2", "trait": "frequency"}
BRAND_SAID = {"brand": "Alpha", "dimension": "appeal", "value": "6", "why": "known"}
TRAIT = {"name": "lines", "table": "orders", "metric": "count"}
REPORT = {"segmentation": "kinds", "format": "html", "lang": "en"}
COLUMNS = ("order_id", "person_id", "ordered_at", "amount")
LOAD = {"table": "orders", "action": "load"} | {f"to.{i}": name for i, name in enumerate(COLUMNS)}

VISITS = (
    get("quality.near", "/quality"),
    get("quality.repairs", "/quality"),
    post("check", "/quality/check"),
    get("quality.show", "/quality/tables/orders"),
    get("quality.examples", "/quality/tables/orders/far?column=amount"),
    get("quality.gates", "/quality/gates"),
    post("quality.set_gates", "/quality/gates", {"measure": "far", "limit": "10"}),
    post("quality.repair", "/quality/repair", {"table": "orders", "column": "channel", "value": "a", "like": "b"}),
    post("quality.restore", "/quality/restore", {"table": "orders", "column": "channel", "value": "a"}),
    get("place.list", "/places"),
    get("place.find", "/places?text=深圳"),
    post("place.change", "/places", {"city": "佛山", "tier": "二线"}),
    get("overview", "/"),
    get("trait.list", "/"),
    get("segment.stability", "/"),
    get("data.tables", "/data"),
    get("data.snapshots", "/data"),
    get("data.loads", "/data", part=True),
    get("data.tables", "/data/tables/orders"),
    get("quarantine.counts", "/data/rejects/orders"),
    get("rejects", "/data/rejects/orders/csv"),
    get("quarantine.history", f"/data/rejects/orders/rows/{BAD}"),
    post("quarantine.repair", f"/data/rejects/orders/rows/{BAD}", {"column": "ordered_at", "value": "2024-06-01"}),
    post("quarantine.leave_out", f"/data/rejects/orders/rows/{WORSE}/left-out", {"why": "test"}),
    post("resolve", "/data/resolve"),
    post("refresh", "/data/refresh", {"as_of": "2024-07-01"}),
    get("load", "/data/load", form=True),
    post("preview", "/data/load", files={"file": ("orders.csv", CSV)}),
    get("preview", f"/data/load/{UPLOAD}?table=orders"),
    post("load", f"/data/load/{UPLOAD}", LOAD),
    get("source.list", "/data/sources"),
    post("source.add", "/data/sources", {"name": "other", "url": "postgresql://reader@db.example/shop"}),
    get("source.tables", "/data/sources/nothing"),
    post("load", "/data/sources/other", {"into": "orders", "table": "orders"}),
    post("source.remove", "/data/sources/other/remove"),
    post("column.set", "/data/tables/orders/columns/nothing", {"personal": "1"}),
    get("mapping.list", "/data/mappings"),
    post("mapping.forget", "/data/mappings/nothing/forget"),
    get("trait.list", "/traits"),
    get("data.tables", "/traits/new"),
    post("trait.define", "/traits/new", TRAIT),
    post("trait.preview", "/traits/-/preview", TRAIT),
    post("trait.archive", "/traits/lines/archive"),
    post("data.tables", "/traits/-/rule", json={"table": "orders", "text": "amount > 2"}),
    get("trait.show", "/traits/frequency"),
    get("definition.list", "/traits/frequency"),
    get("segment.list", "/segments"),
    get("segment.size", "/segments/new"),
    post("segment.size", "/segments/-/rule", json={"text": "frequency > 2"}),
    get("trait.show", "/segments/-/levels/frequency"),
    post("segment.define", "/segments", {"name": "some", "rule": "frequency > 2"}),
    get("segment.list", "/segments/-/schemes"),
    get("segment.scheme", "/segments/-/schemes/value_tier"),
    post("segment.classify", "/segments/-/schemes/value_tier"),
    get("trait.list", "/segments/fit"),
    post("segment.fit", "/segments/fit", FIT),
    get("segment.describe", "/segments/kinds"),
    get("segment.contrast", "/segments/kinds/contrast"),
    get("segment.overlap", "/segments/-/overlap"),
    post("segment.cross", "/segments/-/grid", data={"name": "grid", "rows": "kinds", "columns": "often"}),
    get("segment.check", "/segments/kinds"),
    get("segment.changes", "/segments/kinds"),
    post("refresh_past", "/segments/-/past", {"first": "2024-06-30", "every": "month"}),
    get("segment.dates", "/segments/kinds/migration"),
    get("trait.drift", "/drift"),
    get("trait.drift", "/segments/kinds/drift"),
    get("segment.compare", "/segments/twice/comparison"),
    get("segment.migration", "/segments/kinds/migration"),
    get("segment.movers", "/segments/kinds/movers"),
    get("definition.history", "/segments/kinds"),
    get("segment.members", "/segments/kinds/members"),
    get("segment.why", "/segments/kinds/why/Pp001"),
    post("segment.rename", "/segments/kinds/rename", {"segment": "s1", "label_en": "first"}),
    post("segment.mark", "/segments/value_tier/mark", MARK),
    post("segment.archive", "/segments/spare/archive"),
    get("survey.list", "/surveys"),
    get("scale.list", "/surveys"),
    get("market.list", "/surveys"),
    get("survey.load", "/surveys/load", form=True),
    post("survey.look", "/surveys/load", files={"file": ("panel.csv", WIDE_CSV)}),
    get("survey.look", f"/surveys/load/{WIDE}"),
    post("survey.load", f"/surveys/load/{WIDE}", {"name": "other", "action": "load"}),
    get("survey.map", "/surveys/panel/map?question=city&question=said_1"),
    get("survey.show", "/surveys/panel"),
    get("survey.show", "/surveys/panel/questions/city"),
    post("survey.change", "/surveys/panel/questions/city", {"text": "Where?", "kind": "single"}),
    post("scale.fit", "/surveys/panel/scale", {"name": "more", "n_factors": "2"}),
    post("market.define", "/surveys/panel/market", {"name": "more", "population": "1,000", "by": "city"}),
    get("scale.show", "/scales/views"),
    post("scale.name", "/scales/views/factors/f1", {"label_en": "Openness"}),
    get("scale.scores", "/scales/views/scores.csv"),
    post("scale.publish", "/scales/views/publish"),
    get("market.show", "/markets/people"),
    get("market.growth", "/markets/people/growth?survey=panel&years=1"),
    post("market.set_margins", "/markets/people/margins", {"margins": "[city]\nnorth = 5\nsouth = 3\nwest = 2"}),
    get("schedule.list", "/settings"),
    post("schedule.set", "/settings/schedules", {"task": "refresh", "every": "weekly", "hour": "4"}),
    post("schedule.remove", "/settings/schedules/check/remove"),
    post("market.report", "/markets/people/report", {"format": "html", "lang": "en"}),
    post("market.name", "/markets/people/segments/s1", {"label_en": "The north"}),
    post("market.type", "/markets/people/tool", {"n_questions": "1"}),
    post("market.publish", "/markets/people/placing", {"survey": "panel", "segmentation": "placed"}),
    get("market.place", "/markets/people/placing.csv?survey=panel"),
    get("value.show", "/value"),
    get("value.compare", "/value/sides"),
    post("value.set_basis", "/value/basis", {"cost_order": "2.5", "window": "365"}),
    get("value.potential", "/value/sides?potential=kinds"),
    get("value.contracts", "/value/contracts?cohorts=1000,869,743,653"),
    get("value.customer", "/value/customers/Pp001"),
    post("value.fit", "/value/fit", {"model": "bg_nbd", "horizon": "6", "unit": "month"}),
    get("segment.list", "/targets"),
    get("target.chosen", "/targets"),
    get("target.rank", "/targets/kinds"),
    get("target.criteria", "/targets/kinds"),
    post("target.set_criteria", "/targets/kinds/criteria"),
    post("target.curve", "/targets/kinds/curve", {"segment": "s1", "ceiling": "500", "scale": "40", "why": "known"}),
    get("target.budget", "/targets/kinds/budget?total=100"),
    post("target.fit_curve", "/targets/kinds/curve/fit", {"segment": "s1", "rows": PAST}),
    post("target.drop_curve", "/targets/kinds/curve/drop", {"segment": "s1"}),
    get("target.library", "/targets/kinds"),
    get("target.compare", "/targets/kinds/weights?" + PAIRS),
    post("target.weigh", "/targets/kinds/weights", dict(pair.split("=") for pair in PAIRS.split("&"))),
    post("target.set_criteria", "/targets/kinds/add", {"id": "reach"}),
    post("target.set_criteria", "/targets/kinds/criterion", {"id": "size", "owner": "li"}),
    post("target.judge", "/targets/kinds/judge", {"segment": "s1", "value": "5", "why": "known"}),
    post("target.choose", "/targets/kinds/choose", {"segment": "s1", "why": "known"}),
    get("brand.ladder.show", "/brand/ladder?place=kinds/s1"),
    get("brand.ladder.list", "/brand/ladder"),
    post("brand.ladder.set", "/brand/ladder", PLACE | {"action": "add", "level": "attribute", "label_en": "fresh"}),
    post("brand.ladder.confirm", "/brand/ladder/confirm", PLACE),
    get("brand.ladder.export", "/brand/ladder/document?place=kinds/s1"),
    get("brand.ladder.studies", "/brand/laddering"),
    post("brand.ladder.import", "/brand/laddering", {"name": "more"}, files={"file": ("ladders.csv", LADDERS)}),
    get("brand.ladder.matrix", "/brand/laddering/talks"),
    post("brand.ladder.propose", "/brand/laddering/talks/propose", PLACE),
    get("brand.message.show", "/brand/message?place=kinds/s1"),
    get("brand.message.list", "/brand/message"),
    get("brand.message.show", "/brand/message/print?place=kinds/s1"),
    post("brand.message.set", "/brand/message", PLACE | {"action": "promise", "promise_en": "fresh each day"}),
    get("brand.message.export", "/brand/message/document?place=kinds/s1&format=json"),
    get("brand.studies", "/brand"),
    get("brand.score", "/brand"),
    get("brand.tracking", "/brand"),
    get("competitor.map", "/competitors/map"),
    post("brand.define", "/brand/studies", {"name": "other", "own": "Alpha", "survey": "brands"}),
    post("brand.judge", "/brand/studies/study/judge", BRAND_SAID),
    post("brand.define", "/brand/studies/study", {"questions": "q02 | association | Alpha | reliable"}),
    get("strategy.list", "/strategy"),
    get("strategy.show", "/strategy/kinds"),
    post("strategy.set", "/strategy/kinds", {"owner_targets": "li"}),
    get("strategy.position", "/strategy/kinds/position/s1"),
    post("strategy.set_position", "/strategy/kinds/position/s1", {"audience_zh": "li"}),
    get("competitor.list", "/competitors"),
    post("competitor.add", "/competitors", {"name": "rival", "label_en": "Rival"}),
    get("competitor.show", "/competitors/own"),
    post("competitor.add", "/competitors/own", {"note": "we"}),
    post("competitor.fact", "/competitors/own/facts", FACT),
    post("competitor.drop_fact", "/competitors/own/facts/f1/drop"),
    post("competitor.remove", "/competitors/spare_rival/remove"),
    get("competitor.strength", "/competitors/strength?name=kinds"),
    post("competitor.judge", "/competitors/strength", STRENGTH),
    get("competitor.wins", "/competitors/wins?by=owner"),
    get("persona.list", "/personas"),
    get("persona.show", "/personas/kinds/s1"),
    get("persona.show", "/personas/kinds/s1/portrait.svg"),
    get("persona.evidence", "/personas/kinds/s1/evidence/nothing"),
    get("persona.evidence", "/personas/kinds/s1/recount/nothing"),
    post("persona.assume", "/personas/kinds/s1/assume", {"text_en": "likes tea"}),
    get("persona.poster", "/personas/kinds/s1/poster.png"),
    post("persona.build", "/personas/build", {"name": "kinds"}),
    get("segment.list", "/reports"),
    post("report", "/reports", REPORT),
    get(None, "/profiles"),
    get("who", "/profiles?id=Pp001"),
    get("who", "/profiles/Pp001"),
    post("find", "/profiles", {"text": "p001"}),
    get("segment.why", "/profiles/Pp001/why/kinds", **FRAGMENT),
    get("review.list", "/review"),
    post("review.decide", "/review", {"left": "Pp001", "right": "Pp002", "decision": "later"}),
    post("split", "/profiles/Pp001/split", {"record": "Pnothing", "why": "known"}),
    post("join", "/profiles/Pp001/join", {"other": "Pp002", "why": "known"}),
    get("job.list", "/jobs"),
    get("job.show", "/jobs/nothing"),
    get("job.show", "/jobs/nothing/panel"),
    get("job.show", "/jobs/nothing/progress"),
    get("job.show", "/waiting/nothing"),
    get("job.show", "/waiting/nothing/state"),
    post("job.cancel", "/jobs/nothing/cancel"),
    post("job.retry", "/jobs/nothing/retry"),
    get(None, "/settings"),
    get("user.list", "/settings/users"),
    post("user.add", "/settings/users", {"name": "newer", "role": "viewer"}),
    post("user.change", "/settings/users/new/change", {"role": "sales"}),
    post("user.key", "/settings/users/new/key"),
    post("user.revoke", "/settings/users/new/revoke"),
    post("user.link", "/settings/users/new/link"),
    get("audit.list", "/settings/audit"),
)

WITHOUT_A_PAGE = {
    "brand.propose",  # making a study proposes and stores at once
    "value.basis",  # the page of all four sides holds it
    "segment.history",  # part of a customer's page, which is refused first
    "definition.apply",
    "definition.export",
    "definition.plan",
    "job.result",  # pages link to its REST address
    "job.start",  # pages start jobs for the use cases that the jobs call
    "mapping.show",
    "trait.frame",
}
"""Use cases that no page leads to."""

FINDS_NOTHING = {
    "column.set",
    "split",
    "mapping.forget",
    "source.tables",
    "persona.evidence",
    "job.show",
    "job.cancel",
    "job.retry",
}
"""Use cases whose lines name something that is not there: who may call them shows all the same."""
