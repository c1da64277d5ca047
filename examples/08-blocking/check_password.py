"""Work that takes long, done in a thread."""

import hashlib
from base64 import b64decode
from hmac import compare_digest
from http import HTTPStatus

from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter, Request, SessionState, blocking, ctx

SALT = b"salt of this example"


def scrypt(password: bytes) -> bytes:
    """Slow by design: some 50 ms, in which the reactor would serve nobody."""
    return hashlib.scrypt(password, salt=SALT, n=2**14, r=8, p=1)


@blocking
@implementer(IRequestHook)
class CheckPassword:
    """HTTP basic authentication. It is called in several threads at once."""

    def __init__(self) -> None:
        self._digests = {b"alice": scrypt(b"wonderland")}

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        user, password = credentials(request.headers.get("Authorization", ""))
        if compare_digest(scrypt(password), self._digests.get(user, b"")):
            name = user.decode()
            ctx.set_session(request, SessionState(key_id=name, org_id="default", alias=name))
        else:
            rw.headers.set("WWW-Authenticate", 'Basic realm="example"')
            rw.write_header(HTTPStatus.UNAUTHORIZED)


def credentials(authorization: str) -> tuple[bytes, bytes]:
    """User and password; two empty ones when the field does not hold any."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, _, password = b64decode(encoded).partition(b":")
    except ValueError:
        return b"", b""
    return (user, password) if scheme.lower() == "basic" else (b"", b"")
