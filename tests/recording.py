"""Records for tests that make them by hand."""

from __future__ import annotations

from typing import Any

from twisted_tyk.chain.api import Api
from twisted_tyk.record.facts import Facts, Recording


def facts_of(api: Api, **recording: Any) -> Facts:
    """What is known of an API's records. Keywords are those of :class:`Recording`."""
    settings: dict[str, Any] = {
        "detailed": False,
        "detail_limit": 65536,
        "ignored": frozenset(),
        "fold": None,
        "hashed": str,
        **recording,
    }
    return Recording(**settings).facts(api.definition, api.listen_path)
