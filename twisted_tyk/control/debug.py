"""``/tyk/debug``: a request sent through the chain of a definition that is not served."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from time import monotonic
from typing import Any

import attrs
from attrs import frozen
from cattrs import Converter
from twisted.internet.defer import inlineCallbacks
from twisted.python.failure import Failure
from twisted.web.resource import IResource

from twisted_tyk.apidef.loaded import load_document
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.chain.api import Api
from twisted_tyk.chain.build import Builder
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.debug_schemas import REQUEST, TRACE
from twisted_tyk.control.folder import with_member
from twisted_tyk.control.routes import Outcome, Route
from twisted_tyk.control.traced_request import TracedRequest, dumped, make_exchange
from twisted_tyk.control.tracing import Trace
from twisted_tyk.errors import Refusal
from twisted_tyk.events.definition import EventHandlers
from twisted_tyk.exchange import Exchange
from twisted_tyk.jsonfile import ConfigError, Document, References
from twisted_tyk.limits.counters import Counters, chosen
from twisted_tyk.limits.limiter import Limiter
from twisted_tyk.limits.nodes import Nodes


@frozen
class Debug:
    """The chain is made for one request, and forgotten. It asks the real upstream.

    Nothing is recorded, counted or told of, but hooks, keys and policies are those of
    the gateway.

    :ivar builder: makes the chains of the APIs that are served.
    :ivar front: finds its way to an API as the gateway's own front does.
    """

    builder: Builder
    references: References
    converter: Converter
    front: Callable[[Api], IResource]

    def routes(self) -> Iterable[Route]:
        shown = {"anyOf": [TRACE, {"type": "object", "required": ["status", "message"]}]}
        yield Route(
            "POST",
            "/tyk/debug",
            self.trace,
            "Send a request through the chain of a definition",
            body=REQUEST,
            responses={
                200: Outcome("What became of it, step by step", TRACE),
                400: Outcome("The definition can not be served, or another problem", shown),
            },
        )

    @inlineCallbacks
    def trace(self, asked: Asked) -> Any:
        """What becomes of a request."""
        value = asked.json()
        if not isinstance(value, dict):
            raise Refusal(400, "Request malformed: body: expected an object")
        if value.get("oas") and not value.get("spec"):
            raise Refusal(400, "oas is not supported: send a classic definition as spec")
        if not value.get("spec"):
            raise Refusal(400, "Spec field is missing")
        if not value.get("request"):
            raise Refusal(400, "Request field is missing")
        trace = Trace(monotonic)
        upstream = _Upstream(self.builder.client)
        try:
            definition = self._definition(value["spec"])
            exchange = make_exchange(value["request"], definition.proxy.listen_path)
            api = self._api(definition, trace, upstream)
        except ConfigError as error:
            return _unusable(map(str, error.problems))
        except ValueError as error:
            raise Refusal(400, f"Request malformed: {error}") from None
        request = TracedRequest(exchange)
        self.front(api).render(request)
        answer = yield request.done.addErrback(_broken)
        dump = [b"====== Request ======", dumped(exchange), b"====== Response ======", answer]
        return Answer(
            200,
            {
                "message": "ok",
                "response": b"\n".join(dump).decode("utf-8", "replace"),
                "logs": "".join(self._lines(trace, api, exchange)),
                "steps": [attrs.asdict(step) for step in trace.steps],
                "upstream": upstream.sent.decode("utf-8", "replace"),
            },
        )

    def _definition(self, spec: Any) -> ApiDefinition:
        if not isinstance(spec, dict):
            raise ValueError("spec: expected an object")
        value = with_member(spec, "active", True)
        document = Document("spec", json.dumps(value, indent=2), value)
        definition = load_document(document, "spec", self.references, self.converter).definition
        if not definition.proxy.listen_path:
            raise ConfigError([document.problem(("proxy", "listen_path"), "it is empty")])
        # No port and no name but the path leads here, and nobody is told of events.
        return attrs.evolve(definition, domain="", event_handlers=EventHandlers())

    def _api(self, definition: ApiDefinition, trace: Trace, upstream: Any) -> Api:
        builder = self.builder
        seconds = builder.shared.seconds
        limiter = Limiter(
            seconds,
            Counters(chosen(builder.settings), seconds),
            Nodes(builder.settings.drl_threshold),
        )
        return attrs.evolve(
            builder,
            client=upstream,
            shared=attrs.evolve(builder.shared, limiter=limiter),
            enter=lambda plan, chain, queue: chain,
            meter=trace,
        ).build(definition, definition.proxy.listen_path, "")

    def _lines(self, trace: Trace, api: Api, exchange: Exchange) -> Iterable[str]:
        now = datetime.fromtimestamp(self.builder.shared.seconds(), timezone.utc).isoformat()
        about = {
            "time": now,
            "level": "debug",
            "api_id": api.api_id,
            "api_name": api.definition.name,
            "org_id": api.definition.org_id,
        }
        for problem in api.problems:
            yield json.dumps({**about, "level": "error", "msg": problem}) + "\n"
        seen_upstream = False
        for step in trace.steps:
            told = {
                "mw": step.name,
                "msg": step.decision,
                "ms": step.milliseconds,
                "type": "response" if seen_upstream else "request",
            }
            seen_upstream = seen_upstream or step.name == "ReverseProxy"
            yield json.dumps({**about, **told}) + "\n"
        last = {"msg": exchange.refusal or "answered", "code": exchange.status, "type": "response"}
        yield json.dumps({**about, **last}) + "\n"


class _Upstream:
    """Notes what upstreams are sent. :ivar sent: the last of it."""

    def __init__(self, client: Any) -> None:
        self.sent = b""
        self._client = client

    def dispatch(self, call: Any) -> None:
        """Send it, and note what."""
        lines = [b"%b %b HTTP/1.1" % (call.method, call.url.target), b"Host: " + call.url.host]
        lines += [b": ".join(pair) for pair in call.fields]
        self.sent = b"\r\n".join([*lines, b"", call.body.join()])
        self._client.dispatch(call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def _unusable(problems: Iterable[str]) -> Answer:
    lines = [json.dumps({"level": "error", "msg": problem}) + "\n" for problem in problems]
    return Answer(400, {"message": "error", "response": "", "logs": "".join(lines)})


def _broken(failure: Failure) -> bytes:
    return b"(the answer broke off: %b)" % failure.getErrorMessage().encode()
