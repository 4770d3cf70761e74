"""One cheap request per operation of the REST interface."""

from __future__ import annotations

import io
import zipfile
from typing import Any

LABEL = {"zh": "甲", "en": "A"}


def archive() -> bytes:
    """Return a ZIP archive whose names try to leave their folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("../../../evil.yaml", "kind: segmentation\n")
    return packed.getvalue()


CSV = b"order_id,person_id,ordered_at,amount\nn1,p001,2024-06-01 10:00:00,12.50\n"

REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "overview": ("GET", "/overview", {}),
    "data.tables": ("GET", "/tables", {}),
    "data.loads": ("GET", "/loads", {}),
    "data.snapshots": ("GET", "/snapshots", {}),
    "load": ("POST", "/tables/orders/loads", {"files": {"file": ("../订单 1.csv", CSV)}}),
    "rejects": ("GET", "/tables/orders/rejects", {}),
    "resolve": ("POST", "/resolve", {}),
    "refresh": ("POST", "/refresh", {"json": {"as_of": "2024-07-01"}}),
    "who": ("GET", "/profiles/nobody", {}),
    "trait.list": ("GET", "/traits", {}),
    "trait.show": ("GET", "/traits/frequency", {}),
    "trait.frame": ("GET", "/trait-frame", {"params": {"name": "frequency"}}),
    "trait.define": ("PUT", "/traits/x", {"json": {"table": "nix", "metric": "count"}}),
    "segment.list": ("GET", "/segments", {}),
    "segment.size": ("GET", "/segment-size", {"params": {"rule": "frequency >= 10"}}),
    "segment.define": ("PUT", "/segments/big", {"json": {"rule": "'; drop table"}}),
    "segment.classify": ("PUT", "/classifications/nix", {"json": {}}),
    "segment.fit": ("POST", "/segments/fitted/fit", {"json": {"n_segments": 2}}),
    "segment.mark": ("POST", "/segments/nix/marks", {"json": {"segment": "a", "profile_id": "b", "why": "c"}}),
    "segment.rename": ("PUT", "/segments/nix/names/a", {"json": {"label": LABEL}}),
    "segment.archive": ("DELETE", "/segments/nix", {}),
    "segment.describe": ("GET", "/segments/kinds", {}),
    "segment.members": ("GET", "/segments/kinds/members", {}),
    "segment.why": ("GET", "/segments/kinds/members/nobody/why", {}),
    "segment.stability": ("GET", "/segments/kinds/stability", {}),
    "segment.changes": ("GET", "/segments/kinds/changes", {}),
    "segment.check": ("GET", "/segments/kinds/check", {}),
    "target.criteria": ("GET", "/targets/kinds/criteria", {}),
    "target.set_criteria": ("PUT", "/targets/nix/criteria", {"json": {"criteria_set": {"criteria": []}}}),
    "target.rank": ("GET", "/targets/kinds/ranking", {}),
    "target.judge": ("POST", "/targets/nix/judgements", {"json": {"segment": "a", "value": 5, "why": "c"}}),
    "target.chosen": ("GET", "/targets/kinds", {}),
    "target.choose": ("PUT", "/targets/nix", {"json": {"segments": ["a"], "why": "c"}}),
    "persona.build": ("POST", "/personas/kinds/build", {}),
    "persona.list": ("GET", "/personas", {}),
    "persona.show": ("GET", "/personas/nix/a", {}),
    "persona.evidence": ("GET", "/personas/nix/a/claims/b", {}),
    "persona.assume": ("POST", "/personas/nix/a/assumptions", {"json": {"text": LABEL}}),
    "persona.poster": ("GET", "/personas/nix/a/poster", {}),
    "report": ("POST", "/reports", {"json": {"segmentation": "nix"}}),
    "definition.list": ("GET", "/definitions", {}),
    "definition.history": ("GET", "/definitions/segmentation/kinds/history", {}),
    "definition.export": ("GET", "/definitions/export", {}),
    "definition.plan": ("POST", "/definitions/plan", {"files": {"file": ("d.zip", archive())}}),
    "definition.apply": ("POST", "/definitions/apply", {"files": {"file": ("d.zip", archive())}}),
    "job.start": ("POST", "/jobs", {"json": {"use_case": "report", "arguments": {"segmentation": "kinds"}}}),
    "job.list": ("GET", "/jobs", {}),
    "job.show": ("GET", "/jobs/nix", {}),
    "job.result": ("GET", "/jobs/nix/result", {}),
    "job.retry": ("POST", "/jobs/nix/retry", {}),
    "user.list": ("GET", "/users", {}),
    "user.add": ("POST", "/users", {"json": {"name": "new", "role": "viewer"}}),
    "user.change": ("PATCH", "/users/nobody", {"json": {"role": "viewer"}}),
    "user.key": ("POST", "/users/nobody/keys", {}),
    "user.revoke": ("DELETE", "/users/nobody/keys", {}),
    "user.link": ("POST", "/users/nobody/links", {}),
    "audit.list": ("GET", "/audit", {}),
}
"""Use case: method, path below ``/api/v1``, and what is sent with it."""
