"""Policies: what the gateway would say of them, and whom they name."""

from __future__ import annotations

import os

from twisted_tyk.jsonfile import ConfigError, Document, read
from twisted_tyk.jsonfile.strays import stray_warnings
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.references import unknown_apis
from twisted_tyk.session.policies import Policies
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.policy_files import PolicyFiles
from twisted_tyk.session.policy_report import NOTHING, PolicyReport


def check_policies(context: Context, apis: frozenset[str], found: Found) -> frozenset[str] | None:
    """Those of ``tyk.conf``.

    :param apis: ids of the definitions that there are.
    :returns: ids of the policies that there are, good or not; ``None`` when none are asked for.
    """
    asked = context.settings.policies
    if not (asked.policy_path or asked.policy_record_name):
        return None
    report = Policies(asked, context.references, context.sessions).load()
    for file in _files(asked.policy_path, asked.policy_record_name):
        found.looked_at(file)
    _tell(report, found, apis)
    return frozenset({*report.policies, *report.refused})


def check_policy_file(file: str, context: Context, found: Found) -> None:
    """A file with one policy, or with many by their ids."""
    document = found.read(file)
    if document is None:
        return
    files = PolicyFiles(context.references, context.sessions)
    if _is_one(document):
        try:
            files.one(document)
        except ConfigError as error:
            found.refused(error)
        else:
            found.warnings(stray_warnings(document, Policy))
        return
    _tell(files.record(file, NOTHING), found, None)


def _tell(report: PolicyReport, found: Found, apis: frozenset[str] | None) -> None:
    found.errors(report.problems)
    found.warnings(report.warnings)
    if apis is None:
        return
    for policy_id, policy in report.policies.items():
        document = read(report.places[policy_id])
        place = () if _is_one(document) else (policy_id,)
        found.warnings(unknown_apis(document, policy, place, apis))


def _is_one(document: Document) -> bool:
    """Whether it is one policy, not many by their ids: those are all objects."""
    value = document.value
    if not isinstance(value, dict):
        return False
    return any(not isinstance(item, dict) for key, item in value.items() if key != "$schema")


def _files(folder: str, record: str) -> list[str]:
    if not folder:
        return [record]
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names]
