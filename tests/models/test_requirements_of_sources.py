"""Packages that no index has are named by where they come from, or a warning says that nobody else can have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from spanloom.models import load_model, save_model

GIT = {"url": "https://me:secret@host/tiny.git", "vcs_info": {"vcs": "git", "commit_id": "1f2e3d"}}
SSH = {"url": "ssh://git@host/tiny", "vcs_info": {"vcs": "git", "commit_id": "1f2e3d"}, "subdirectory": "python"}
WHEEL = {"url": "https://host/tiny-1.0-py3-none-any.whl", "archive_info": {}}
LOCAL_WHEEL = {"url": "file:///home/me/tiny-1.0-py3-none-any.whl", "archive_info": {}}
EDITABLE = {"url": "file:///home/me/tiny", "dir_info": {"editable": True}}


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A package that a new process finds, installed from anywhere."""

    def install(direct_url: dict | None, version: str = "1.0", installer: str = "pip") -> None:
        info = tmp_path / f"site/tiny-{version}.dist-info"
        info.mkdir(parents=True)
        (tmp_path / "site/tiny.py").write_text("TEXT = 'hi'")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        (info / "top_level.txt").write_text("tiny\n")
        (info / "INSTALLER").write_text(f"{installer}\n")
        if direct_url is not None:
            (info / "direct_url.json").write_text(json.dumps(direct_url))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    return install


@pytest.fixture
def agent(script) -> Path:
    return script("import spanloom, tiny\nspanloom.models.set_model(lambda text: tiny.TEXT)")


@pytest.mark.parametrize(
    ("direct_url", "version", "installer", "line"),
    [
        (None, "1.0", "pip", "tiny==1.0"),
        (None, "1.0+cpu", "pip", "tiny==1.0"),
        (GIT, "1.0", "uv", "tiny @ git+https://host/tiny.git@1f2e3d"),
        (SSH, "1.0", "pip", "tiny @ git+ssh://git@host/tiny@1f2e3d#subdirectory=python"),
        (WHEEL, "1.0", "pip", "tiny @ https://host/tiny-1.0-py3-none-any.whl"),
        (EDITABLE | {"dir_info": {}}, "1.0", "conda", "tiny==1.0"),
    ],
)
def test_a_package_is_named_by_where_it_comes_from(folder, agent, tiny, direct_url, version, installer, line):
    tiny(direct_url, version, installer)
    save_model(folder, agent)
    assert line in (folder / "requirements.txt").read_text().splitlines()
    assert load_model(folder).predict("") == "hi"  # and that version is no other one


@pytest.mark.parametrize("direct_url", [LOCAL_WHEEL, EDITABLE])
def test_a_package_of_this_machine_is_told(folder, agent, tiny, tmp_path, direct_url):
    tiny(direct_url)
    with pytest.warns(UserWarning, match=r"requirements\.txt can't bring tiny==1\.0, .*extra_pip_requirements"):
        save_model(folder, agent)
    text = (folder / "requirements.txt").read_text()
    assert "\n# tiny==1.0, which was installed from a folder or file of the machine" in f"\n{text}"
    assert "tiny" not in json.dumps(yaml.safe_load((folder / "conda.yaml").read_text()))
    save_model(tmp_path / "named", agent, extra_pip_requirements=["tiny @ git+https://host/tiny"])
    assert "tiny==1.0" not in (tmp_path / "named/requirements.txt").read_text()
