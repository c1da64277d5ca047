"""``custom_middleware``: the hooks of an API. Names are Tyk's [apidef MiddlewareSection]."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import attrs

from twisted_tyk.jsonfile.keys import Between, key

#: A limit in seconds that is more than nothing.
Limit = Annotated[float, Between(0.001)]
#: Calls at a time.
Calls = Annotated[int, Between(1)]
#: Where a native plugin's function runs; empty means as its manifest says.
Mode = Literal["", "inline", "pool", "process"]
#: What a failed hook means: the request fails, or goes on as if the hook were not there.
OnError = Literal["fail", "skip"]


@attrs.frozen
class MiddlewareDefinition:
    """One hook: an item of ``pre``, ``post_key_auth``, ``post`` or ``response``, or ``auth_check``.

    ``timeout``, ``on_error``, ``concurrency`` and ``mode`` are ours.
    """

    #: Configured but left out.
    disabled: bool = key(False)
    #: Function or class to call.
    name: str = key("")
    #: File or module it is in.
    path: str = key("")
    #: JavaScript source in base64.
    code: str = key("")
    #: JavaScript only: hand the session in.
    require_session: bool = key(False)
    #: Processes only: hand the body in as bytes alone.
    raw_body_only: bool = key(False)
    #: Seconds it may wait or block; without it, ``hook_timeout`` of tyk.conf counts.
    timeout: Limit | None = key(None)
    #: ``skip`` to go on after a failure as if the hook were not there.
    on_error: OnError = key("fail")
    #: Calls at a time at most; without it, as many as there are threads for them.
    concurrency: Calls | None = key(None)
    #: Native plugins only: ``inline``, ``pool`` or ``process``; empty means as the plugin says.
    mode: Mode = key("")

    @property
    def given(self) -> bool:
        """Whether this names a hook at all: Tyk's tools write ``{}`` for "none"."""
        return bool(self.name or self.path or self.code)


def _or_none(definition: MiddlewareDefinition | None) -> MiddlewareDefinition | None:
    return definition if definition is not None and definition.given else None


@attrs.frozen
class IdExtractor:
    """``id_extractor``: how a credential is found before a process is asked about it."""

    disabled: bool = key(False)
    #: ``header``, ``querystring``, ``form`` or ``body``.
    extract_from: str = key("")
    #: ``value``, ``regex`` or ``xpath``.
    extract_with: str = key("")
    #: ``header_name``, ``param_name``, ``regex_expression``, …
    extractor_config: Mapping[str, Any] = key(attrs.Factory(dict))


@attrs.frozen
class CustomMiddleware:
    """The hooks of an API, each list in the order of calling."""

    pre: tuple[MiddlewareDefinition, ...] = key(())
    #: ``None`` when there is none, also when it is written as ``{}``.
    auth_check: MiddlewareDefinition | None = key(None, convert=_or_none)
    #: ``post_auth_check`` is accepted as another name.
    post_key_auth: tuple[MiddlewareDefinition, ...] = key((), also="post_auth_check")
    post: tuple[MiddlewareDefinition, ...] = key(())
    response: tuple[MiddlewareDefinition, ...] = key(())
    #: Sees each analytics record; ``None`` when there is none.
    traffic_logs: MiddlewareDefinition | None = key(None, convert=_or_none)
    #: Which kind of plugin all of these are.
    driver: str = key("")
    id_extractor: IdExtractor = key(IdExtractor())


@attrs.frozen
class GoPlugin:
    """An item of ``extended_paths.go_plugin``: a hook for one endpoint.

    ``timeout``, ``on_error``, ``concurrency`` and ``mode`` are ours, as in
    :class:`MiddlewareDefinition`.
    """

    disabled: bool = key(False)
    #: Pattern of the request path.
    path: str = key("")
    #: Matches exactly.
    method: str = key("")
    #: File or module of the plugin.
    plugin_path: str = key("")
    #: Function or class to call.
    func_name: str = key("")
    timeout: Limit | None = key(None)
    on_error: OnError = key("fail")
    concurrency: Calls | None = key(None)
    mode: Mode = key("")
