"""Hooks of the API, and of its endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from twisted_tyk.answer.endpoint import Endpoint, EndpointHooks
from twisted_tyk.apidef.model import MiddlewareDefinition
from twisted_tyk.chain.patterns import patterns
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.plugins.bridge import as_step

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan


def pre(plan: Plan) -> Iterable[IStep | IRelay]:
    """Hooks before anything is known of the client."""
    return plan.hooks.request_hooks(plan.definition.custom_middleware.pre, "pre")


def post_key_auth(plan: Plan) -> Iterable[IStep | IRelay]:
    """Hooks that know who the client is."""
    return plan.hooks.request_hooks(
        plan.definition.custom_middleware.post_key_auth, "post_key_auth"
    )


def endpoints(plan: Plan) -> list[IStep]:
    """Hooks of endpoints."""
    version = plan.definition.version
    if version is None or not version.use_extended_paths:
        return []
    compile_path = patterns(plan.definition, plan.settings)
    endpoints = []
    for entry in version.extended_paths.go_plugin:
        if entry.disabled:
            continue
        pattern = compile_path(entry.path)
        hook = MiddlewareDefinition(
            name=entry.func_name,
            path=entry.plugin_path,
            timeout=entry.timeout,
            on_error=entry.on_error,
            concurrency=entry.concurrency,
            mode=entry.mode,
        )
        for step in plan.hooks.request_hooks([hook], "go_plugin"):
            endpoints.append(Endpoint(pattern, entry.method, as_step(step)))
    return [EndpointHooks(tuple(endpoints))] if endpoints else []


def post(plan: Plan) -> Iterable[IStep | IRelay]:
    """Hooks before the upstream is asked."""
    return plan.hooks.request_hooks(plan.definition.custom_middleware.post, "post")


def response(plan: Plan) -> Iterable[IStep | IRelay]:
    """Hooks when it has answered."""
    return plan.hooks.response_hooks(plan.definition.custom_middleware.response)
