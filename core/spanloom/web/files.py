"""The files of pages: what browsers may do with them, and how they are served."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

__all__ = ["SHARED", "add_files", "page_response"]

SHARED: Final = Path(__file__).parent / "shared"
"""Style sheets and modules of every page."""

_FRESH = {"cache-control": "no-cache"}
"""Browsers ask whether a file has changed, so that those of two versions never meet."""
_HEADERS = {
    **_FRESH,
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""A page shows what agents say, which may be hostile: nothing but its own files may run or be loaded."""


def page_response(path: Path) -> Response:
    """Return the answer that is this HTML file."""
    return FileResponse(path, headers=_HEADERS)


def add_files(app: FastAPI, folder: Path) -> None:
    """Serve the files of a page below `/page`, and those that all pages share below `/page/shared`."""
    app.mount("/page/shared", _Files(directory=SHARED), name="shared")
    app.mount("/page", _Files(directory=folder), name="page")


class _Files(StaticFiles):
    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers.update(_FRESH)
        return response
