"""Lines that take turns."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.session.turns import Turns


def emptied(turns: Turns[str]) -> list[str]:
    taken = []
    while (thing := turns.next()) is not None:
        taken.append(thing)
    return taken


def test_one_line_is_a_queue() -> None:
    turns: Turns[str] = Turns(9)
    for thing in "abc":
        assert turns.add("one", thing) is None
    assert emptied(turns) == ["a", "b", "c"]


def test_lines_take_turns() -> None:
    turns: Turns[str] = Turns(9)
    for thing in ("a1", "a2", "a3", "b1", "c1", "c2"):
        turns.add(thing[0], thing)
    assert emptied(turns) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_the_newest_of_the_longest_line_makes_room() -> None:
    turns: Turns[str] = Turns(3)
    for thing in ("a1", "a2", "b1"):
        turns.add(thing[0], thing)
    assert turns.add("b", "b2") == "a2"
    assert turns.add("c", "c1") == "b2"
    assert emptied(turns) == ["a1", "b1", "c1"]


def test_one_that_nobody_waits_for_goes() -> None:
    turns: Turns[str] = Turns(3)
    turns.add("a", "a1")
    assert turns.drop("a", "a1")
    assert not turns.drop("a", "a1")
    assert not turns.drop("b", "b1")
    assert (len(turns), turns.next()) == (0, None)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["add", "next", "drop"]))),
    st.integers(1, 6),
)
def test_nothing_is_lost_and_nothing_comes_twice(moves: list[tuple[str, str]], most: int) -> None:
    turns: Turns[tuple[str, int]] = Turns(most)
    model: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for number, (asker, move) in enumerate(moves):
        if move == "add":
            model[asker].append((asker, number))
            gone = turns.add(asker, (asker, number))
            if gone is not None:
                longest = max(len(line) for line in model.values())
                assert len(model[gone[0]]) == longest
                assert model[gone[0]].pop() == gone
        elif move == "next":
            thing = turns.next()
            assert (thing is None) == (not any(model.values()))
            if thing is not None:
                assert model[thing[0]].pop(0) == thing
        elif model[asker]:
            assert turns.drop(asker, model[asker].pop(0))
        assert len(turns) == sum(map(len, model.values())) <= most
