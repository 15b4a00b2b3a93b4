"""Which version of the code answered: Git's word for it, on every trace."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from spanloom.tracing.labels import Labels, process_labels

__all__ = ["setup_git_version_tracking"]

_SECONDS = 5
_CREDENTIALS = re.compile(r"^(\w[\w+.-]*://)[^/@]*@")


def setup_git_version_tracking(folder: str | Path | None = None) -> dict[str, str]:
    """Tag every trace of this process with the version of the code that runs.

    The tags are `git.commit`, `git.branch` (unless the head is detached), `git.dirty` (`true` or `false`: whether there
    are changes that no commit has), and `git.repo_url` without credentials. Where Git or a repository is missing there
    are none, and nothing fails.

    Args:
        folder: A folder of the repository; the current one by default.

    Returns:
        The tags.

    Example:
        >>> setup_git_version_tracking()["git.branch"]
        'main'
    """
    where = Path.cwd() if folder is None else Path(folder)
    commit = _git(where, "rev-parse", "HEAD")
    if commit is None:
        return {}
    changes, branch = _git(where, "status", "--porcelain"), _git(where, "rev-parse", "--abbrev-ref", "HEAD")
    url = _git(where, "config", "--get", "remote.origin.url")
    tags = {"git.commit": commit}
    if branch not in {None, "HEAD"}:
        tags["git.branch"] = str(branch)
    if changes is not None:
        tags["git.dirty"] = "true" if changes else "false"
    if url:
        tags["git.repo_url"] = _CREDENTIALS.sub(r"\1", url)
    process_labels.current = Labels(tags=tags).over(process_labels.current)
    return tags


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", *arguments],  # noqa: S607 - whichever Git the user has
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return None
    return done.stdout.strip()
