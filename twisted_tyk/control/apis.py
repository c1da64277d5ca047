"""``/tyk/apis``: the definitions that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Route
from twisted_tyk.control.schemas import DEFINITION, STATUS
from twisted_tyk.errors import Refusal


@frozen
class Apis:
    """:ivar served: the APIs of the routing table in force."""

    served: Callable[[], Sequence[Api]]

    def routes(self) -> Iterable[Route]:
        every = {"type": "array", "items": DEFINITION}
        yield Route(
            "GET",
            "/tyk/apis",
            self.all,
            "Every definition that is served",
            responses={200: Outcome("As their files have them", every)},
        )
        yield Route(
            "GET",
            "/tyk/apis/{api_id}",
            self.one,
            "One definition",
            responses={
                200: Outcome("As its file has it", DEFINITION),
                404: Outcome("API not found", STATUS),
            },
        )

    def all(self, asked: Asked) -> Answer:
        """Every definition, each as its file has it."""
        return Answer(200, [api.definition.raw for api in self.served()])

    def one(self, asked: Asked) -> Answer:
        """One definition. :raises Refusal: 404."""
        for api in self.served():
            if api.api_id == asked.parameters["api_id"]:
                return Answer(200, api.definition.raw)
        raise Refusal(404, "API not found")
