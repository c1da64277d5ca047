"""Run a Tyk gateway and this one on one Redis, and compare them.

    python tools/compare_with_tyk.py TYK REDIS_SERVER [--templates FOLDER] [--only CHECK ...]

TYK and REDIS_SERVER are programs; Tyk's templates are in the folder ``templates`` beside
it unless said otherwise. CHECK is the name of a function in ``tools/tyk_*.py``; without
``--only`` all are run, for each way to hash keys and each limiter that needs it.

Keys, policies, OAuth clients, counters, messages and records must be the same for both,
and the status is 1 when they are not. What differs in answers is shown and is no failure:
it has to be a difference that ``docs/differences.rst`` tells of.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import tyk_control
import tyk_keys
import tyk_limits
import tyk_oauth
import tyk_records
import tyk_refusals
from tyk_apis import definitions, policies
from tyk_pair import Pair, Row
from tyk_start import Programs, pair

Check: TypeAlias = Callable[[Pair], Iterator[Row]]

SHARED: Final[tuple[Check, ...]] = (
    tyk_keys.keys,
    tyk_keys.users,
    tyk_keys.sessions,
    tyk_keys.policies,
    tyk_keys.hashes,
    tyk_keys.clients,
    tyk_limits.quotas,
    tyk_records.messages,
)
ANSWERS: Final[tuple[Check, ...]] = (
    tyk_refusals.refused,
    tyk_refusals.limited,
    tyk_refusals.signed,
    tyk_control.control,
    tyk_oauth.tokens,
)
HASHES: Final = ("", "murmur32", "murmur64", "murmur128", "sha256")
LIMITERS: Final = (
    "enable_redis_rolling_limiter",
    "enable_fixed_window_rate_limiter",
    "enable_sentinel_rate_limiter",
)
RUNS: Final[tuple[tuple[dict[str, Any], tuple[Check, ...]], ...]] = (
    ({}, (*SHARED, tyk_records.records, tyk_limits.reloads)),
    *(({"hash_keys": True, "hash_key_function": name}, SHARED) for name in HASHES),
    *(({"basic_auth_hash_key_function": name}, (tyk_keys.users,)) for name in HASHES[1:]),
    *(({name: True}, (tyk_limits.rates,)) for name in LIMITERS),
    ({}, (tyk_limits.buckets,)),
    ({"enforce_org_quotas": True}, (tyk_limits.organisations,)),
    ({"enforce_org_quotas": True, "hash_keys": True}, (tyk_limits.organisations,)),
    ({}, ANSWERS),
    ({"rate_limit_response_headers": "rate_limits"}, (tyk_refusals.limited,)),
)


def main() -> None:
    """Print what agrees and what does not."""
    parser = argparse.ArgumentParser(description="Compare a Tyk gateway with this one.")
    parser.add_argument("tyk", type=Path)
    parser.add_argument("redis_server", type=Path)
    parser.add_argument("--templates", type=Path)
    parser.add_argument("--only", nargs="*", metavar="CHECK")
    given = parser.parse_args()
    tyk = given.tyk.resolve()
    templates = (given.templates or tyk.parent / "templates").resolve()
    programs = Programs(str(tyk), str(given.redis_server.resolve()), templates)
    failed = 0
    for settings, checks in RUNS:
        wanted = [each for each in checks if not given.only or each.__name__ in given.only]
        if wanted:
            failed += _run(programs, settings, wanted)
    if failed:
        raise SystemExit(1)


def _run(programs: Programs, settings: dict[str, Any], checks: list[Check]) -> int:
    """How much of what must be the same is not."""
    failed = 0
    every = {"enable_hashed_keys_listing": True, "enable_analytics": True}
    print("with", settings or "nothing else", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        pair(programs, Path(folder), definitions(), policies(), {**every, **settings}) as both,
    ):
        for check in checks:
            agree = 0
            for name, ours, tyk in check(both):
                if ours == tyk:
                    agree += 1
                else:
                    failed += check not in ANSWERS
                    print(f"  DIFFERS {check.__name__}: {name}\n    ours {ours}\n    Tyk  {tyk}")
            print(f"  {check.__name__}: {agree} agree", flush=True)
    return failed


if __name__ == "__main__":
    main()
