"""Damage, missing parts and other versions are told apart, and a failed save leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from spanloom.errors import (
    ArtifactError,
    DamagedModelError,
    IncompatibleModelError,
    ModelError,
    ModelImportError,
)
from spanloom.models import load_model, log_model, model_digest, resolve, save_model, search_logged_models
from spanloom.models.digests import write_digests


def edit(folder: Path, **flavor: object) -> None:
    body = yaml.safe_load((folder / "MLmodel").read_text())
    body["flavors"]["python_function"].update(flavor)
    (folder / "MLmodel").write_text(yaml.safe_dump(body))
    write_digests(folder)


def test_a_changed_or_missing_file_is_named(script, folder):
    save_model(folder, script())
    digest = model_digest(folder)
    assert len(digest) == 64
    (folder / "agent.py").write_text("print('evil')")
    (folder / "conda.yaml").unlink()
    with pytest.raises(DamagedModelError, match=r"agent\.py was changed \(wrong digest\); conda\.yaml is missing"):
        load_model(folder)


def test_a_file_that_came_later_does_no_harm(script, folder):
    save_model(folder, script())
    (folder / "registered_model_meta").write_text("model_name: x")
    assert load_model(folder).predict({"input": "hi"})


def test_a_module_that_came_later_is_told_for_it_would_be_imported(script, folder):
    save_model(folder, script(), code_paths=[script("", "tools.py")])
    (folder / "code/__pycache__").mkdir()
    (folder / "code/__pycache__/tools.cpython-311.pyc").write_bytes(b"")
    load_model(folder)
    (folder / "code/pydantic.py").write_text("")
    with pytest.raises(DamagedModelError, match=r"code/pydantic\.py was added"):
        load_model(folder)


@pytest.mark.parametrize("content", ["", "[]", "flavors: [", "flavors: {}"])
def test_an_mlmodel_that_makes_no_sense_is_told(folder, content):
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text(content)
    with pytest.raises(ModelError, match=r"MLmodel|python_function"):
        load_model(folder)


def test_what_is_no_model_is_told(tmp_path):
    with pytest.raises(ModelError, match="no such folder"):
        load_model(tmp_path / "nothing")
    with pytest.raises(ModelError, match="no file MLmodel"):
        load_model(tmp_path)
    with pytest.raises(ModelError, match="unknown kind of URI"):
        load_model("s3://bucket/model")


def test_a_file_uri_and_a_run_uri_are_found(script, folder):
    import spanloom

    save_model(folder, script())
    assert resolve(folder.as_uri()) == folder
    with spanloom.start_run() as run:
        spanloom.log_artifacts(folder, "agent")
    assert load_model(f"runs:/{run.info.run_id}/agent").predict({"input": "hi"})


def test_an_existing_folder_is_left_as_it_is(script, folder):
    folder.mkdir(parents=True)
    (folder / "mine").write_text("keep")
    with pytest.raises(ArtifactError, match="exists already; give another path, or delete it first"):
        save_model(folder, script())
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_a_module_of_the_working_directory_does_not_hide_that_it_is_missing(script, folder, monkeypatch):
    path = script("import neighbour\nimport spanloom\nspanloom.models.set_model(neighbour.f)")
    neighbour = script("def f(text): return text", "neighbour.py")
    monkeypatch.chdir(path.parent)
    with pytest.raises(ModelImportError, match=r"the module 'neighbour'.*code_paths"):
        save_model(folder, path)
    assert list(folder.parent.iterdir()) == []
    save_model(folder, path, code_paths=[neighbour])
    assert load_model(folder).predict("hi") == "hi"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("x = 1", "agent.py sets no model"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("import os; os._exit(3)", "status 3"),
        ("import spanloom; spanloom.models.set_model(object())", "can't be a model"),
        ("import spanloom; spanloom.models.set_model(spanloom.ResponsesAgent)", "not its class"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_script_that_can_not_be_loaded_is_told_and_nothing_is_left(script, folder, code, said):
    with pytest.raises(ModelError, match=said):
        save_model(folder, script(code))
    assert list(folder.parent.iterdir()) == []


def test_a_model_that_fails_on_its_example_is_saved_with_a_warning(script, folder):
    path = script("import spanloom\ndef f(text): raise RuntimeError('no network')\nspanloom.models.set_model(f)")
    with pytest.warns(UserWarning, match="no network"):
        save_model(folder, path, input_example="hi")
    with pytest.raises(RuntimeError, match="no network"):
        load_model(folder).predict("hi")


def test_a_process_that_dies_while_saving_leaves_no_half_model(script, folder):
    path = script("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    code = f"from spanloom.models import save_model; save_model({str(folder)!r}, {str(path)!r})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=dict(os.environ))
    assert ended.returncode == -signal.SIGKILL
    assert not folder.exists()
    save_model(folder, script())
    assert load_model(folder).predict({"input": "hi"})


def test_a_process_that_dies_while_logging_leaves_no_model(script, store):
    path = script("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    code = f"from spanloom.models import log_model; log_model('agent', {str(path)!r})"
    environment = {**os.environ, "SPANLOOM_STORE": f"sqlite:///{store}"}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=environment)
    assert ended.returncode == -signal.SIGKILL
    assert search_logged_models() == []
    assert not list(store.parent.glob("**/m-*"))
    assert load_model(log_model("agent", script()).model_uri).predict({"input": "hi"})


def test_of_two_writers_of_one_folder_one_wins_and_the_other_is_told(script, folder, tmp_path):
    path = script(f"""
        import time
        from pathlib import Path
        import spanloom

        meet = Path({str(tmp_path)!r}) / "meet"  # both have begun before one of them ends
        meet.mkdir(exist_ok=True)
        (meet / str(time.perf_counter_ns())).touch()
        while len(list(meet.iterdir())) < 2:
            time.sleep(0.01)
        spanloom.models.set_model(str.upper)
    """)
    code = f"from spanloom.models import save_model; save_model({str(folder)!r}, {str(path)!r})"
    command = [sys.executable, "-c", code]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [writer.communicate(timeout=120)[1] for writer in writers]
    assert sorted(writer.returncode for writer in writers) == [0, 1]
    assert "ArtifactError" in "".join(errors)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert load_model(folder).predict("hi") == "HI"


def test_another_python_is_told(script, folder):
    save_model(folder, script())
    edit(folder, python_version="3.99.1")
    with pytest.warns(UserWarning, match=r"Python 3\.99\.1 \(here 3\."):
        load_model(folder)
    load_model(folder, suppress_warnings=True)
    (folder / "agent.py").write_text("new syntax of tomorrow")
    write_digests(folder)
    with pytest.raises(IncompatibleModelError, match=r"agent\.py, line 1.*3\.99\.1"):
        load_model(folder)
    edit(folder, model_code_path=None, python_model="python_model.pkl")
    with pytest.raises(IncompatibleModelError, match="was pickled by Python"):
        load_model(folder, allow_pickle=True)


def test_other_versions_of_packages_are_told(script, folder):
    save_model(folder, script(), pip_requirements=["pydantic==1.0", "no-such-thing==2.0"])
    with pytest.warns(UserWarning, match=r"pydantic 1\.0 \(here .*\), no-such-thing 2\.0 \(not installed here\)"):
        load_model(folder)
    (folder / "agent.py").write_text("from pydantic import ModelOfTomorrow")
    write_digests(folder)
    with pytest.raises(IncompatibleModelError, match=r"ModelOfTomorrow.*pydantic 1\.0"):
        load_model(folder)


def test_a_module_that_is_missing_at_load_is_named(script, folder):
    save_model(folder, script())
    (folder / "agent.py").write_text("import module_of_elsewhere")
    write_digests(folder)
    with pytest.raises(ModelImportError, match=r"'module_of_elsewhere'.*pip install -r") as raised:
        load_model(folder)
    assert raised.value.name == "module_of_elsewhere"


def test_unknown_configuration_is_refused(script, folder):
    save_model(folder, script(), model_config={"temperature": 0})
    with pytest.raises(ModelError, match="unknown 'temprature'; the model was saved with 'temperature'"):
        load_model(folder, model_config={"temprature": 1})
