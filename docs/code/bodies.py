"""What hooks do with bodies."""

import json

from zope.interface import implementer

from twisted_tyk import (
    IRequestHook,
    IResponseHook,
    IResponseWriter,
    Refusal,
    Request,
    Response,
    reads_body,
)


@reads_body
@implementer(IRequestHook)
class Shout:
    """Is called when the whole body has come, and changes it."""

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        request.body = request.body.upper()


@implementer(IRequestHook)
class CheckOrders:
    """Waits for the body of an order; all other bodies stream past."""

    async def hook(self, rw: IResponseWriter, request: Request) -> None:
        if request.url.path != "/shop/orders":
            return
        order = json.loads(await request.read())
        if order["cups"] > 100:
            raise Refusal(422, "That is a lot of tea")


@reads_body
@implementer(IResponseHook)
class HidePrices:
    """Takes a member out of the upstream's JSON."""

    def hook(self, rw: IResponseWriter, response: Response, request: Request) -> None:
        tea = json.loads(response.body)
        tea.pop("price", None)
        response.body = json.dumps(tea)
