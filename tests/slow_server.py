"""A server of bundles that keeps whoever asks waiting, and a gateway that asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bundle_files import made
from gateways import MakeGateway
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.chain.api import Api
from twisted_tyk.reload import Report
from twisted_tyk.testing import MemoryGateway, definition

SETTINGS = {"enable_bundle_downloader": True, "bundle_base_url": "http://127.0.0.1:9000/bundles/"}


class Server:
    """Serves bundles where the upstream is, or keeps whoever asks waiting."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.has: dict[str, bytes] = {}
        self.silent: set[str] = set()
        self.waiting: list[Any] = []

    def publish(self, value: str, name: str = "slow.zip", **manifest: Any) -> None:
        archive = made(self.folder / f"{name}-{value}", self.folder / "made.zip", value, **manifest)
        self.has[name] = archive.read_bytes()

    def answer(self, request: Any) -> Any:
        if not request.uri.startswith(b"/bundles/"):
            return b"from upstream"
        name = request.uri.decode().rpartition("/")[2]
        if name in self.silent:
            self.waiting.append(request)
            request.notifyFinish().addErrback(self._left, request)
            return NOT_DONE_YET
        return self.has[name]

    def _left(self, why: Failure, request: Any) -> None:
        """Its time is over."""
        if request in self.waiting:
            self.waiting.remove(request)

    def speak(self, running: MemoryGateway) -> None:
        """Answer those that wait."""
        waiting, self.waiting = self.waiting, []
        for request in waiting:
            request.write(self.answer_now(request))
            request.finish()
        running.settle()

    def speak_once(self, running: MemoryGateway, name: str) -> None:
        """Answer the one that has waited longest for this bundle."""
        request = next(each for each in self.waiting if each.uri.decode().endswith(f"/{name}"))
        self.waiting.remove(request)
        request.write(self.answer_now(request))
        request.finish()
        running.settle()

    def answer_now(self, request: Any) -> bytes:
        return self.has[request.uri.decode().rpartition("/")[2]]


class Running:
    """API ``slow`` has the bundle, API ``quick`` has none."""

    def __init__(self, gateway: MakeGateway, server: Server) -> None:
        self.server = server
        self.gateway = gateway(self.slow(), definition("quick"), settings=SETTINGS)
        self.gateway.upstream.answer = server.answer
        self.wait()
        self.ask()
        self.wait()
        assert self.at_work("/slow/x") == "1"
        server.silent.add("slow.zip")

    def slow(self, name: str = "slow.zip", **more: Any) -> dict[str, Any]:
        return definition("slow", custom_middleware_bundle=name, **more)

    def ask(self) -> list[Report]:
        """Whoever asks for a reload gets a report, here, when it is over."""
        told: list[Report] = []
        asked = self.gateway.service.reloader.reload().addCallback(told.append)
        asked.addErrback(lambda why: why.trap(CancelledError))
        self.wait()
        return told

    def wait(self, seconds: float = 0.0) -> None:
        """Let threads come to their ends, and time pass."""
        self.gateway.reactor.advance(0)
        while self.gateway.service.tasks():
            self.gateway.wait_for_thread()
            self.gateway.reactor.advance(0)
        if seconds:
            self.gateway.advance(seconds)
            self.wait()

    def speak(self) -> None:
        self.server.silent.clear()
        self.server.speak(self.gateway)
        self.wait()

    def speak_once(self, name: str = "slow.zip") -> None:
        """Those who ask from now on wait again."""
        self.server.speak_once(self.gateway, name)
        self.wait()

    def at_work(self, target: str) -> str | None:
        assert self.gateway.get(target).status == 200
        found = self.gateway.upstream.requests[-1].headers.get_all("X-Bundle")
        return "+".join(found) if found else None

    def served(self, api_id: str) -> Api:
        table = self.gateway.service.root.table
        return next(api for api in table.apis if api.api_id == api_id)

    def path(self, prefix: str) -> int:
        return self.gateway.get(prefix).status


def states(report: Report) -> dict[str, str]:
    return {each.key: each.state for each in report.outcomes}
