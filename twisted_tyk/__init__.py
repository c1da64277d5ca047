"""An event-driven, Tyk-compatible API gateway framework on Twisted.

What is named here is what authors of hooks and patches may rely on.
"""

from twisted_tyk._version import __version__
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import (
    IPatch,
    IRecordHook,
    IRequestHook,
    IResponseHook,
    IResponseWriter,
    IStep,
)
from twisted_tyk.message.request import Request
from twisted_tyk.message.response import Response
from twisted_tyk.plugins.marks import blocking, reads_body
from twisted_tyk.session.state import SessionState

__all__ = [
    "Exchange",
    "IPatch",
    "IRecordHook",
    "IRequestHook",
    "IResponseHook",
    "IResponseWriter",
    "IStep",
    "Refusal",
    "Reply",
    "Request",
    "Response",
    "SessionState",
    "__version__",
    "blocking",
    "reads_body",
]
