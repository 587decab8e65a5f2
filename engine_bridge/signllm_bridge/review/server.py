"""The shell around `site.Site`: the standard library's HTTP server on the loopback address."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from signllm_bridge.errors import StartupError
from signllm_bridge.review.site import MAX_BODY, Site
from signllm_bridge.server.http_pages import Page, sentence

_HOST: Final = "127.0.0.1"
_PATIENCE_S: Final = 30.0
_MAX_DIGITS: Final = 9
"""Of a length: `int` refuses thousands of them with an error."""


def make_server(site: Site, port: int) -> ThreadingHTTPServer:
    """A server that holds the port; `serve_forever` answers.

    Raises:
        StartupError: The port is taken.
    """
    try:
        return ThreadingHTTPServer((_HOST, port), _handler(site))
    except (OSError, OverflowError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number and number > 0 else "no such port"
        raise StartupError(f"port {port} cannot be used ({reason}): choose another --port, or 0 for any") from error


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_S
        server_version = "signllm"
        sys_version = ""

        def do_GET(self) -> None:
            self._answer(site.get(self.path, self.headers.get("Host")))

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or len(length) > _MAX_DIGITS or int(length) > MAX_BODY:
                page = sentence(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A verdict has at most {MAX_BODY} bytes.")
                self._answer(page)
                return
            body = self.rfile.read(int(length))
            host, origin = self.headers.get("Host"), self.headers.get("Origin")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._answer(site.post(self.path, host, origin, body, now=now))

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: reviewers look at signs, not at requests."""

        def _answer(self, page: Page) -> None:
            self.send_response(page.status)
            for name, value in page.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

    return Handler
