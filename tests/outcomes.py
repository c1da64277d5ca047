"""What has come of a Deferred that has fired already."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred


def outcome(value: Any) -> Any:
    """The value of a Deferred, or its failure's exception; what is no Deferred is itself."""
    if not isinstance(value, Deferred):
        return value
    results: list[Any] = []
    value.addCallbacks(results.append, lambda failure: results.append(failure.value))
    assert results, "nothing has come of it yet"
    return results[0]
