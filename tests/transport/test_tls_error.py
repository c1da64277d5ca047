"""What is said of an error of OpenSSL."""

from __future__ import annotations

import pytest
from OpenSSL.SSL import Error, SysCallError, ZeroReturnError

from twisted_tyk.transport.tls_error import tls_reason

OLDER = ("", "", "left by somebody else")
NEWEST = ("SSL routines", "", "certificate verify failed")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Error([NEWEST]), "certificate verify failed"),
        (Error([OLDER, NEWEST]), "certificate verify failed"),
        (Error([]), ""),
        (ZeroReturnError(), ""),
        (SysCallError(104, "ECONNRESET"), ""),
    ],
)
def test_the_newest_entry_is_told(error: Error, expected: str) -> None:
    assert tls_reason(error) == expected
