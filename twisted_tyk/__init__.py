"""An event-driven, Tyk-compatible API gateway framework on Twisted.

What is named here is what hook authors may rely on.
"""

from twisted_tyk._version import __version__
from twisted_tyk.errors import Refusal
from twisted_tyk.interfaces import IRecordHook, IRequestHook, IResponseHook, IResponseWriter
from twisted_tyk.message.request import Request
from twisted_tyk.message.response import Response
from twisted_tyk.plugins.marks import blocking, reads_body
from twisted_tyk.session.state import SessionState

__all__ = [
    "IRecordHook",
    "IRequestHook",
    "IResponseHook",
    "IResponseWriter",
    "Refusal",
    "Request",
    "Response",
    "SessionState",
    "__version__",
    "blocking",
    "reads_body",
]
