"""A hook that gives every request one more header."""

from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter
from twisted_tyk.message.request import Request


@implementer(IRequestHook)
class AddFooBar:
    def hook(self, rw: IResponseWriter, request: Request) -> None:
        request.headers.add("Foo", "Bar")
