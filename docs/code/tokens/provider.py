"""A provider of tokens to try things with: whoever asks gets a signed one.

    python provider.py [port]

``/jwks`` is its key set; ``/token?sub=ann&plan=gold`` is a token with these claims.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig"})


def token(claims: dict[str, str]) -> str:
    """One that is good for ten minutes."""
    now = int(time.time())
    header = {"alg": "RS256", "kid": KEY.kid}
    return jwt.encode(header, {"iat": now, "exp": now + 600, **claims}, KEY)


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/jwks":
            self.say(json.dumps({"keys": [KEY.as_dict(private=False)]}))
        elif url.path == "/token":
            self.say(token(dict(parse_qsl(url.query))))
        else:
            self.send_error(404)

    def say(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    server = ThreadingHTTPServer(("127.0.0.1", port), Provider)
    print(f"the key set is at http://127.0.0.1:{server.server_port}/jwks", flush=True)
    server.serve_forever()
