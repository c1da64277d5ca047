"""Everything that can be replaced is, every second, by good and by broken versions, under traffic.

``TYK_TEST_SOAK`` says for how many seconds; a minute is what a release should have seen.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from building import BuildPlugin
from gateway_process import GatewayProcess, Upstream, gateway_process, serving, until
from live_sources import COMPILED, Broken, c_library
from live_subjects import (
    Offer,
    Putting,
    Subject,
    in_bundle,
    in_c,
    in_go,
    in_patch,
    in_python,
    server_of,
)
from live_traffic import Client
from process_sizes import Sizes, sizes, slope

from twisted_tyk.testing import definition

SECONDS = float(os.environ.get("TYK_TEST_SOAK", "4"))
#: Bytes of memory that a replacement of everything may leave behind, on the average, once it
#: has settled; measured when there are enough of them.
LEFT_BEHIND = 64 * 1024
ENOUGH = 30
#: Connections to the upstream that stay open for the next request.
IDLE = 3


class Echo(Upstream):
    """Tells the number that a hook has put on the request."""

    def do_GET(self) -> None:
        self.say(self.headers["X-Number"] or "none")


@pytest.fixture
def offer() -> Offer:
    return Offer()


@pytest.fixture
def subjects(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    build_plugin: BuildPlugin,
    offer: Offer,
) -> list[Subject]:
    """All of them, with a first good version in its place."""
    scratch = tmp_path_factory.mktemp("versions")
    libraries = [c_library(scratch, f"c{at}") for at in range(COMPILED)]
    bundled = [c_library(scratch, f"d{at}") for at in range(COMPILED)]
    made = [
        in_go(scratch, build_plugin, Putting(tmp_path / "go.so")),
        in_c(scratch, libraries, Putting(tmp_path / "c.so")),
        in_python(Putting(tmp_path / "hooks" / "tell.py")),
        in_bundle(scratch, bundled, offer),
        in_patch(scratch, Putting(tmp_path / "patches" / "tell.zip")),
    ]
    for subject in made:
        subject.replace()
    return made


@pytest.fixture
def gateway(tmp_path: Path, offer: Offer, subjects: list[Subject]) -> Iterator[GatewayProcess]:
    with serving(Echo) as upstream, serving(server_of(offer)) as server:
        target = f"http://127.0.0.1:{upstream}/"
        apis = [
            definition("go", target, pre=[{"name": "Tell", "path": "go.so"}]),
            definition("c-pool", target, pre=[{"name": "tell", "path": "c.so"}]),
            definition("c-inline", target, pre=[{"name": "mark", "path": "c.so"}]),
            definition("python", target, pre=[{"name": "Tell", "path": "hooks/tell.py"}]),
            definition("bundled", target, custom_middleware_bundle="hooks.zip"),
            definition("patched", target),
        ]
        with gateway_process(
            tmp_path,
            *apis,
            enable_bundle_downloader=True,
            bundle_base_url=f"http://127.0.0.1:{server}/",
            middleware_path=str(tmp_path / "middleware"),
            plugin_cache_path=str(tmp_path / "cache"),
            patches_path="patches",
        ) as running:
            yield running


def measured(gateway: GatewayProcess) -> Sizes:
    return sizes(gateway.process.pid, [gateway.folder / "cache", gateway.folder / "middleware"])


def reloaded(gateway: GatewayProcess) -> dict[str, Any]:
    """What a reload has to say."""
    status, text = gateway.get("/tyk/reload?verbose=1")
    assert status == 200, text
    told: dict[str, Any] = json.loads(text)
    return told


def check(gateway: GatewayProcess, subjects: list[Subject]) -> None:
    """Each API answers with the newest good version, and nothing else."""
    for subject in subjects:
        for api in subject.apis:
            assert gateway.get(f"/{api}/x") == (200, subject.told.newest), api


def turn(gateway: GatewayProcess, subjects: list[Subject], number: int) -> None:
    """Replace everything, reload, and see that the newest good version answers."""
    good, bad = [], list[tuple[Subject, Broken]]()
    with ThreadPoolExecutor(1) as other:
        # Another one, which finds files half written, does no harm.
        beside = other.submit(gateway.get, "/tyk/reload") if number % 2 else None
        for place, subject in enumerate(subjects):
            if (number + place) % 3:
                subject.replace()
                good.append(subject)
            else:
                bad.append((subject, subject.spoil()))
        told = reloaded(gateway)
        for subject in subjects:
            subject.told.settled()
        check(gateway, subjects)
        assert beside is None or beside.result()[0] == 200
    states = {api["api_id"]: state for state, apis in told["apis"].items() for api in apis}
    if not number % 2:  # else the other one may have done it
        assert {states[api] for subject in good for api in subject.apis} <= {"changed"}, told
    for subject, broken in bad:
        assert broken.says in json.dumps(told), (broken.how, told)
        assert {states[api] for api in subject.apis} <= {"kept", "refused"}, (broken.how, told)
    assert gateway.get("/ready")[0] == 200


@contextmanager
def traffic(gateway: GatewayProcess, subjects: list[Subject]) -> Iterator[list[Client]]:
    """Two clients for each API, one of which has its requests take their time."""
    over = threading.Event()
    clients = [
        Client(gateway.port, f"/{api}/x", subject.told, over, headers)
        for subject in subjects
        for api in subject.apis
        for headers in ({}, {"X-Slow": "yes"})
    ]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        over.set()
        for client in clients:
            client.join()
    assert [client.wrong for client in clients if client.wrong] == []
    assert all(client.asked for client in clients)


@pytest.mark.timeout(SECONDS * 3 + 240)
def test_replaced_under_traffic(
    gateway: GatewayProcess, subjects: list[Subject], offer: Offer
) -> None:
    until(lambda: gateway.get("/bundled/x")[0] == 200)
    check(gateway, subjects)
    with traffic(gateway, subjects):
        time.sleep(0.5)
    first = measured(gateway)
    seen: list[Sizes] = []
    with traffic(gateway, subjects) as clients:
        begun = time.monotonic()
        while time.monotonic() < begun + SECONDS and not any(client.wrong for client in clients):
            turn(gateway, subjects, len(seen))
            seen.append(measured(gateway))
            time.sleep(max(0.0, begun + len(seen) - time.monotonic()))
    for subject in subjects:
        subject.replace()
    reloaded(gateway)
    check(gateway, subjects)
    reloaded(gateway)  # which removes what the one before has replaced
    _nothing_is_left(gateway, first)
    if len(seen) >= ENOUGH:
        grown = slope([each.resident for each in seen[len(seen) // 2 :]])
        assert grown < LEFT_BEHIND, [each.resident for each in seen]
    assert offer.known, "the bundle was brought again each time"
    log = gateway.log()
    assert "Traceback" not in log
    assert "Unhandled" not in log


def _nothing_is_left(gateway: GatewayProcess, first: Sizes) -> None:
    """Of all that was replaced, as soon as it is let go of."""

    def settled() -> bool:
        now = measured(gateway)
        return (
            (now.children, now.mapped, now.files) == (first.children, first.mapped, first.files)
            and now.descriptors <= first.descriptors
            and now.sockets <= first.sockets + IDLE
            and now.threads <= first.threads
        )

    try:
        until(settled)
    except AssertionError:
        pytest.fail(f"began with {first}, ended with {measured(gateway)}")
