"""Hooks that answer, or only leave something behind."""


def add_header(rw, request):
    rw.headers.add("X-Hook", "added")


def status_only(rw, request):
    rw.write_header(202)


def body_only(rw, request):
    rw.headers.set("Content-Type", "text/plain")
    rw.write("written")


def two_statuses(rw, request):
    rw.write_header(201)
    rw.write_header(500)
    rw.write("first wins")


def not_found(rw, request):
    rw.write_header(404)
    rw.write("gone")


def forbidden(rw, request):
    rw.write_header(403)


def broken(rw, request):
    rw.write_header(200)
    rw.write("half an ans")
    raise LookupError("never finished")
