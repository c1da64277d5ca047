"""What a definition must have to be served at all."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from twisted_tyk.apidef import networks, validate_auth, validate_oauth
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import Problem, quoted

_SCHEMES = ("http", "https")


def invalid(document: Document, definition: ApiDefinition) -> Iterator[Problem]:
    """Give a problem for each thing in ``definition`` that nobody could serve.

    Values are not shown where a reference may have put a secret in their place.
    """
    if "openapi" in definition.raw and not definition.api_id:
        note = "an OpenAPI document alone is not a definition: Tyk's classic file is missing"
        yield document.problem(("openapi",), note, rule="missing-value")
        return
    if not definition.api_id:
        yield document.problem(("api_id",), "an API needs an id", rule="missing-value")
    for path, text in (
        (("proxy", "listen_path"), _bad_listen_path(definition)),
        (("proxy", "target_url"), _bad_url(definition.proxy.target_url)),
        (("protocol",), _bad_protocol(definition.protocol)),
    ):
        if text:
            yield document.problem(path, text, rule="bad-value")
    for check in (networks, validate_auth, validate_oauth):
        for place, text in check.problems(definition):
            yield document.problem(place, text, rule="bad-value")


def _bad_listen_path(definition: ApiDefinition) -> str:
    path = definition.proxy.listen_path
    if definition.internal and not path:
        return ""
    if not path:
        return "the listen path is empty"
    if any(character.isspace() for character in path):
        return "a listen path cannot contain spaces"
    return "" if path.startswith("/") else "a listen path starts with /"


def _bad_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if not scheme:
        return "expected an http or https URL" + ("" if url else ", found nothing")
    if scheme not in _SCHEMES:
        return f"this version cannot call {quoted(scheme)} URLs, only http and https"
    if not host or any(character.isspace() for character in url):
        return "expected an http or https URL with a host"
    return ""


def _bad_protocol(protocol: str) -> str:
    if protocol in ("", *_SCHEMES):
        return ""
    return f"this version cannot serve {quoted(protocol)}, only http and https"
