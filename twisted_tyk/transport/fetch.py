"""Documents of other servers, such as key sets: small, soon, and over TLS as asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IReactorTime
from twisted.web.client import ResponseFailed
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from twisted_tyk.transport.trust import TLSSettings, client_tls

if TYPE_CHECKING:
    from treq.client import HTTPClient

#: Bytes of a document.
LARGEST: Final = 1 << 20
#: Seconds until all of it must be there.
PATIENCE: Final = 10.0
_REDIRECTS: Final = 3
_MOVED: Final = (301, 302, 303, 307, 308)


class FetchError(Exception):
    """There is no such document to be had. The text says why, without what was sent."""


@implementer(IPolicyForHTTPS)
@frozen
class TLSPolicy:
    """How connections of a ``twisted.web`` agent are secured."""

    settings: TLSSettings

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """What makes the TLS connections to a host."""
        return client_tls(self.settings, hostname.decode("ascii"))


@define
class _Body:
    """What came so far. :raises FetchError: from :meth:`add`, when it is too much."""

    parts: list[bytes] = field(factory=list)
    size: int = 0

    def add(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > LARGEST:
            raise FetchError(f"it is larger than {LARGEST} bytes")
        self.parts.append(data)


def fetch(
    web: HTTPClient,
    clock: IReactorTime,
    url: str,
    form: Mapping[str, str] | None = None,
    seconds: float = PATIENCE,
) -> Deferred[bytes]:
    """The body of a response with the status 200.

    A GET goes where it is redirected to, at most three times and never from https to http.

    :param form: sent by POST, and not again to where it is redirected.
    :param seconds: for all of it.
    :returns: fails with :class:`FetchError` and nothing else.
    """
    asked: Deferred[bytes] = _fetched(web, url, form)
    asked.addTimeout(seconds, clock, lambda *_: _late(seconds))
    return asked


def _late(seconds: float) -> Any:
    raise FetchError(f"nothing came within {seconds:g} s")


@inlineCallbacks
def _fetched(web: HTTPClient, url: str, form: Mapping[str, str] | None) -> Any:
    try:
        for _ in range(_REDIRECTS + 1):
            response = yield web.request(
                "GET" if form is None else "POST",
                url,
                headers=Headers({"Accept": ["application/json"]}),
                data=None if form is None else dict(form),
                allow_redirects=False,
                unbuffered=True,
            )
            body = _Body()
            yield response.collect(body.add)
            if form is not None or response.code not in _MOVED:
                break
            url = redirected(url, response.headers.getRawHeaders("location", [""])[0])
        if response.code != 200:
            raise FetchError(f"it answered {response.code}")
        return b"".join(body.parts)
    except (ConnectError, ConnectionClosed, DNSLookupError, ResponseFailed) as error:
        raise FetchError(f"no connection, or it broke: {_reason(error)}") from None
    except (SchemeNotSupported, UnicodeError, ValueError) as error:
        raise FetchError(f"it cannot be asked: {error}") from None
    except (FetchError, CancelledError):
        raise
    except Exception as error:
        raise FetchError(f"{type(error).__name__}: {error}") from None


def redirected(url: str, location: str) -> str:
    """Where a response says that one is to ask instead.

    :param url: that was asked for.
    :raises FetchError: when that is nothing to ask for, or not by https any more.
    """
    try:
        there = urljoin(url, location)
        scheme = urlsplit(there).scheme
    except ValueError:
        there = scheme = ""  # what it says has the URL in it, which may be secret
    if not location or scheme not in ("http", "https"):
        raise FetchError("it is redirected, and not to a URL that can be asked for")
    if scheme == "http" and urlsplit(url).scheme == "https":
        raise FetchError("it is redirected from https to http")
    return there


def _reason(error: Exception) -> str:
    reasons = getattr(error, "reasons", None)
    return str(reasons[0].value if reasons else error)
