"""Hooks for ``auth_check``."""

from twisted_tyk import ctx
from twisted_tyk.session.state import SessionState


def by_header(rw, request):
    key = request.headers.get("Authorization")
    if key == "good":
        ctx.set_session(request, SessionState(key_id=key))
    elif key is not None:
        rw.write_header(403)
        rw.write("wrong key")


def expired(rw, request):
    ctx.set_session(request, SessionState(expires=1))


def inactive(rw, request):
    ctx.set_session(request, SessionState(is_inactive=True))


def tell_key(rw, request):
    request.headers.set("X-Key", ctx.get_auth_token(request))
