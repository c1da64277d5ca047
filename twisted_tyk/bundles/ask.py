"""A server is asked for a bundle, and followed where it redirects to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import defer
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.internet.error import (
    ConnectError,
    ConnectingCancelledError,
    ConnectionClosed,
    DNSLookupError,
)
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed
from twisted.web.http_headers import Headers

from twisted_tyk.bundles.download import PATIENCE
from twisted_tyk.bundles.plain import drop
from twisted_tyk.bundles.source import NotFetched, Source, Version
from twisted_tyk.transport.fetch import FetchError, redirected
from twisted_tyk.transport.tls_error import tls_reason

if TYPE_CHECKING:
    from treq.client import HTTPClient

_REDIRECTS: Final = 5
_MOVED: Final = (301, 302, 303, 307, 308)


def answer(
    web: HTTPClient, clock: IReactorTime, source: Source, known: Version | None
) -> Deferred[Any]:
    """The response of a server, its body not yet read: have it delivered, or
    :func:`~twisted_tyk.bundles.plain.drop` it.

    It goes where it is redirected to, five times at most and never from https to http. What
    is on another host is not told the password.

    :param known: what is here; the answer is 304 when it is the same.
    :returns: fails with :class:`~twisted_tyk.bundles.source.NotFetched`.
    """
    asked: Deferred[Any] = _answer(web, clock, source, known)
    return asked


@inlineCallbacks
def _answer(web: HTTPClient, clock: IReactorTime, source: Source, known: Version | None) -> Any:
    url, user = source.url, source.user
    fields = Headers({key: [value] for key, value in (known.fields() if known else {}).items()})
    for _ in range(_REDIRECTS + 1):
        response = yield _head(web, clock, url, user, fields)
        if response.code not in _MOVED:
            return response
        drop(response)
        try:
            there = redirected(url, response.headers.getRawHeaders("location", [""])[0])
        except FetchError as error:
            raise NotFetched(str(error)) from None
        if urlsplit(there)[:2] != urlsplit(url)[:2]:
            user = None
        url = there
    raise NotFetched("it is redirected again and again")


@inlineCallbacks
def _head(
    web: HTTPClient, clock: IReactorTime, url: str, user: tuple[str, str] | None, fields: Headers
) -> Any:
    try:
        asked = web.request(
            "GET", url, headers=fields, auth=user, allow_redirects=False, unbuffered=True
        )
        asked.addTimeout(PATIENCE, clock, _late)
        response = yield asked
        return response
    except defer.TimeoutError:
        raise NotFetched(f"no answer within {PATIENCE:g} s", again=True) from None
    except (ConnectError, ConnectionClosed, DNSLookupError, ResponseFailed) as error:
        raise _broken(error) from None
    except ConnectingCancelledError:
        raise CancelledError from None
    except (CancelledError, NotFetched):
        raise
    except Exception as error:
        # Its text may have the URL in it, and with that what is secret.
        raise NotFetched(f"it cannot be asked for: {type(error).__name__}") from None


def _late(result: Any, seconds: float) -> Any:
    """What a connection says that is given up is no reason."""
    if isinstance(result, Failure):
        raise defer.TimeoutError
    return result


def _broken(error: Exception) -> Exception:
    reasons = getattr(error, "reasons", None)
    reason = reasons[0].value if reasons else error
    if isinstance(reason, CancelledError):
        return reason  # nobody waits any more, so nothing is to be tried again
    # Another try finds the same certificate.
    if isinstance(reason, VerificationError):
        why = "its certificate is of another host"
    elif isinstance(reason, SSL.Error) and (what := tls_reason(reason)):
        why = f"TLS: {what}"
    else:
        # Twisted's are sentences, and this is a part of one.
        return NotFetched(f"Error getting bundle: {str(reason).rstrip('.')}", again=True)
    return NotFetched(f"Error getting bundle: {why}")
