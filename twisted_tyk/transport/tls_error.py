"""What an error of OpenSSL comes down to."""

from __future__ import annotations

from OpenSSL.SSL import Error, SysCallError


def tls_reason(error: Error) -> str:
    """The reason of the newest entry, such as ``certificate verify failed``; empty without one.

    The queue that such an error carries belongs to the thread: it may begin with what others
    left there. One of a system call carries none.
    """
    queue = error.args[0] if error.args and not isinstance(error, SysCallError) else ()
    return str(queue[-1][-1]) if queue else ""
