"""A header on the way in."""

from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter, Request


@implementer(IRequestHook)
class AddFooBarHeader:
    """Every request reaches the upstream with ``Foo: Bar`` in it."""

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        request.headers.add("Foo", "Bar")
