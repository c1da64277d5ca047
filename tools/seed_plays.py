"""What the pages say a plugin does, as requests through a gateway and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import Factory, frozen


@frozen
class Ask:
    """A request, and the answer as the page's transcript has it.

    :ivar fields: of the answer: a regular expression for all of the value.
    :ivar body: a regular expression that is found in it.
    :ivar only: it has no other fields than ``fields`` and ``Connection``.
    """

    status: int
    body: str
    target: str = "/get"
    headers: Mapping[str, str] = Factory(dict)
    fields: Mapping[str, str] = Factory(dict)
    only: bool = False


@frozen
class Play:
    """:ivar mark: what the snippet's code has in it.

    :ivar function: that is named in the definition, at the hook point ``hook``;
        without one the function is called alone.
    :ivar printed: what the gateway or the plugin prints then.
    :ivar keys: more of the definition, or all of it when there is no hook point.
    :ivar needs: mark of the snippet whose function lets the client in.
    """

    mark: str
    function: str
    hook: str
    asks: tuple[Ask, ...]
    printed: tuple[str, ...] = ()
    keys: Mapping[str, Any] = Factory(dict)
    needs: str = ""


UPSTREAM: Final = r'"url": "http://[^"]*/get"'
DATE: Final = r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
NUMBER: Final = r"\d+"
FOO_BAR: Final = Ask(200, r'"Foo": "Bar"[^}]*}(.|\n)*' + UPSTREAM)
PROTECTED: Final = {"use_keyless": False, "use_go_plugin_auth": True}


def hits(count: int, target: str) -> Ask:
    """The answer of the hit counter; the endpoint is the path as the client asked for it."""
    body = rf'^{{"session":null,"endpoint":"GET /[^"]*{target}","hit_counter":{count}}}$'
    return Ask(200, body, target, fields={"Content-Type": "application/json"})


PLAYS: Final = (
    # The first whose mark is in the code.
    Play(
        "hitCounter",
        "MyProcessRequest",
        "pre",
        (hits(1, "/get"), hits(2, "/get"), hits(1, "/other")),
        ("Custom middleware, new hit:",),
    ),
    Play("logger.Info(", "AddFooBarHeader", "post", (FOO_BAR,), ("Processing HTTP request in",)),
    Play("AddFooBarHeader", "AddFooBarHeader", "post", (FOO_BAR,)),
    Play(
        "SendCurrentTime",
        "SendCurrentTime",
        "pre",
        (
            Ask(200, UPSTREAM),
            Ask(
                200,
                r'^{"current_time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)"}$',
                "/get?get_time=1",
                fields={
                    "Content-Type": "application/json",
                    "Date": DATE,
                    "Content-Length": NUMBER,
                },
                only=True,
            ),
        ),
    ),
    Play(
        "MyPluginAuthCheck",
        "MyPluginAuthCheck",
        "auth_check",
        (
            Ask(
                403,
                "^$",
                headers={"Authorization": "xyz"},
                fields={"Date": DATE, "Content-Length": "0"},
                only=True,
            ),
            Ask(
                200,
                r'"Authorization": "abc"(.|\n)*' + UPSTREAM,
                headers={"Authorization": "abc"},
                fields={
                    "Content-Type": "application/json",
                    "X-Ratelimit-Limit": "0",
                    "X-Ratelimit-Remaining": "0",
                    "X-Ratelimit-Reset": "0",
                    "Content-Length": NUMBER,
                },
            ),
        ),
        keys=PROTECTED,
    ),
    # The gateway serves no OpenAPI definitions yet: called alone with one.
    Play(
        "GetOASDefinition",
        "MyPluginFunction",
        "",
        (),
        ("OAS doc title is Pets",),
        {"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": {}},
    ),
    Play("GetDefinition", "MyPluginFunction", "pre", (Ask(200, UPSTREAM),), ("API name is ",)),
    Play(
        "GetSession",
        "MyPluginFunction",
        "post_key_auth",
        (Ask(200, UPSTREAM, headers={"Authorization": "abc"}),),
        ("Developer ID: <nil>", "Developer Email: <nil>"),
        keys=PROTECTED,
        needs="MyPluginAuthCheck",
    ),
    Play(
        "MyPluginResponse",
        "MyPluginResponse",
        "response",
        (
            Ask(
                200,
                r"""^{"message":"Hi! I'm a response plugin"}$""",
                fields={"X-Response-Added": "resp-added", "Content-Length": "39"},
            ),
        ),
    ),
)


def play_of(code: str) -> Play | None:
    """What there is to play for a snippet."""
    return next((play for play in PLAYS if play.mark in code), None)
