"""What went wrong on the wire, in the words that clients of Tyk know."""

from __future__ import annotations

from twisted.internet.error import DNSLookupError, TCPTimedOutError, TimeoutError

from twisted_tyk.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable


def failure_of(cause: BaseException | None) -> UpstreamError:
    """The refusal for ``cause``, which stays on it for the log (``__cause__``)."""
    error: UpstreamError
    if isinstance(cause, (TimeoutError, TCPTimedOutError)):
        error = UpstreamTimeout()
    elif isinstance(cause, DNSLookupError):
        error = UpstreamUnreachable("Upstream host lookup failed")
    else:
        error = UpstreamUnreachable()
    error.__cause__ = cause
    return error
