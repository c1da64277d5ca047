"""The suite itself: a failure that nobody looks at turns its test red."""

from __future__ import annotations

from pathlib import Path

import pytest

PLUGIN = Path(__file__).with_name("lost_failures.py")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty suite that watches for lost failures."""
    pytester.makeconftest(PLUGIN.read_text())
    return pytester


def test_a_deferred_that_fails_unobserved_fails_its_test(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from twisted.internet.defer import fail

        def test_it():
            fail(ValueError("nobody looks"))
        """
    )
    result = suite.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*1 failure(s) nobody looked at*", "*ValueError: nobody looks*"])


def test_a_deferred_lost_in_a_cycle_fails_its_test(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from twisted.internet.defer import fail

        class Knot: ...

        def test_it():
            knot = Knot()
            knot.itself = knot
            knot.deferred = fail(ValueError("nobody looks"))
        """
    )
    suite.runpytest_subprocess().assert_outcomes(passed=1, errors=1)


def test_a_logged_failure_fails_its_test(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from twisted.logger import Logger

        def test_it():
            try:
                raise ValueError("told to the log only")
            except ValueError:
                Logger().failure("it went wrong")
        """
    )
    result = suite.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ValueError: told to the log only*"])


def test_an_expected_failure_can_be_flushed(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from twisted.internet.defer import fail

        def test_it(logged_failures):
            fail(ValueError("expected"))
            assert len(logged_failures.flush(ValueError)) == 1
        """
    )
    suite.runpytest_subprocess().assert_outcomes(passed=1)


def test_flushing_one_kind_leaves_the_others(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from twisted.internet.defer import fail

        def test_it(logged_failures):
            fail(ValueError("expected"))
            fail(KeyError("not expected"))
            assert len(logged_failures.flush(ValueError)) == 1
        """
    )
    result = suite.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*1 failure(s) nobody looked at*", "*KeyError: *not expected*"])
