"""``/tyk/apis``: the definitions that are served."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import Answer, error


@frozen
class Apis:
    """:ivar served: the APIs of the routing table in force."""

    served: Callable[[], Sequence[Api]]

    def all(self) -> Answer:
        """Every definition, each as its file has it."""
        return Answer(200, [api.definition.raw for api in self.served()])

    def one(self, api_id: str) -> Callable[[], Answer]:
        """The endpoint for one id."""

        def answer() -> Answer:
            for api in self.served():
                if api.api_id == api_id:
                    return Answer(200, api.definition.raw)
            return error(404, "API not found")

        return answer
