"""A service that lies: one product, of which catalogue and download say what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from s2dl.settings import Settings

NAME = "S2B_MSIL2A_20240601T100559_N0510_R022_T32TPS_20240601T145012.SAFE"

Send = Callable[[BaseHTTPRequestHandler], None]


def product(**fields: Any) -> dict[str, Any]:
    """An OData product, with some fields as given."""
    return {
        "Id": "6c2b6c1e-0000-4000-8000-000000000001",
        "Name": NAME,
        "ContentLength": 40_000,
        "Online": True,
        "Checksum": [{"Value": "0" * 32, "Algorithm": "MD5"}],
        "ContentDate": {"Start": "2024-06-01T10:05:59.024Z", "End": "2024-06-01T10:05:59.024Z"},
        "Footprint": "geography'SRID=4326;POLYGON ((11 46, 12 46, 12 47, 11 47, 11 46))'",
        **fields,
    }


@contextmanager
def hostile_service(products: list[dict[str, Any]], send: Send | None = None, **token: Any) -> Iterator[Settings]:
    """Serve these products, for every download what `send` sends, and tokens so changed; gives settings for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.endswith("/$value"):
                self._answer({"value": [] if "DeletedProducts" in self.path else products})
            elif send is not None:
                send(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            usual = {"access_token": "a", "expires_in": 600, "refresh_token": "r", "refresh_expires_in": 3600}
            self._answer({**usual, **token})

        def _answer(self, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    root = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield Settings(
            base_url=f"{root}/odata/v1", data_url=f"{root}/odata/v1", token_url=f"{root}/token", download_timeout=2
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
