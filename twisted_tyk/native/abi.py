"""The numbers of ``sdk/c/tyk_plugin.h``, whose comments say what they mean.

A test holds both together.
"""

from __future__ import annotations

from typing import Final

ABI_MAJOR: Final = 1
ABI_MINOR: Final = 0

#: Releases of this package, by the version of the interface that came with them first.
RELEASES: Final = {(1, 0): "0.1.0"}

# enum tyk_status
OK: Final = 0
E_ARGUMENT: Final = -1
E_VERSION: Final = -2
E_PANIC: Final = -3
E_INIT: Final = -4
E_FUNCTION: Final = -5
E_MISSING: Final = -6
E_EXISTS: Final = -7
E_REFUSED: Final = -8
E_FAILED: Final = -9
E_MEMORY: Final = -10
#: Ours alone, never a plugin's: the process that ran the call is gone.
E_DIED: Final = -100
#: Ours alone: there is no process to run the call, and none in the next moments.
E_AWAY: Final = -101

FRAME_MAGIC: Final = 0x31525954
CHANGES_MAGIC: Final = 0x31435954

# enum tyk_flag
FLAG_SECURE: Final = 1
FLAG_SESSION: Final = 2
FLAG_RECORD: Final = 4

# enum tyk_slice
METHOD: Final = 0
TARGET: Final = 1
HOST: Final = 2
PEER: Final = 3
BODY: Final = 4
TOKEN: Final = 5
SESSION: Final = 6
API: Final = 7
DEFINITION: Final = 8
CONTEXT: Final = 9
REWRITE: Final = 10
TLS: Final = 11
RECORD: Final = 12
SLICES: Final = 13

# enum tyk_change_kind
HEADER_SET: Final = 1
HEADER_ADD: Final = 2
HEADER_DELETE: Final = 3
SET_METHOD: Final = 4
SET_TARGET: Final = 5
SET_HOST: Final = 6
SET_BODY: Final = 7
SET_REWRITE: Final = 8
REPLY_STATUS: Final = 16
REPLY_WRITE: Final = 17
REPLY_HEADER_SET: Final = 18
REPLY_HEADER_ADD: Final = 19
REPLY_HEADER_DELETE: Final = 20
RESPONSE_STATUS: Final = 32
RESPONSE_HEADER_SET: Final = 33
RESPONSE_HEADER_ADD: Final = 34
RESPONSE_HEADER_DELETE: Final = 35
RESPONSE_BODY: Final = 36
SET_SESSION: Final = 48
SET_DEFINITION: Final = 49
SET_CONTEXT: Final = 50
SET_RECORD: Final = 51
LOG: Final = 64
METRIC: Final = 65
ERROR: Final = 66

# enum tyk_level
DEBUG: Final = 0
INFO: Final = 1
WARNING: Final = 2
SEVERE: Final = 3

# enum tyk_metric
COUNTER: Final = 0
GAUGE: Final = 1
TIMING: Final = 2

# enum tyk_service
STORE_GET: Final = 1
STORE_SET: Final = 2
STORE_SET_NEW: Final = 3
STORE_DELETE: Final = 4
STORE_INCREMENT: Final = 5
STORE_EXPIRE: Final = 6
STORE_TTL: Final = 7
STORE_KEYS: Final = 8
SESSION_GET: Final = 9

# enum tyk_control
DEFINE: Final = 1
FORGET: Final = 2
