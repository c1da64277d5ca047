"""Tells handlers of what happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from attrs import field, frozen
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_tyk.events.body import Template, standard
from twisted_tyk.events.definition import (
    LOG,
    WEBHOOK,
    EventHandlers,
    HandlerMeta,
    MonitorConfiguration,
)
from twisted_tyk.events.event import Event, request_event
from twisted_tyk.events.handlers import LogHandler, Webhook
from twisted_tyk.events.outbox import Outbox
from twisted_tyk.interfaces import IEventHandler, IStore
from twisted_tyk.message.headers import encode_name, encode_value
from twisted_tyk.message.octets import as_text

if TYPE_CHECKING:
    from treq.client import HTTPClient

    from twisted_tyk.exchange import Exchange

#: Event names to who is told, in order.
Handlers = Mapping[str, Sequence[IEventHandler]]

_METHODS: Final = ("GET", "PUT", "POST", "DELETE", "PATCH")


@frozen(eq=False)
class Events:
    """Called in the reactor thread.

    :ivar base: the folder that relative paths of templates start from.
    :ivar seconds: Unix time.
    :ivar clock: for what is tried again.
    """

    base: Path
    web: HTTPClient
    store: IStore
    seconds: Callable[[], float]
    clock: IReactorTime
    outbox: Outbox = field(factory=Outbox, init=False)

    log = Logger()

    def handlers(self, given: EventHandlers) -> Handlers:
        """What a definition or tyk.conf asks for; handlers that are not known are left out.

        :raises ValueError: when a webhook can not be called, naming event and key.
        """
        made: dict[str, tuple[IEventHandler, ...]] = {}
        for name, definitions in given.events.items():
            handlers: list[IEventHandler] = []
            for index, each in enumerate(definitions):
                meta = each.handler_meta
                if meta.disabled:
                    continue
                place = f"event_handlers.events.{name}[{index}].handler_meta"
                if each.handler_name == LOG:
                    handlers.append(LogHandler(meta.prefix))
                elif each.handler_name == WEBHOOK:
                    handlers.append(self.webhook(meta, place))
            made[name] = tuple(handlers)
        return made

    def of_request(self, type: str, message: str, exchange: Exchange) -> None:
        """Tell the handlers of the request's API."""
        handlers = exchange.api.handlers.get(type)
        if handlers:
            self._tell(handlers, request_event(type, message, exchange, self.seconds()))

    def tell(self, handlers: Handlers, type: str, meta: Mapping[str, Any]) -> None:
        """Tell those of ``handlers`` that are for it."""
        asked = handlers.get(type)
        if asked:
            self._tell(asked, Event(type, meta, self.seconds()))

    def _tell(self, handlers: Sequence[IEventHandler], event: Event) -> None:
        for handler in handlers:
            try:
                handler.handle(event)
            except Exception:
                self.log.failure("a handler of {type} failed", type=event.type)

    def webhook(
        self, meta: HandlerMeta | MonitorConfiguration, place: str = "monitor.configuration"
    ) -> Webhook:
        """:param place: of ``meta``, for errors. :raises ValueError: when it can not be called."""
        url = urlsplit(meta.target_path)
        if url.scheme not in ("http", "https") or not url.hostname:
            found = meta.target_path or "nothing"
            raise ValueError(f"{place}.target_path: expected an http or https URL, found {found}")
        try:
            fields = {
                encode_name(name).decode(): as_text(encode_value(value))
                for name, value in meta.header_map.items()
            }
        except ValueError as error:
            raise ValueError(f"{place}.header_map: {error}") from None
        body = standard
        is_json = True
        if meta.template_path:
            file = self.base / meta.template_path
            is_json = file.suffix == ".json"
            try:
                body = Template.read(file)
            except ValueError as error:
                raise ValueError(f"{place}.template_path: {error}") from None
        named = {name.lower() for name in fields}
        if "user-agent" not in named:
            fields["User-Agent"] = "Tyk-Hookshot"
        if is_json and "content-type" not in named:
            fields["Content-Type"] = "application/json"
        method = meta.method.upper()
        return Webhook(
            url=meta.target_path,
            method=method if method in _METHODS else "GET",
            fields=fields,
            body=body,
            cool_down=meta.event_timeout,
            web=self.web,
            store=self.store,
            outbox=self.outbox,
            clock=self.clock,
        )
