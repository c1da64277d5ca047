"""What of a request is recorded, as far as that is decided before its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_tyk.admit.tracking import Tracked, Tracking
from twisted_tyk.authenticate.detail import KeyDetail
from twisted_tyk.chain.patterns import patterns
from twisted_tyk.interfaces import IStep

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan


def tracking(plan: Plan) -> list[IStep]:
    """Which endpoints are recorded."""
    version = plan.definition.version
    if (
        version is None
        or not version.use_extended_paths
        or not plan.settings.enable_analytics
        or plan.definition.do_not_track
    ):
        return []
    paths, compile_path = version.extended_paths, patterns(plan.definition, plan.settings)
    tracked, untracked = (
        tuple(
            Tracked(compile_path(entry.path), entry.method, entry.path)
            for entry in entries
            if not entry.disabled
        )
        for entries in (paths.track_endpoints, paths.do_not_track_endpoints)
    )
    return [Tracking(tracked, untracked)] if tracked or untracked else []


def key_detail(plan: Plan) -> list[IStep]:
    """Keys may ask that their requests are recorded in whole."""
    analytics = plan.settings.analytics_config
    definition = plan.definition
    if (
        not plan.settings.enable_analytics
        or definition.do_not_track
        or definition.enable_detailed_recording
        or analytics.enable_detailed_recording
    ):
        return []
    return [KeyDetail(analytics.detail_limit)]
