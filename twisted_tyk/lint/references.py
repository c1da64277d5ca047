"""Policies and APIs that are named, and whether there are any of that name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import Path, Problem, quoted
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.session.policy import Policy


def unknown_policies(
    document: Document, definition: ApiDefinition, known: Collection[str]
) -> Iterator[Problem]:
    """Of those that a definition gives to its clients."""
    for place, name in _policies_of(definition):
        if name and name not in known:
            yield _unknown(document, place, "policy", name, known)


def unknown_apis(
    document: Document, policy: Policy, place: Path, known: Collection[str]
) -> Iterator[Problem]:
    """Of those that a policy lets clients call.

    :param place: of the policy in its file.
    """
    for name in policy.access_rights or {}:
        if name not in known:
            yield _unknown(document, (*place, "access_rights", name), "API", name, known)


def _policies_of(definition: ApiDefinition) -> Iterator[tuple[Path, str]]:
    for index, name in enumerate(definition.jwt_default_policies):
        yield ("jwt_default_policies", index), name
    for scope, name in definition.jwt_scope_to_policy_mapping.items():
        yield ("jwt_scope_to_policy_mapping", scope), name
    for kind in ("jwt", "oidc"):
        claim: Any = getattr(definition.scopes, kind, None)
        mapping: Mapping[str, str] = getattr(claim, "scope_to_policy", {})
        for scope, name in mapping.items():
            yield ("scopes", kind, "scope_to_policy", scope), name
    for index, provider in enumerate(definition.openid_options.providers):
        for client, name in provider.client_ids.items():
            yield ("openid_options", "providers", index, "client_ids", client), name


def _unknown(
    document: Document, place: Path, what: str, name: str, known: Collection[str]
) -> Problem:
    near = nearest(name, known)
    meant = f", did you mean {quoted(near)}?" if near else ""
    return document.problem(
        place,
        f"there is no {what} {quoted(name)}{meant}",
        suggestion=near,
        rule=f"unknown-{what.lower()}",
    )
