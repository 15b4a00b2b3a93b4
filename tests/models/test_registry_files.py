"""What the registry keeps of a model's files: whole copies that never change, or nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import pytest

import spanloom
from spanloom import models
from spanloom.errors import ArtifactError, DamagedModelError, ModelError, NotFoundError
from spanloom.models.digests import write_digests
from spanloom.models.registry import keeping, registration, resolution
from spanloom.tracking.artifacts import artifact_location


@pytest.fixture
def source(plain_model):
    return plain_model()


def kept():
    folder = artifact_location() / "models"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_version_keeps_what_was_registered(source):
    version = spanloom.register_model(source, "greeter")
    (source / "word.txt").write_text("Bye")
    assert models.load_model("models:/greeter/1").predict(["you"]) == ["Hello you"]
    shutil.rmtree(source)
    assert models.load_model(version.uri).predict(["you"]) == ["Hello you"]
    assert kept() == [version.model_id]


@pytest.mark.parametrize("form", [str, lambda path: path, lambda path: path.as_uri()])
def test_a_path_or_file_uri_can_be_registered(source, form):
    assert spanloom.register_model(form(source), "greeter").source == str(source)


def test_a_version_of_another_model_is_registered_without_a_copy(source):
    first = spanloom.register_model(source, "greeter")
    models.set_registered_model_alias("greeter", "champion", 1)
    second = spanloom.register_model("models:/greeter@champion", "released")
    assert (second.model_id, second.source) == (first.model_id, "models:/greeter@champion")
    models.delete_registered_model("greeter")
    assert models.load_model("models:/released/1").predict(["you"]) == ["Hello you"]
    models.delete_model_version("released", 1)
    assert kept() == []


def test_files_of_a_run_can_be_registered(source):
    with spanloom.start_run() as run:
        spanloom.log_artifacts(source, "greeting/model")
    uri = f"runs:/{run.info.run_id}/greeting/model"
    assert spanloom.register_model(uri, "greeter").source == uri
    assert models.load_model("models:/greeter/1").predict(["you"]) == ["Hello you"]
    with pytest.raises(ArtifactError, match="no artifact 'nothing'; there are: greeting; logged models: none"):
        spanloom.register_model(f"runs:/{run.info.run_id}/nothing", "greeter")


@pytest.mark.parametrize("what", ["nothing", "."])
def test_what_is_no_model_registers_nothing(tmp_path, what):
    with pytest.raises(ModelError, match=r"no such folder|no file MLmodel"):
        spanloom.register_model(tmp_path / what, "greeter")
    assert (spanloom.search_registered_models(), kept()) == ([], [])


def test_a_damaged_model_registers_nothing(source):
    write_digests(source)
    (source / "word.txt").write_text("Bye")
    with pytest.raises(DamagedModelError, match=r"word\.txt was changed"):
        spanloom.register_model(source, "greeter")
    assert (spanloom.search_registered_models(), kept()) == ([], [])


def test_a_file_that_cannot_be_copied_registers_nothing(source):
    (source / "gone.txt").symlink_to(source / "nowhere")
    with pytest.raises(ArtifactError, match=r"gone\.txt can't be copied: it is a link to nothing"):
        spanloom.register_model(source, "greeter")
    assert (spanloom.search_registered_models(), kept()) == ([], [])


CRASH = """
import os, signal, shutil, sys, spanloom
spanloom.configure(store=sys.argv[1])
copy = shutil.copyfile

def die(source, target):
    copy(source, target)
    os.kill(os.getpid(), signal.SIGKILL)

shutil.copyfile = die
spanloom.register_model(sys.argv[2], "greeter")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system can't kill a process without its notice")
def test_a_process_that_dies_while_it_copies_leaves_no_model(store, source):
    died = subprocess.run([sys.executable, "-c", CRASH, f"sqlite:///{store}", str(source)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert spanloom.search_registered_models() == []
    assert [name for name in kept() if name.startswith("m-")] == []
    assert spanloom.register_model(source, "greeter").version == 1


def test_a_folder_that_was_changed_is_refused(source):
    version = spanloom.register_model(source, "greeter")
    folder = models.resolve(version.uri)
    (folder / "word.txt").write_text("Bye")
    with pytest.raises(DamagedModelError, match=r"word\.txt was changed"):
        models.load_model(version.uri)
    write_digests(folder)  # as somebody would who wants it to look whole
    with pytest.raises(DamagedModelError, match="is not what was registered"):
        models.load_model(version.uri)
    with pytest.raises(DamagedModelError, match="is not what was registered"):
        spanloom.register_model(version.uri, "released")
    assert [model.name for model in spanloom.search_registered_models()] == ["greeter"]


def test_files_that_are_elsewhere_are_missed_and_told(source, tmp_path):
    spanloom.register_model(source, "greeter")
    spanloom.configure(artifact_location=str(tmp_path / "elsewhere"))
    with pytest.raises(ModelError, match=r"are not below .*elsewhere: spanloom\.configure\(artifact_location"):
        models.load_model("models:/greeter/1")
    assert spanloom.register_model(source, "greeter").version == 2
    assert models.load_model("models:/greeter/2").predict(["you"]) == ["Hello you"]


def test_deleting_removes_the_files_of_copies(source):
    versions = [spanloom.register_model(source, "greeter") for _ in range(3)]
    models.delete_model_version("greeter", 2)
    assert kept() == sorted(versions[place].model_id for place in (0, 2))
    with pytest.raises(NotFoundError, match="no logged model"):
        models.get_logged_model(versions[1].model_id)
    models.delete_registered_model("greeter")
    assert kept() == []


def test_a_delete_that_fails_removes_no_files(store, source):
    import sqlite3

    version = spanloom.register_model(source, "greeter")
    with sqlite3.connect(store) as connection:
        connection.execute("CREATE TRIGGER keep BEFORE DELETE ON kept_models BEGIN SELECT RAISE(ABORT, 'kept'); END")
    connection.close()
    with pytest.raises(Exception, match="kept"):
        models.delete_registered_model("greeter")
    assert models.resolve(version.uri).is_dir()


def test_files_that_vanished_can_still_be_deleted(source):
    version = spanloom.register_model(source, "greeter")
    shutil.rmtree(models.resolve(version.uri))
    models.delete_registered_model("greeter")
    assert spanloom.search_registered_models() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such paths")
def test_a_folder_may_be_called_like_a_uri(plain_model, monkeypatch, tmp_path):
    plain_model(name="models:/x")
    monkeypatch.chdir(tmp_path)
    assert spanloom.register_model("./models:/x", "greeter").version == 1


@pytest.mark.parametrize("use", [models.resolve, lambda uri: spanloom.register_model(uri, "other")])
def test_a_model_that_is_deleted_while_it_is_used_is_not_found(use, source, monkeypatch):
    version = spanloom.register_model(source, "greeter")

    def deleted_before(model):
        models.delete_registered_model("greeter")
        return keeping.folder_of(model)

    for module in (registration, resolution):
        monkeypatch.setattr(module, "folder_of", deleted_before)
    with pytest.raises(NotFoundError, match="greeter"):
        use(version.uri)
