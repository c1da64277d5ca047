"""An answer from a hook. A plain function does where no state is kept."""

import json
from datetime import datetime

from twisted_tyk import IResponseWriter, Request


def send_current_time(rw: IResponseWriter, request: Request) -> None:
    """Tell the time to who asks with ``?get_time=1``; let everybody else pass."""
    if request.url.query.get("get_time") != "1":
        return
    rw.headers.set("Content-Type", "application/json")
    rw.write(json.dumps({"current_time": datetime.now().astimezone().isoformat()}))
