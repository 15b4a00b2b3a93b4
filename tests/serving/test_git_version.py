from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import spanloom
from spanloom.serving import setup_git_version_tracking


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    folder = tmp_path / "code"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "trunk")
    (folder / "agent.py").touch()
    git(folder, "add", ".")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "first")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def tags_of_a_trace() -> dict[str, str]:
    with spanloom.start_span("x") as span:
        pass
    trace = spanloom.get_trace(span.trace_id)
    assert trace is not None
    return trace.info.tags


def test_every_trace_tells_the_version_of_the_code(repository: Path):
    git(repository, "remote", "add", "origin", "https://user:secret@example.org/team/code.git")
    tags = setup_git_version_tracking(repository)
    assert tags == {
        "git.commit": git(repository, "rev-parse", "HEAD"),
        "git.branch": "trunk",
        "git.dirty": "false",
        "git.repo_url": "https://example.org/team/code.git",
    }
    assert tags_of_a_trace() == tags


def test_changes_that_no_commit_has_are_told(repository: Path):
    (repository / "agent.py").write_text("changed")
    assert setup_git_version_tracking(repository)["git.dirty"] == "true"


def test_a_detached_head_has_no_branch(repository: Path):
    git(repository, "checkout", "--quiet", "--detach")
    assert "git.branch" not in setup_git_version_tracking(repository)


def test_an_address_that_names_no_credentials_stays(repository: Path):
    git(repository, "remote", "add", "origin", "git@example.org:team/code.git")
    assert setup_git_version_tracking(repository)["git.repo_url"] == "git@example.org:team/code.git"


def test_outside_a_repository_and_without_git_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert setup_git_version_tracking(tmp_path) == {}
    monkeypatch.setenv("PATH", "")
    assert setup_git_version_tracking(tmp_path) == {}
    assert setup_git_version_tracking(tmp_path / "missing") == {}
    assert tags_of_a_trace() == {}
