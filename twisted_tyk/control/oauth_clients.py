"""``/tyk/oauth/clients``: the clients of OAuth servers [gateway/api.go]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import uuid4

from attrs import evolve, frozen
from twisted.logger import Logger

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.control.answers import Answer, changed
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.oauth_apis import OAuthApis, waits
from twisted_tyk.control.oauth_json import CLIENT, read_client, shown
from twisted_tyk.control.routes import Outcome, Parameter, Route
from twisted_tyk.control.schemas import CHANGED, STATUS
from twisted_tyk.errors import Refusal
from twisted_tyk.oauth.client import Client, new_secret
from twisted_tyk.oauth.server import Kept

_NOT_FOUND: Final = "OAuth Client ID not found"


@frozen
class OAuthClients:
    """Makes, shows and changes clients. Secrets are shown to those who have the secret here."""

    apis: OAuthApis

    log = Logger()

    def routes(self) -> Iterable[Route]:
        client = {200: Outcome("The client", CLIENT)}
        gone = {404: Outcome(_NOT_FOUND, STATUS)}
        wrong = {400: Outcome("What is wrong with it", STATUS)}
        one = "/tyk/oauth/clients/{api_id}/{client_id}"
        every = {"type": "array", "items": CLIENT}
        yield Route(
            "POST", "/tyk/oauth/clients/create", waits(self.create),
            "Make a client of one API, or of all APIs of a policy",
            body=CLIENT, responses={**client, **wrong},
        )  # fmt: skip
        yield Route(
            "GET", "/tyk/oauth/clients/{api_id}", waits(self.all), "Every client of an API",
            responses={200: Outcome("Every client", every), **gone},
        )  # fmt: skip
        yield Route(
            "GET", "/tyk/oauth/clients/apis/{client_id}", waits(self.apis_of),
            "The APIs that have a client",
            query=[Parameter("orgID", "Only those of this organisation, if not empty")],
            responses={
                200: Outcome("Ids", {"type": "array", "items": {"type": "string"}}), **gone,
            },
        )  # fmt: skip
        yield Route("GET", one, waits(self.one), "One client", responses={**client, **gone})
        yield Route(
            "PUT", one, waits(self.update),
            "Change a client, all but its id and secret; with another policy its access "
            "tokens end",
            body=CLIENT, responses={**client, **gone, **wrong},
        )  # fmt: skip
        yield Route(
            "DELETE", one, waits(self.delete), "Delete a client; its tokens are refused then",
            responses={200: Outcome("Deleted", CHANGED), **gone},
        )  # fmt: skip
        yield Route(
            "PUT", one + "/rotate", waits(self.rotate), "Give a client a new secret",
            responses={**client, **gone},
        )  # fmt: skip

    async def create(self, asked: Asked) -> Answer:
        """Make a client."""
        value = read_client(asked)
        client = Client(
            value["client_id"] or uuid4().hex,
            value["secret"] or new_secret(),
            value["redirect_uri"],
            value["policy_id"],
            value["description"],
            value["meta_data"],
        )
        for definition in self._meant(value["api_id"], client.policy_id):
            await self.apis.kept(definition).clients.save(client)
        self.log.info("OAuth client {id} was made", id=client.client_id)
        return Answer(200, shown(client))

    async def all(self, asked: Asked) -> Answer:
        """Every client of an API."""
        kept = self.apis.asked(asked.parameters["api_id"], "OAuth client not found")
        return Answer(200, [shown(client) for client in await kept.clients.all()])

    async def apis_of(self, asked: Asked) -> Answer:
        """The ids of APIs that have a client."""
        client_id = asked.parameters["client_id"]
        if "orgID" not in asked.query:  # then it is about an API of that name, as in Tyk
            parameters = {"api_id": "apis", "client_id": client_id}
            return await self.one(evolve(asked, parameters=parameters))
        found = await self.apis.having(client_id, asked.query["orgID"])
        return Answer(200, [kept.clients.api_id for kept in found])

    async def one(self, asked: Asked) -> Answer:
        """One client."""
        _, client = await self._asked(asked)
        return Answer(200, shown(client))

    async def update(self, asked: Asked) -> Answer:
        """Change a client."""
        value = read_client(asked)
        policy_id = value["policy_id"]
        api_id = asked.parameters["api_id"]
        self.apis.asked(api_id, "API doesn't exist")
        if policy_id:
            policy = self.apis.shared.policies.get(policy_id)
            if policy is None:
                raise Refusal(404, "Policy doesn't exist")
            if api_id not in policy.access_rights:
                message = "Policy access rights doesn't contain API this OAuth client belongs to"
                raise Refusal(400, message)
        kept, before = await self._asked(asked)
        client = evolve(
            before,
            redirect_uri=value["redirect_uri"],
            policy_id=policy_id,
            description=value["description"],
            meta_data=value["meta_data"],
        )
        await kept.clients.save(client)
        if before.policy_id not in ("", policy_id):
            await kept.tokens.revoke_listed(client.client_id)
        return Answer(200, shown(client))

    async def rotate(self, asked: Asked) -> Answer:
        """Give a client a new secret."""
        kept, before = await self._asked(asked)
        client = evolve(before, secret=new_secret())
        await kept.clients.save(client)
        return Answer(200, shown(client))

    async def delete(self, asked: Asked) -> Answer:
        """Delete a client."""
        client_id = asked.parameters["client_id"]
        kept = self.apis.asked(asked.parameters["api_id"])
        if not await kept.clients.delete(client_id):
            raise Refusal(404, _NOT_FOUND)
        self.log.info("OAuth client {id} was deleted", id=client_id)
        return changed(client_id, "deleted")

    async def _asked(self, asked: Asked) -> tuple[Kept, Client]:
        kept = self.apis.asked(asked.parameters["api_id"])
        client = await kept.clients.get(asked.parameters["client_id"])
        if client is None:
            raise Refusal(404, _NOT_FOUND)
        return kept, client

    def _meant(self, api_id: str, policy_id: str) -> list[ApiDefinition]:
        """The APIs that are to have a client. :raises Refusal: 400 when there is none."""
        if api_id:
            ids: Iterable[str] = [api_id]
        else:
            policy = self.apis.shared.policies.get(policy_id)
            if policy is None:
                raise Refusal(400, "Policy doesn't exist")
            ids = policy.access_rights
        found: list[ApiDefinition] = []
        for each in ids:
            definition = self.apis.find(each)
            if definition is None:
                raise Refusal(400, "API doesn't exist")
            if definition.use_oauth2 or (definition.enable_jwt and not api_id):
                found.append(definition)
        if not found:
            raise Refusal(400, "API is not OAuth2")
        return found
