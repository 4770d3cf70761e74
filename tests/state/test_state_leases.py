"""Leases, on a clock that stands still until it is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qunxiang.adapters.state import SqlState
from qunxiang.errors import ConflictError
from qunxiang.model import Actor, NewDefinition
from qunxiang.ports.clock import FixedClock
from qunxiang.ports.state import NewSnapshot

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_a_second_taker_is_told_who_holds_it_and_since_when(state: SqlState) -> None:
    state.lease("refresh", holder="anna (web)", at=NOON, seconds=60)
    for holder in ("ben", "anna (web)"):
        with pytest.raises(ConflictError) as error:
            state.lease("refresh", holder=holder, at=NOON + timedelta(seconds=59), seconds=60)
        assert error.value.code == "error.conflict.lease"
        assert error.value.params == {"name": "refresh", "holder": "anna (web)", "since": NOON}
    assert "anna (web)" in error.value.render("zh")
    state.lease("load", holder="ben", at=NOON, seconds=60)


def test_a_lease_that_ran_out_is_taken_and_the_old_holder_learns_it(state: SqlState, clock: FixedClock) -> None:
    old = state.lease("refresh", holder="anna", at=NOON, seconds=60)
    later = NOON + timedelta(seconds=60)
    new = state.lease("refresh", holder="ben", at=later, seconds=60)
    clock.at = later
    with pytest.raises(ConflictError) as error:
        old.renew()
    assert error.value.code == "error.conflict.lease_lost"
    assert error.value.params == {"name": "refresh", "holder": "ben", "since": later}
    old.release()  # must not give back what is ben's
    new.renew()
    with pytest.raises(ConflictError):
        state.lease("refresh", holder="carl", at=later + timedelta(seconds=59), seconds=60)


def test_renewal_extends_from_the_moment_of_renewal(state: SqlState, clock: FixedClock) -> None:
    lease = state.lease("refresh", holder="anna", at=NOON, seconds=60)
    clock.at = NOON + timedelta(seconds=50)
    lease.renew()
    with pytest.raises(ConflictError) as error:
        state.lease("refresh", holder="ben", at=NOON + timedelta(seconds=109), seconds=60)
    assert error.value.params["since"] == NOON
    state.lease("refresh", holder="ben", at=NOON + timedelta(seconds=110), seconds=60)


def test_a_lease_that_ran_out_but_that_nobody_took_lives_again(state: SqlState, clock: FixedClock) -> None:
    lease = state.lease("refresh", holder="anna", at=NOON, seconds=60)
    clock.at = NOON + timedelta(hours=1)
    lease.renew()
    with pytest.raises(ConflictError):
        state.lease("refresh", holder="ben", at=clock.at, seconds=60)


def test_who_lost_the_lease_publishes_nothing(state: SqlState) -> None:
    lost = state.lease("refresh", holder="anna", at=NOON, seconds=60)
    later = NOON + timedelta(seconds=60)
    held = state.lease("refresh", holder="ben", at=later, seconds=60)
    new = NewSnapshot(kind="resolve", tables={"profiles": 0}, facts={})
    note = NewDefinition(kind="criteria", id="some", body={})
    with pytest.raises(ConflictError) as error:
        state.publish(new, actor=Actor.owner(), at=later, definitions=[note], leases=[lost])
    assert error.value.code == "error.conflict.lease_lost"
    assert error.value.params["holder"] == "ben"
    assert state.head() is None
    assert state.definition("criteria", "some") is None
    assert state.publish(new, actor=Actor.owner(), at=later, leases=[held]).run == 1
    held.release()
    with pytest.raises(ConflictError, match="has ended"):
        state.publish(new, actor=Actor.owner(), at=later, leases=[held])


def test_given_back_it_can_be_taken_at_once_and_not_be_renewed(state: SqlState) -> None:
    with state.lease("refresh", holder="anna", at=NOON, seconds=60) as lease:
        lease.renew()
    state.lease("refresh", holder="ben", at=NOON, seconds=60).release()
    with pytest.raises(ConflictError) as error:
        lease.renew()
    assert error.value.code == "error.conflict.lease_ended"
