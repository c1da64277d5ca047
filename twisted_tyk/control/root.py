"""The control API's table of endpoints, behind one check of the secret."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from twisted.logger import Logger
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.control.answers import Answer, error
from twisted_tyk.control.apis import Apis
from twisted_tyk.control.health import Health
from twisted_tyk.control.plugins import Plugins
from twisted_tyk.control.reloading import Reloading

_NOT_FOUND: Final = [(b"Content-Type", b"text/plain; charset=utf-8")]


@implementer(IResource)
class Control(Leaf):
    """Serves ``/tyk/*`` and the health paths, on the main port or one of its own.

    The secret is compared in constant time; an empty one lets nobody in. The health
    paths are open, and say more to those who have it.
    """

    log = Logger()

    def __init__(
        self,
        secret: str,
        apis: Apis,
        reloading: Reloading,
        health: Health,
        plugins: Plugins,
        health_paths: tuple[str, str] = ("hello", "ready"),
        hostname: str = "",
    ) -> None:
        """
        :param health_paths: names of the liveness and the readiness path.
        :param hostname: answer for this ``Host`` only, if given.
        """
        self._secret = secret.encode()
        self._hostname = hostname.lower().encode()
        hello, ready = ("/" + path.lstrip("/") for path in health_paths)
        self._open: dict[bytes, Callable[[bool], Answer]] = {
            hello.encode(): health.hello,
            ready.encode(): health.ready,
        }
        self._guarded: dict[bytes, Callable[[], Answer]] = {
            b"/tyk/reload": reloading.this_node,
            b"/tyk/reload/group": reloading.group,
            b"/tyk/apis": apis.all,
            b"/tyk/plugins": plugins.all,
        }
        self._apis = apis

    def takes(self, path: bytes, host: bytes) -> bool:
        """Whether a request is the control API's, before any API can have it."""
        if not path.startswith(b"/tyk/") and path not in self._open and path != b"/tyk":
            return False
        host = host.lower()
        return self._hostname in (b"", host) or host.rpartition(b":")[0] == self._hostname

    def render(self, request: Any) -> object:
        """Answer in JSON, with Tyk's statuses and messages."""
        exchange = request.exchange
        path = unquote_to_bytes(exchange.target.partition(b"?")[0])
        try:
            answer = self._answer(path, exchange) if self.takes(path, exchange.host) else None
        except Exception:
            self.log.failure("{path} failed", path=path.decode("utf-8", "replace"))
            answer = error(500, "Internal Server Error")
        if answer is None:
            request.respond(404, b"Not Found", list(_NOT_FOUND), b"404 page not found\n")
        else:
            answer.send(request)
        return NOT_DONE_YET

    def _answer(self, path: bytes, exchange: Any) -> Answer | None:
        given = exchange.headers.first(b"x-tyk-authorization") or b""
        trusted = bool(self._secret) and compare_digest(given, self._secret)
        health = self._open.get(path)
        if health is None and not trusted:
            return error(403, "Attempted administrative access with invalid or missing key!")
        endpoint = partial(health, trusted) if health else self._endpoint(path.rstrip(b"/"))
        if endpoint is None:
            return None
        if exchange.method != b"GET":
            return error(405, "Method not supported")
        return endpoint()

    def _endpoint(self, path: bytes) -> Callable[[], Answer] | None:
        prefix, slash, api_id = path.rpartition(b"/")
        if prefix + slash == b"/tyk/apis/":
            return self._apis.one(api_id.decode("utf-8", "replace"))
        return self._guarded.get(path)
