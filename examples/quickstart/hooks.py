"""A hook that gives every request one more header."""

from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter, Request


@implementer(IRequestHook)
class AddFooBar:
    def hook(self, rw: IResponseWriter, request: Request) -> None:
        request.headers.add("Foo", "Bar")
