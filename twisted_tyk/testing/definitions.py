"""Definitions with all that one needs."""

from __future__ import annotations

from typing import Any


def definition(
    api_id: str, target_url: str = "http://127.0.0.1:9000/", **keys: Any
) -> dict[str, Any]:
    """A keyless API at ``/<api_id>/`` as a JSON document.

    :param keys: more keys of the definition; ``pre``, ``auth_check``,
        ``post_key_auth``, ``post`` and ``response`` go into
        ``custom_middleware`` with the driver ``twisted``, ``proxy`` is merged.
    """
    points = ("pre", "auth_check", "post_key_auth", "post", "response")
    hooks = {point: keys.pop(point) for point in points if point in keys}
    proxy = {
        "listen_path": f"/{api_id}/",
        "target_url": target_url,
        "strip_listen_path": True,
        **keys.pop("proxy", {}),
    }
    return {
        "name": api_id,
        "api_id": api_id,
        "org_id": "default",
        "active": True,
        "use_keyless": True,
        "version_data": {"not_versioned": True, "versions": {"Default": {"name": "Default"}}},
        "proxy": proxy,
        "custom_middleware": {"driver": "twisted", **hooks},
        **keys,
    }
