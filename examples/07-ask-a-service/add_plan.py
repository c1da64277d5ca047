"""A hook that waits for another service, while the gateway serves everybody else."""

import treq
from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter, Refusal, Request, ctx


@implementer(IRequestHook)
class AddPlan:
    """Asks the service of plans about the client, and tells the upstream its answer.

    ``config_data`` of the definition says where the service is.
    """

    async def hook(self, rw: IResponseWriter, request: Request) -> None:
        definition = ctx.get_definition(request)
        assert definition is not None
        response = await treq.get(
            definition.config_data["plans"], params={"client": request.client_ip}
        )
        if response.code != 200:
            raise Refusal(503, "Plans are not available")
        plan = await treq.json_content(response)
        request.headers.set("X-Plan", plan["url"])
