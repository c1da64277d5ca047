"""Those who ask the same at the same time get the same answer, which is looked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from twisted_tyk.together import Together

Looked = list[tuple[str, Deferred[str]]]


@pytest.fixture
def looked() -> Looked:
    """What was looked for, and what will be found."""
    return []


@pytest.fixture
def ask(looked: Looked) -> Callable[[str], list[Any]]:
    """Asks, and returns where the answer will be."""
    together: Together[str, str] = Together()

    def look(name: str) -> Deferred[str]:
        looked.append((name, Deferred()))
        return looked[-1][1]

    def ask(name: str) -> list[Any]:
        answers: list[Any] = []
        together.ask(name, look, name).addBoth(answers.append)
        return answers

    return ask


def test_one_look_answers_all(looked: Looked, ask: Callable[[str], list[Any]]) -> None:
    first, second = ask("sun"), ask("sun")
    assert [name for name, _ in looked] == ["sun"]
    assert (first, second) == ([], [])
    looked[0][1].callback("shines")
    assert (first, second) == (["shines"], ["shines"])


def test_who_asks_for_something_else_waits_for_that(
    looked: Looked, ask: Callable[[str], list[Any]]
) -> None:
    sun, moon = ask("sun"), ask("moon")
    looked[1][1].callback("is full")
    assert (sun, moon) == ([], ["is full"])


def test_a_failure_is_for_all(looked: Looked, ask: Callable[[str], list[Any]]) -> None:
    answers = ask("sun"), ask("sun")
    looked[0][1].errback(ValueError("clouds"))
    for (failure,) in answers:
        assert isinstance(failure, Failure)
        assert failure.getErrorMessage() == "clouds"


def test_what_was_answered_is_asked_anew(looked: Looked, ask: Callable[[str], list[Any]]) -> None:
    ask("sun")
    looked[0][1].callback("shines")
    later = ask("sun")
    assert later == []
    looked[1][1].callback("has set")
    assert later == ["has set"]


def test_whoever_asks_because_of_the_answer_is_not_given_the_same_one(looked: Looked) -> None:
    together: Together[str, str] = Together()
    answers: list[str] = []

    def look() -> Deferred[str]:
        looked.append(("sun", Deferred()))
        return looked[-1][1]

    def again(answer: str) -> None:
        answers.append(answer)
        together.ask("sun", look).addCallback(answers.append)

    together.ask("sun", look).addCallback(again)
    looked[0][1].callback("rises")
    assert answers == ["rises"]
    looked[1][1].callback("sets")
    assert answers == ["rises", "sets"]


def test_who_gives_up_leaves_the_others_waiting() -> None:
    together: Together[str, str] = Together()
    found: Deferred[str] = Deferred()
    given_up: list[Any] = []
    answers: list[str] = []
    impatient = together.ask("sun", lambda: found)
    together.ask("sun", Deferred).addCallback(answers.append)
    impatient.addErrback(given_up.append)
    impatient.cancel()
    assert given_up[0].check(CancelledError)
    found.callback("shines")
    assert answers == ["shines"]
