"""Files of a model: links, names that lead outside, places that can't be written, files that came later."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

import spanloom
from spanloom.errors import ArtifactError, DamagedModelError
from spanloom.models import load_model, log_model, register_model, resolve, save_model


def test_a_link_to_a_folder_is_registered_with_what_is_in_it(script, folder, tmp_path):
    tools = script("def shout(text): return text.upper()", "tools/__init__.py").parent
    path = script("import tools, spanloom\nspanloom.models.set_model(lambda text: tools.shout(text))")
    save_model(folder, path, code_paths=[tools])
    shutil.move(folder / "code", tmp_path / "code")
    (folder / "code").symlink_to(tmp_path / "code")
    register_model(folder, "linked")
    assert load_model("models:/linked/1").predict("hi") == "HI"


def test_links_among_artifacts_are_followed(tmp_path):
    (tmp_path / "plots/deep").mkdir(parents=True)
    (tmp_path / "plots/deep/loss.txt").write_text("1")
    (tmp_path / "logged").mkdir()
    (tmp_path / "logged/latest").symlink_to(tmp_path / "plots")
    with spanloom.start_run() as run:
        spanloom.log_artifacts(tmp_path / "logged")
    copied = spanloom.artifacts.download_artifacts(f"runs:/{run.info.run_id}/latest/deep/loss.txt")
    assert Path(copied).read_text() == "1"


def test_a_link_back_to_its_own_folder_is_refused(script, folder, tmp_path):
    package = script("", "package/__init__.py").parent
    (package / "again").symlink_to(package)
    with pytest.raises(ArtifactError, match=r"again can't be copied: it is a link to a folder that it lies in"):
        save_model(folder, script(), code_paths=[package])
    assert not folder.exists()
    (package / "again").unlink()
    other = tmp_path / "other"
    other.mkdir()
    (package / "other").symlink_to(other)
    (other / "back").symlink_to(package)  # over two links
    with pytest.raises(ArtifactError, match="back can't be copied"):
        save_model(folder, script(), code_paths=[package])


def test_a_link_that_two_folders_share_is_no_loop(script, folder, tmp_path):
    shared = script("SIGN = '!'", "shared/__init__.py").parent
    package = script("", "package/__init__.py").parent
    for name in ("a", "b"):
        (package / name).symlink_to(shared)
    (package / ".hidden").symlink_to(package)
    save_model(folder, script(), code_paths=[package])
    assert (folder / "code/package/a/__init__.py").read_text() == (folder / "code/package/b/__init__.py").read_text()


def test_a_logged_model_that_was_changed_can_not_be_registered(script):
    info = log_model("lg", script())
    (resolve(info.model_uri) / "agent.py").write_text("print('evil')")
    with pytest.raises(DamagedModelError, match=r"agent\.py was changed"):
        register_model(info.model_uri, "lg2")
    assert spanloom.models.search_registered_models() == []


@pytest.mark.parametrize("name", ["../../../esc", "..", "", ".", "a:b", "/etc", "a/../../b"])
def test_the_name_of_an_artifact_stays_in_the_folder(script, folder, tmp_path, name):
    (tmp_path / "w.bin").write_text("w")
    before = sorted(tmp_path.rglob("*"))
    agent = script()
    with pytest.raises(ArtifactError):
        save_model(folder, agent, artifacts={name: tmp_path / "w.bin"})
    assert {path for path in tmp_path.rglob("*") if path.is_file()} - set(before) == {agent}


def test_a_list_of_digests_that_was_cut_hides_nothing(script, folder):
    save_model(folder, script())
    lines = (folder / "files.sha256").read_text().splitlines(keepends=True)
    (folder / "files.sha256").write_text("".join(line for line in lines if "agent.py" not in line))
    with pytest.raises(DamagedModelError, match=r"agent\.py was added"):
        load_model(folder)
    (folder / "files.sha256").write_text("")
    with pytest.raises(DamagedModelError, match="MLmodel was added"):
        load_model(folder)
    (folder / "files.sha256").write_bytes(b"\xff\xfe")
    with pytest.raises(DamagedModelError, match="can't be read"):
        load_model(folder)


def test_what_systems_and_python_leave_in_folders_does_no_harm(script, folder):
    save_model(folder, script(), code_paths=[script("", "tools.py")])
    for name in (".DS_Store", "code/.DS_Store", "code/.ipynb_checkpoints/x.py", "code/__pycache__/tools.pyc"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    assert load_model(folder).predict({"input": "hi"})
    (folder / "code/pydantic.pyc").write_bytes(b"")  # Python would import that
    with pytest.raises(DamagedModelError, match=r"code/pydantic\.pyc was added"):
        load_model(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written_is_told(script, folder):
    folder.parent.mkdir(parents=True)
    folder.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(ArtifactError, match="can't be written"):
        save_model(folder, script())
    folder.parent.chmod(stat.S_IRWXU)


def test_a_parent_that_is_no_place_for_folders_is_told(script):
    with pytest.raises(ArtifactError, match="can't be written"):
        save_model("/proc/self/fdinfo/model", script())


def test_a_name_that_is_too_long_is_told(script, tmp_path):
    with pytest.raises(ArtifactError, match="can't be written"):
        save_model(tmp_path / ("x" * 300), script())
