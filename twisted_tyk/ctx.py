"""What a hook may ask about the request it has in hand.

The functions have the meaning of Tyk's Go package ``ctx``; all take the
request that the hook was given and may be called wherever the hook runs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twisted_tyk.message.headers import encode_value
from twisted_tyk.message.notes import notes_of
from twisted_tyk.session.state import SessionState

if TYPE_CHECKING:
    from twisted_tyk.apidef.model import ApiDefinition
    from twisted_tyk.message.request import Request


def get_session(request: Request) -> SessionState | None:
    """The session that authentication or an earlier hook has set, or ``None``.

    It is this request's own: changes are seen by its later steps. To have them
    stored pass it to :func:`set_session` with ``schedule_update``.
    """
    return request.exchange.own_session()


def set_session(request: Request, session: SessionState, schedule_update: bool = False) -> None:
    """Say who the client is: what an ``auth_check`` hook is for.

    :param session: its ``key_id`` names the client to limits and records;
        when empty it becomes the key that the client presented, if one is known.
    :param schedule_update: also store the session under that key.
    :raises TypeError: when ``session`` is not a :class:`SessionState`.
    """
    if not isinstance(session, SessionState):
        raise TypeError(f"set_session takes a SessionState, not {type(session).__name__}")
    request.exchange.identify(session, schedule_update)


def get_definition(request: Request) -> ApiDefinition | None:
    """The classic definition of the API that serves the request. It can not be changed."""
    return request.exchange.api.definition


def get_oas_definition(request: Request) -> None:
    """The OpenAPI definition of the API; ``None`` for a classic one, as all are by now."""
    return None


def get_auth_token(request: Request) -> str:
    """The key that the client presented, ``""`` when none is known yet."""
    return request.exchange.token


def get_value(request: Request, name: str) -> Any:
    """What an earlier hook left for this request under ``name``, or ``None``.

    Native plugins leave JSON here too, such as ``context_data``, the values of
    ``$tyk_context`` variables. It is a copy: to change it, set it anew.
    """
    notes = request.exchange.notes
    text = None if notes is None else notes.values.get(name)
    return None if text is None else json.loads(text)


def set_value(request: Request, name: str, value: Any) -> None:
    """Leave a value for later hooks of this request, in whatever language; ``None`` takes it away.

    :raises TypeError: when ``value`` is not made of what JSON has; or ``ValueError``.
    """
    notes = notes_of(request.exchange)
    if value is None:
        notes.values.pop(name, None)
    else:
        notes.values[name] = json.dumps(value, allow_nan=False).encode()


def get_rewrite_target(request: Request) -> str:
    """The URL that an earlier hook has set as the upstream's, ``""`` when none has."""
    notes = request.exchange.notes
    return "" if notes is None else notes.rewrite.decode("utf-8", "surrogateescape")


def set_rewrite_target(request: Request, url: str) -> None:
    """Ask the upstream for this URL (Tyk's ``ctx.UrlRewriteTarget``); ``""`` takes it back.

    One with a host stands in place of the definition's ``target_url``, a path
    alone is one at that target. The request is answered 500 if it is neither.

    :raises ValueError: when it holds control characters.
    """
    notes_of(request.exchange).rewrite = encode_value(url)
