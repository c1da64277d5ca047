"""What an endpoint is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from attrs import field, frozen

from twisted_tyk.errors import Refusal
from twisted_tyk.jsonfile.document import decode
from twisted_tyk.jsonfile.problem import ConfigError


@frozen
class Asked:
    """One request to the control API, with all of its body.

    :ivar parameters: what stands in the path for the names of the template.
    :ivar query: the first value of each name.
    :ivar trusted: the client has the secret; only on open routes it may not.
    """

    method: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    trusted: bool = False

    def json(self, complaint: str = "Request malformed") -> Any:
        """The body as JSON: UTF-8, and no member twice.

        :raises Refusal: 400 with ``complaint`` and what is wrong.
        """
        try:
            return decode(self.body, "body").value
        except ConfigError as error:
            raise Refusal(400, f"{complaint}: {error.problems[0]}") from None

    def form(self) -> dict[str, str]:
        """The first value of each field of a form, of the query where the form has it not."""
        try:
            text = self.body.decode()
            fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
        except ValueError:
            raise Refusal(400, "Request malformed: the body is not a form") from None
        return {**self.query, **first_values(fields)}


def first_values(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The first value of each name."""
    return dict(reversed(pairs))
