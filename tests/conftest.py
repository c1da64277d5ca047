"""What every test has: the fixtures of these plugins."""

from __future__ import annotations

pytest_plugins = ["pytester", "lost_failures", "gateways", "building", "case_languages"]
