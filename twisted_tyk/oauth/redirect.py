"""Redirect URIs: which are a client's, and how an answer is put into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit


def registered(uris: str, separator: str) -> list[str]:
    """The URIs of a client. :param separator: between them; ``""`` means that there is one."""
    return [each for each in (uris.split(separator) if separator else [uris]) if each]


def matching(uris: str, separator: str, given: str) -> str:
    """The URI of a client that a request asks for: the first one when it asks for none.

    They are compared to the letter. As in Tyk it may have been escaped once too often.

    :raises ValueError: when it is none of the client's, or no URI to redirect to.
    """
    own = registered(uris, separator)
    if not own:
        raise ValueError("the client has no redirect URI")
    uri = given or own[0]
    if uri not in own:
        uri = unquote_plus(uri)
    if uri not in own:
        raise ValueError("not a redirect URI of the client")
    parts = urlsplit(uri)
    if "#" in uri or not parts.scheme:
        raise ValueError("not an absolute URI without a fragment")
    return uri


def with_answer(uri: str, answer: Mapping[str, Any], in_fragment: bool = False) -> str:
    """``uri`` with the members of an answer, in the query or in place of it in the fragment.

    Everything is escaped, so that nothing in an answer can be more than a value.
    """
    parts = urlsplit(uri)
    own = parse_qsl(parts.query, keep_blank_values=True)
    pairs = [pair for pair in own if pair[0] not in answer]
    text = urlencode(sorted([*pairs, *answer.items()], key=lambda pair: pair[0]))
    if in_fragment:
        return urlunsplit(parts._replace(query="", fragment=text))
    return urlunsplit(parts._replace(query=text))
