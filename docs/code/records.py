"""Prints the statuses of each API, from the records of a gateway."""

import sqlite3
import sys
from pathlib import Path

# Read-only: whoever looks at records changes none.
database = sqlite3.connect(f"{Path(sys.argv[1]).absolute().as_uri()}?mode=ro", uri=True)
for api, status, count in database.execute(
    "SELECT api_id, response_code, count(*) FROM records GROUP BY 1, 2 ORDER BY 1, 2"
):
    print(f"{api}: {count} x {status}")
