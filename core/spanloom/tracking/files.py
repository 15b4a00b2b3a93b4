"""Writing files that are whole or not there at all, under names that stay inside their folder."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from spanloom.errors import ArtifactError

__all__ = ["copy_file", "copy_folder", "is_partial", "new_folder", "safe_path", "write_file"]

_ASIDE: Final = ".partial"
"""How the names of files begin that are not complete yet; they stand beside the complete ones."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\<>:"|?*]')
"""Control characters, and what Windows reads as a separator, a drive or a pattern."""

_MAX_NAME_BYTES: Final = 255


def safe_path(folder: Path, name: str | os.PathLike[str]) -> Path:
    """Return the path of `name` inside `folder`; slashes in it mean folders. `""` and `.` are the folder itself.

    Raises:
        ArtifactError: If the name leads outside of the folder, by `..`, as an absolute path or over a symbolic link, or
            holds characters that some system can't store.

    Example:
        >>> safe_path(folder, "plots/loss.png")
    """
    text = os.fspath(name)
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith(("/", "~")):
        raise ArtifactError(
            f"{text!r} is an absolute path; expected a name inside the artifacts, e.g. 'plots/loss.png'"
        )
    for part in parts:
        if part == "..":
            raise ArtifactError(f"{text!r} leads outside of the artifacts; expected a name without '..'")
        if _UNSAFE.search(part) or len(os.fsencode(part)) > _MAX_NAME_BYTES:
            raise ArtifactError(
                f"{text!r} is no name that every system can store; expected at most {_MAX_NAME_BYTES} bytes between "
                'slashes, without control characters and any of \\ < > : " | ? *'
            )
    path = folder.joinpath(*parts)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ArtifactError(f"{text!r} leads outside of the artifacts, over a symbolic link")
    return path


def write_file(folder: Path, name: str, content: bytes) -> Path:
    """Write a file inside `folder`: a reader sees the former content or the new one, never a part of it.

    Raises:
        ArtifactError: If the name can't be used, or the file can't be written.
    """
    path = safe_path(folder, name)
    with _told(path), _complete(path) as aside:
        aside.write_bytes(content)
    return path


def copy_file(source: Path, folder: Path, name: str) -> Path:
    """Copy a file to `name` inside `folder`, likewise.

    Raises:
        ArtifactError: If the name can't be used, there is no such file, or it can't be copied.
    """
    if not source.is_file():
        raise ArtifactError(f"there is no file {source}")
    path = safe_path(folder, name)
    with _told(path), _complete(path) as aside:
        shutil.copyfile(source, aside)
    return path


def copy_folder(
    source: Path, folder: Path, name: str = "", *, left_out: Callable[[str], bool] = lambda _name: False
) -> None:
    """Copy what is inside a folder to `name` inside `folder`, file by file, beside what is there already.

    Sockets, pipes and devices are left out; symbolic links are followed.

    Args:
        source: The folder.
        folder: Where the copy goes.
        name: What it is called there.
        left_out: Says of the name of a file or folder whether it is not to be copied.

    Raises:
        ArtifactError: If the name can't be used, there is no such folder, a link leads back to a folder that it lies
            in, or a file can't be copied.
    """
    if not source.is_dir():
        raise ArtifactError(f"there is no folder {source}")
    target = safe_path(folder, name)
    if target.resolve().is_relative_to(source.resolve()):
        raise ArtifactError(f"the artifacts ({target}) lie inside {source}: a copy would never end")
    for found, folders, names in os.walk(source, followlinks=True):
        folders[:] = sorted(each for each in folders if not left_out(each))
        inside = Path(found).relative_to(source)
        for each in folders:
            _refuse_loop(source, inside / each)
        for file in sorted(each for each in names if not left_out(each)):
            path = Path(found) / file
            if not path.exists():
                raise ArtifactError(f"{path} can't be copied: it is a link to nothing")
            if stat.S_ISREG(path.stat().st_mode):
                copy_file(path, target, (inside / file).as_posix())


def _refuse_loop(source: Path, inside: Path) -> None:
    """Refuse a link to a folder that is being copied: the copy would never end."""
    link = source / inside
    if link.is_symlink():
        real = link.resolve()
        if any((source / above).resolve().is_relative_to(real) for above in inside.parents):
            raise ArtifactError(f"{link} can't be copied: it is a link to a folder that it lies in, {real}")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a folder to fill, which is `path` as soon as the block is over; if the block raises, nothing is left.

    Raises:
        ArtifactError: If `path` exists already, or can't be written.

    Example:
        >>> with new_folder(model_artifacts("m-1")) as folder:
        ...     (folder / "MLmodel").write_text(...)
    """
    with _told(path):
        exists = path.exists()
    if exists:
        raise ArtifactError(f"{path} exists already; give another path, or delete it first")
    with _complete(path) as aside:
        with _told(path):
            aside.mkdir()
        yield aside


@contextmanager
def _complete(path: Path) -> Iterator[Path]:
    """Give a path beside `path` that replaces it when the block is over, and is removed if the block raises."""
    aside = path.parent / f"{_ASIDE}-{os.urandom(8).hex()}"
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield aside
        with _told(path):
            aside.replace(path)
    finally:
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArtifactError(f"the artifact {path} can't be written: {error}") from error


def is_partial(path: Path) -> bool:
    """Whether this is a file that is being written, or was when its process died."""
    return path.name.startswith(f"{_ASIDE}-")
