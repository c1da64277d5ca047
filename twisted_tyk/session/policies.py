"""The policies of a gateway: loaded at the start and at each reload, put over sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
from cattrs import Converter
from cattrs.errors import BaseValidationError

from twisted_tyk.jsonfile import Document, Problem, References
from twisted_tyk.session.merge import PolicyError, merge
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.policy_files import PolicyFiles
from twisted_tyk.session.policy_report import NOTHING, PolicyReport
from twisted_tyk.session.state import SessionState
from twisted_tyk.settings.sections import Policies as PolicySettings

__all__ = ["Policies", "PolicyError", "PolicyReport"]

#: Where a session may carry policies of its own, in its meta data, as in Tyk.
CARRIED: Final = "policies"


@attrs.define(eq=False)
class Policies:
    """Called in the reactor thread.

    :ivar settings: where the files are.
    :ivar references: resolves ``env://`` and the like in them.
    :ivar converter: that of a :class:`~twisted_tyk.session.reading.SessionReader`.
    :ivar revision: another number after each load that changed a policy, so that who
        holds sessions with policies applied knows that they are old.
    """

    settings: PolicySettings
    references: References
    converter: Converter
    revision: int = attrs.field(default=0, init=False)
    _report: PolicyReport = attrs.field(default=NOTHING, init=False)

    def get(self, policy_id: str) -> Policy | None:
        """The policy of that id."""
        return self._report.policies.get(policy_id)

    def all(self) -> list[Policy]:
        """Every policy, in the order of the files."""
        return list(self._report.policies.values())

    def file_of(self, policy_id: str) -> str:
        """The file that a policy was read from, ``""`` when there is no such policy."""
        return self._report.places.get(policy_id, "")

    def check(self, document: Document) -> Policy:
        """The policy that a document is, as a file with it would be read.

        :raises ConfigError: with all that is wrong.
        """
        return PolicyFiles(self.references, self.converter).one(document)

    def load(self) -> PolicyReport:
        """Read the files. Nothing is raised: what is wrong is among the problems.

        ``policy_path`` goes before ``policy_record_name``, as in Tyk.
        """
        settings, files = self.settings, PolicyFiles(self.references, self.converter)
        before = self._report
        if settings.policy_path:
            self._report = files.folder(settings.policy_path, before)
        elif settings.policy_record_name:
            self._report = files.record(settings.policy_record_name, before)
        if settings.policy_source not in ("", "file"):
            problem = Problem(
                "tyk.conf",
                path="policies.policy_source",
                pointer="/policies/policy_source",
                rule="not-enforced",
                expected='"file", since policies are read from files only',
                found=f'"{settings.policy_source}"',
            )
            self._report = attrs.evolve(self._report, problems=(*self._report.problems, problem))
        now = self._report
        if dict(now.policies) != dict(before.policies) or now.refused != before.refused:
            self.revision += 1
        return self._report

    def apply(self, session: SessionState, org_id: str | None = None) -> None:
        """Put the policies that a session names over its own limits and rights.

        The session changes; after an error it is of no use. It may name a policy that is
        not there, as long as it names others that are, but none that was refused.

        :param org_id: of the API that is asked for, to which the policies must belong;
            ``None`` for no API.
        :raises PolicyError: when the key can not be used with them, and why.
        """
        carried = self._carried(session)
        if carried is None and not policy_ids(session):
            for api_id, access in session.access_rights.items():
                if not access.limit.empty:
                    access.allowance_scope = api_id
            return
        policies = list(self._named(session)) if carried is None else carried
        for policy in policies:
            if org_id is not None and policy.org_id != org_id:
                raise PolicyError("a policy is of another organisation than the key")
        merge(session, policies)

    def begin(self, session: SessionState, now: float) -> None:
        """Have a key that is made now expire when its policies say so (``key_expires_in``).

        :param now: Unix time.
        """
        for policy_id in policy_ids(session):
            policy = self.get(policy_id)
            if policy is not None and policy.key_expires_in > 0:
                session.expires = int(now) + policy.key_expires_in

    def _named(self, session: SessionState) -> Iterable[Policy]:
        ids = policy_ids(session)
        for policy_id in ids:
            policy = self.get(policy_id)
            if policy is not None:
                yield policy
            elif policy_id in self._report.refused:
                raise PolicyError(f'policy can not be used: "{policy_id}"')
            elif len(ids) == 1:
                raise PolicyError(f'policy not found: "{policy_id}"')

    def _carried(self, session: SessionState) -> list[Policy] | None:
        """Policies in the session itself, which hooks put there; they stand for all others."""
        carried = session.meta_data.get(CARRIED)
        if not isinstance(carried, list) or not all(isinstance(each, Mapping) for each in carried):
            return None
        try:
            return [self._read(each) for each in carried]
        except (ValueError, BaseValidationError):
            # Not the error itself: it can hold what is secret.
            raise PolicyError("a policy in the meta data of the key is malformed") from None

    def _read(self, value: Mapping[str, Any]) -> Policy:
        policy: Policy = self.converter.structure(value, Policy)
        return policy


def policy_ids(session: SessionState) -> Sequence[str]:
    """The policies that a session names; the older field counts when the newer is empty."""
    if session.apply_policies:
        return session.apply_policies
    return [session.apply_policy_id] if session.apply_policy_id else []
