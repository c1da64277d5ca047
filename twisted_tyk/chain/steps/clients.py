"""Who the client is, and whether it may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_tyk.admit.certificate import CertificateCheck
from twisted_tyk.admit.ip_lists import AllowedAddresses, BlockedAddresses
from twisted_tyk.apidef.networks import Networks, enforced
from twisted_tyk.authenticate.identity import Making
from twisted_tyk.authenticate.methods import steps
from twisted_tyk.authorize.access import Access, version_name
from twisted_tyk.authorize.expiry import Expiry
from twisted_tyk.authorize.granular import Granular
from twisted_tyk.authorize.strip import StripAuth, sources
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.plugins.loader import named

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan


def allowed(plan: Plan) -> list[IStep]:
    """Only clients at these addresses may ask."""
    entries = enforced(plan.definition, "allowed_ips")
    return [AllowedAddresses(Networks.of(entries))] if entries else []


def blocked(plan: Plan) -> list[IStep]:
    """Clients at these addresses may not."""
    entries = enforced(plan.definition, "blacklisted_ips")
    return [BlockedAddresses(Networks.of(entries))] if entries else []


def certificate(plan: Plan) -> list[IStep]:
    """The API asks for certificates of its clients."""
    return [CertificateCheck()] if plan.definition.use_mutual_tls_auth else []


def authenticate(plan: Plan) -> list[IStep | IRelay]:
    """Every way to authenticate that the API has, hooks among them."""
    definition = plan.definition
    entry = definition.custom_middleware.auth_check
    on = entry is not None and named(entry) and definition.custom_auth
    hooks = plan.hooks.request_hooks([entry], "auth_check") if entry and on else []
    return steps(Making(definition, plan.settings, plan.shared), hooks)


def strip(plan: Plan) -> list[IStep]:
    """Credentials do not go on."""
    definition = plan.definition
    return [StripAuth.of(sources(definition))] if definition.strip_auth_data else []


def expiry(plan: Plan) -> list[IStep]:
    """Keys end."""
    return [Expiry(plan.shared.seconds)]


def access(plan: Plan) -> list[IStep]:
    """Which APIs and versions a key may ask for."""
    return [Access(version_name(plan.definition.version_data))]


def granular(plan: Plan) -> list[IStep]:
    """Which endpoints of the API a key may ask for."""
    options = plan.settings.http_server_options
    prefix, suffix = options.enable_path_prefix_matching, options.enable_path_suffix_matching
    return [Granular(plan.definition.api_id, prefix, suffix)]
