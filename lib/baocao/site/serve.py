"""A look at the site on this machine: a web server nobody else reaches, that lists no folder."""

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
_NAMES = frozenset({HOST, "localhost"})


class _Handler(SimpleHTTPRequestHandler):
    """Files of one folder; a page of another origin that has its name lead here gets nothing."""

    def send_head(self) -> Any:
        if self.headers.get("Host", "").partition(":")[0] not in _NAMES:
            return self.send_error(HTTPStatus.FORBIDDEN)
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads a log of their own clicks."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of the site in `folder`; port 0 takes any free one."""
    return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
