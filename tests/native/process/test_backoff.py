"""How long a plugin's process is left alone after it died."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.native.process.backoff import LONGEST, WELL, Backoff


def test_waits_grow_up_to_the_longest() -> None:
    backoff = Backoff(lambda: 0.0)
    waits = [backoff.died(0.0) for _ in range(10)]
    assert waits == [0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, LONGEST, LONGEST]


def test_who_was_well_for_a_while_begins_anew() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.died(0.0), backoff.died(WELL - 1), backoff.died(WELL)] == [0.0, 0.1, 0.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=2000))
def test_waits_stay_within_bounds(chances: list[float]) -> None:
    chance = iter(chances)
    backoff = Backoff(lambda: next(chance))
    assert backoff.died(0.0) == 0.0
    for _ in chances:
        assert 0.075 <= backoff.died(0.0) <= LONGEST
