"""A response changed on its way back."""

from zope.interface import implementer

from twisted_tyk import IResponseHook, IResponseWriter, Request, Response


@implementer(IResponseHook)
class SayHi:
    """Puts a body and a header of its own into what the upstream answered."""

    def hook(self, rw: IResponseWriter, response: Response, request: Request) -> None:
        response.headers.add("X-Response-Added", "resp-added")
        response.headers.set("Content-Type", "application/json")
        response.body = """{"message":"Hi! I'm a response plugin"}"""
