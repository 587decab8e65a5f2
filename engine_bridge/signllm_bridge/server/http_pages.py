"""The pages, over plain HTTP GET: built files of `signllm_bridge/pages`, the avatar, and a sign of life."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

PAGES: Final = Path(__file__).parents[1] / "pages"
"""The built page that ships with the package."""
AVATAR_PATH: Final = "/avatar.vrm"

# mimetypes asks the operating system, which may think that .js is text/plain; browsers then refuse the module.
_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".vrm": "model/gltf-binary",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
_TEXT: Final = _CONTENT_TYPES[".txt"]


@dataclass(frozen=True)
class Page:
    """An HTTP answer without its protocol."""

    status: HTTPStatus
    content_type: str
    body: bytes = field(repr=False)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Header names and values. Nothing is cached: a page and a server of two versions would not fit."""
        return (
            ("Content-Type", self.content_type),
            ("Content-Length", str(len(self.body))),
            ("Cache-Control", "no-cache"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        )


class Pages:
    """What there is to be fetched."""

    def __init__(self, avatar: bytes, folder: Path = PAGES) -> None:
        """Serve the files under `folder`, and `avatar` (VRM 1.0) as /avatar.vrm."""
        self._avatar = avatar
        self._folder = folder.resolve()

    def get(self, target: str) -> Page:
        """The answer to `GET target`; the query is the page's own business."""
        path = unquote(urlsplit(target).path) if target.startswith("/") else ""
        if path == "/healthz":
            return Page(HTTPStatus.OK, _TEXT, b"ok\n")
        if path == AVATAR_PATH:
            return Page(HTTPStatus.OK, _CONTENT_TYPES[".vrm"], self._avatar)
        file = self._find("index.html" if path == "/" else path.lstrip("/"))
        if file is None:
            return sentence(HTTPStatus.NOT_FOUND, "There is no such page here: the signing page is at /.")
        kind = _CONTENT_TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Page(HTTPStatus.OK, kind, file.read_bytes())

    def _find(self, name: str) -> Path | None:
        """The file called `name`; None for what is not there, is no file, or lies outside the folder."""
        if not name or "\0" in name or "\\" in name:
            return None
        try:
            file = (self._folder / name).resolve()
            return file if file.is_relative_to(self._folder) and file.is_file() else None
        except OSError:  # a name that the file system refuses, such as one too long
            return None


def sentence(status: HTTPStatus, text: str) -> Page:
    """A plain text answer of one sentence."""
    return Page(status, _TEXT, f"{text}\n".encode())
