"""Server: what a browser on this machine is shown, and nothing else: the host page, the page in it, and what is new.

It listens on the loopback address only, and answers a request only if it was made to that address by name: a page from
elsewhere whose name was turned to this machine (DNS rebinding) asks for another host. What is new comes as server-sent events.
"""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from derive.errors import DeriveError
from derive.watch.desk import Desk

LOOPBACK: Final = "127.0.0.1"
PATIENCE: Final = 15.0
"""Seconds after which a browser that waits is told that we are still here; so one that has gone is noticed."""
_HTML: Final = "text/html; charset=utf-8"
_ALWAYS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server:
    """Serves a desk from a port of the loopback address; port 0 is any that is free.

    Raises `DeriveError` if the port cannot be had.
    """

    def __init__(self, desk: Desk, host: tuple[bytes, str], port: int = 0) -> None:
        """Take the port."""
        page, policy = host

        class Handler(_Handler):
            pass

        Handler.desk, Handler.page, Handler.policy = desk, page, policy
        try:
            self._server = ThreadingHTTPServer((LOOPBACK, port), Handler)
        except (OSError, OverflowError) as reason:
            message = f"port {port} cannot be had ({getattr(reason, 'strerror', None) or reason}); --port names another"
            raise DeriveError(message) from None
        self._server.daemon_threads = True
        Handler.names = tuple([f"{name}:{self._server.server_port}"] for name in (LOOPBACK, "localhost"))

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    def begin(self) -> None:
        """Answer from now on, beside what else is done."""
        Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Answer no longer, and give the port back."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    desk: Desk
    page: bytes
    policy: str
    names: tuple[list[str], ...]
    server_version, sys_version = "derive", ""
    timeout = 60

    def handle(self) -> None:
        """Answer; a browser that goes away in the midst of it is no fault."""
        with suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        """Answer a request, if it is made to us by name."""
        if self.headers.get_all("Host", []) not in self.names:
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "text/plain; charset=utf-8", b"another host\n")
            return
        match self.path.partition("?")[0]:
            case "/":
                self._send(HTTPStatus.OK, _HTML, self.page, self.policy)
            case "/page" if self.desk.page:
                self._send(HTTPStatus.OK, _HTML, self.desk.page, "frame-ancestors 'self'")
            case "/events":
                with suppress(OSError):  # the browser has gone
                    self._tell()
            case _:
                self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"there is no such page\n")

    def _tell(self) -> None:
        """Say what there is, and then whatever is new."""
        self._head(HTTPStatus.OK, {"Content-Type": "text/event-stream"})
        version = 0
        while True:
            news = self.desk.newer(version, PATIENCE)
            if news is None:
                self.wfile.write(b": still here\n\n")
            else:
                version = news["version"]
                self.wfile.write(f"data: {json.dumps(news)}\n\n".encode())
            self.wfile.flush()

    def _send(self, status: HTTPStatus, kind: str, content: bytes, policy: str = "default-src 'none'") -> None:
        self._head(
            status, {"Content-Type": kind, "Content-Length": str(len(content)), "Content-Security-Policy": policy}
        )
        with suppress(OSError):
            self.wfile.write(content)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, **_ALWAYS}.items():
            self.send_header(name, value)
        with suppress(OSError):
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing: what is made is told elsewhere."""
