"""Hooks that change what goes on, or what comes back."""

from twisted_tyk.plugins.marks import reads_body


def set_headers(rw, request):
    request.headers.set("X-Set", "by hook")
    request.headers.delete("X-Secret")


def other_path(rw, request):
    request.url.path = request.url.path.replace("/old/", "/new place/")


def other_method(rw, request):
    request.method = "PUT"


def other_body(rw, request):
    request.body = "replaced by the hook"


def other_query(rw, request):
    request.url.raw_query = "a=b&c=d"


def other_host(rw, request):
    request.host = "from-hook.test"


def mark_response(rw, response, request):
    response.headers.set("X-Marked", "yes")
    response.headers.delete("Server")


def other_status(rw, response, request):
    response.status = 418


@reads_body
def upper_case(rw, response, request):
    response.body = response.body.upper() + b"!"


def replace_response(rw, response, request):
    rw.headers.set("Content-Type", "text/plain")
    rw.write_header(503)
    rw.write("replaced")


def broken_response(rw, response, request):
    raise LookupError("on the way back")
