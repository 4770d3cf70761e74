"""A second fit compared with the first, and drift of traits between two dates, against counting by hand in pandas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tiny_shop
from demo_data import copy_workspace
from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Label
from qunxiang.workspace import Workspace

FIT = {"n_pairs": 2, "n_restarts": 2}


@pytest.fixture(scope="module")
def ws(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = copy_workspace(tiny_folder, tmp_path_factory.mktemp("refits") / "shop")
    with Workspace(folder) as workspace:
        workspace.segments.fit(
            "twice", traits=["frequency"], n_segments=2, why="first", label=Label.same("Two ways"), **FIT
        )
        first = workspace.segments.members("twice").to_pandas()
        workspace.first = first.set_index("profile_id")["segment"]  # type: ignore[attr-defined]
        workspace.segments.fit("twice", traits=["frequency", "basket_value"], n_segments=3, why="finer", **FIT)
        workspace.refresh_past("2023-12-01", "2023-12-31")
        yield workspace


def test_a_refit_is_compared_over_the_same_customers(ws: Workspace) -> None:
    found = ws.segments.compare("twice")
    assert (found.before.why, found.after.why) == ("first", "finer")
    assert found.label == Label.same("Two ways")  # a fit again keeps the name that people gave
    assert (found.before.segments, found.after.segments) == (2, 3)
    second = ws.segments.members("twice").to_pandas().set_index("profile_id")["segment"]
    both = pd.concat([ws.first.rename("old"), second.rename("new")], axis=1)  # type: ignore[attr-defined]
    counted = both.value_counts().to_dict()
    assert {(m.before, m.after): m.n for m in found.moves} == counted
    assert found.profiles == tiny_shop.PEOPLE == found.stayed + found.moved
    goes_on = {m.before.id: m.after.id for m in found.matches if m.before and m.after}
    assert found.stayed == sum(n for (old, new), n in counted.items() if goes_on.get(old) == new)
    for match in found.matches:
        if match.before and match.after:
            old, new = both.old == match.before.id, both.new == match.after.id
            assert match.agreement == pytest.approx((old & new).sum() / (old | new).sum())
    from sklearn.metrics import adjusted_rand_score

    assert found.adjusted_rand == pytest.approx(adjusted_rand_score(both.old, both.new))


def test_the_same_fit_agrees_with_itself(ws: Workspace) -> None:
    version = ws.segments.compare("twice").after.version
    found = ws.segments.compare("twice", version, version)
    assert (found.adjusted_rand, found.moved) == (1.0, 0)


def test_what_cannot_be_compared_is_said(ws: Workspace) -> None:
    with pytest.raises(NothingYetError) as error:
        ws.segments.compare("kinds")
    assert error.value.code == "error.nothing.refit"
    with pytest.raises(SettingError) as refusal:
        ws.segments.compare("twice", before=99)
    assert refusal.value.code == "error.segmentation.version"
    with pytest.raises(SettingError) as refusal:
        ws.segments.compare("often")
    assert refusal.value.code == "error.segmentation.version_not_fitted"


def test_drift_is_that_of_the_two_dates(ws: Workspace) -> None:
    found = ws.traits.drift()
    assert (str(found.start), str(found.end)) == ("2023-12-31", tiny_shop.AS_OF)
    trait = next(t for t in found.traits if t.trait == "frequency")
    now = ws.traits.frame(["frequency"]).to_pandas()["frequency"]
    assert trait.n_after == now.notna().sum()
    assert trait.unknown_after == pytest.approx(now.isna().mean())
    told = [b for b in trait.bins if b.value is not None]
    values = now.dropna()
    for one in trait.bins:
        if one.value is not None:
            share = (values == one.value).mean()
        else:
            low = -np.inf if one.low is None else one.low
            high = np.inf if one.high is None else one.high
            share = ((values >= low) & (values < high)).mean()
        assert one.after == pytest.approx(share)
    before = np.maximum([b.before for b in trait.bins], 1e-4)
    after = np.maximum([b.after for b in trait.bins], 1e-4)
    assert trait.psi == pytest.approx(float(((after - before) * np.log(after / before)).sum()))
    assert told or len(trait.bins) > 2
    assert not trait.decides


def test_only_the_traits_of_a_segmentation(ws: Workspace) -> None:
    found = ws.traits.drift("twice")
    assert {t.trait for t in found.traits} == {"frequency", "basket_value"}
    assert all(t.decides for t in found.traits)
    with pytest.raises(NothingYetError):
        ws.traits.drift(start="2024-07-01", end="2024-07-01")


def test_one_date_is_not_enough(tiny_folder: Path, tmp_path: Path) -> None:
    with Workspace(copy_workspace(tiny_folder, tmp_path / "shop")) as alone, pytest.raises(NothingYetError) as error:
        alone.traits.drift()
    assert error.value.code == "error.nothing.two_snapshots"
