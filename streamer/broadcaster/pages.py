"""The files of `web/`, each read once and again when it changes, with an ETag and what browsers must know."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

WEB = Path(__file__).parent / "web"

MAX_FILE_BYTES = 4 << 20

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",  # as RFC 9239 has it, whatever the system's table says
    ".svg": "image/svg+xml",
    ".ts": "text/plain",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A file as it is answered with."""

    body: bytes
    etag: str
    media_type: str
    modified_ns: int


class Pages:
    """What lies in `folder`; nothing outside it is ever served."""

    def __init__(self, folder: Path = WEB) -> None:
        self._folder = folder.resolve()
        self._pages: dict[Path, Page] = {}  # by where it lies: a file has any number of names, `./a`, `.//a`

    def get(self, name: str) -> Page | None:
        """A file by its path below the folder, None if there is none."""
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder) or any(part.startswith(".") for part in Path(name).parts):
                return None
            facts = path.stat()
            page = self._pages.get(path)
            if page is not None and page.modified_ns == facts.st_mtime_ns:
                return page
            if not path.is_file() or facts.st_size > MAX_FILE_BYTES:
                return None
            body = path.read_bytes()
        except (OSError, ValueError, RuntimeError):  # ValueError: a NUL in the name; RuntimeError: links in a circle
            return None
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        page = self._pages[path] = Page(body, etag, kind, facts.st_mtime_ns)
        return page


def page_headers(page: Page, frame_ancestors: str) -> Mapping[str, str]:
    """`no-cache` means: ask each time whether it changed. With an ETag that costs one small answer.

    Scripts come from here alone, since the pages show strangers' words. Players may connect anywhere.
    """
    headers = {"ETag": page.etag, "Cache-Control": "no-cache"}
    if page.media_type == "text/html":
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = (
            "default-src 'self'; connect-src 'self' http: https: ws: wss:; img-src 'self' data: blob:; "
            "media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
            f"form-action 'self'; frame-ancestors {frame_ancestors}"
        )
    return headers


def answer(request: Request, page: Page, frame_ancestors: str) -> Response:
    """The page, or that it is the one which the browser has."""
    headers = dict(page_headers(page, frame_ancestors))
    if page.etag in (tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(page.body, media_type=page.media_type, headers=headers)
