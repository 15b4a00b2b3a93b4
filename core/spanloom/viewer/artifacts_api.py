"""The files of a run, for its page: what there is, a look into it, and the file itself."""

from __future__ import annotations

from codecs import getincrementaldecoder
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from spanloom.tracking import get_run, list_artifacts, run_artifacts
from spanloom.tracking.files import is_partial, safe_path
from spanloom.web.errors import HttpError

__all__ = ["router"]

router = APIRouter(prefix="/api/runs/{run_id}/artifacts")

_PREVIEW_BYTES: Final = 200_000
_IMAGES: Final = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
"""What an image element may show; everything else is bytes to browsers, whatever its name or content say."""
_HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""Opened by itself, a file is kept, not shown; if a browser did show it, nothing in it could run or load anything."""


# Plain functions: files and the store block, so each runs in a thread of its own.
@router.get("", summary="List the files of a run")
def folder(run_id: str, path: str = "") -> dict[str, Any]:
    """Return what a folder of its artifacts holds."""
    get_run(run_id)
    return {"files": [asdict(file) for file in list_artifacts(run_id=run_id, artifact_path=path)]}


@router.get("/text", summary="Return the beginning of a file as text")
def text(run_id: str, path: str) -> dict[str, Any]:
    """Return the text, `null` if the file is none, and whether there is more of it."""
    file = _file(run_id, path)
    with file.open("rb") as stream:
        begun = stream.read(_PREVIEW_BYTES)
    whole = len(begun) == file.stat().st_size
    try:
        # A character may be cut in half where the preview ends.
        content = getincrementaldecoder("utf-8")().decode(begun, final=whole)
    except UnicodeDecodeError:
        return {"text": None, "truncated": False}
    return {"text": None if "\0" in content else content, "truncated": not whole}


@router.get("/file", summary="Download a file", response_class=FileResponse)
def download(run_id: str, path: str) -> Response:
    """Return the file."""
    file = _file(run_id, path)
    kind = _IMAGES.get(file.suffix.lower(), "application/octet-stream")
    return FileResponse(file, media_type=kind, filename=file.name, headers=_HEADERS)


def _file(run_id: str, path: str) -> Path:
    get_run(run_id)
    file = safe_path(run_artifacts(run_id), path)
    if not file.is_file() or is_partial(file):
        raise HttpError(404, f"the run has no file {path[:200]!r}", code="not_found", param="path")
    return file
