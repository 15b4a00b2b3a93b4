"""Whatever is wrong with a model, `load_model` tells it as a `ModelError`, with the cause."""

from __future__ import annotations

import re

import pytest
import yaml

from spanloom.errors import DamagedModelError, IncompatibleModelError, ModelError, ModelImportError
from spanloom.models import load_model, save_model
from spanloom.models.digests import write_digests


@pytest.fixture
def saved(script, folder):
    save_model(folder, script(), pip_requirements=[])
    return folder


def change(folder, name, content):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    write_digests(folder)


def describe(folder, **said):
    body = yaml.safe_load((folder / "MLmodel").read_text())
    flavor = body["flavors"]["python_function"]
    for key, value in said.items():
        (body if key in body else flavor)[key] = value
    change(folder, "MLmodel", yaml.safe_dump(body))


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("{}['missing']", KeyError),
        ("def broken(:", SyntaxError),
        ("import sys; sys.exit(3)", SystemExit),
        ("import json; json.nothing", AttributeError),
        ("from json import nothing", ImportError),
        ("open('no such file')", FileNotFoundError),
    ],
)
def test_a_script_that_fails_is_told_with_its_error(saved, code, cause):
    change(saved, "agent.py", code)
    with pytest.raises(ModelError, match=f"own code failed while it was loaded: {cause.__name__}") as raised:
        load_model(saved)
    assert isinstance(raised.value.__cause__, cause)


def test_what_another_version_of_a_package_has_is_told(script, folder):
    save_model(folder, script(), pip_requirements=["pydantic==1.0"])
    change(folder, "agent.py", "import pydantic\npydantic.ModelOfTomorrow")
    with pytest.raises(IncompatibleModelError, match=r"ModelOfTomorrow.*pydantic 1\.0") as raised:
        load_model(folder)
    assert isinstance(raised.value.__cause__, AttributeError)


def test_files_that_are_no_text_are_told(saved):
    change(saved, "requirements.txt", b"\xff\xfe\x00")
    with pytest.raises(DamagedModelError, match=r"requirements\.txt can't be read"):
        load_model(saved)


def test_a_script_that_is_missing_is_told(saved):
    (saved / "agent.py").unlink()
    write_digests(saved)
    with pytest.raises(DamagedModelError, match=r"script agent\.py is not in"):
        load_model(saved)


@pytest.mark.parametrize(
    "said",
    [
        {"config": [1]},
        {"artifacts": ["a"]},
        {"artifacts": {"a": {"uri": "x"}}},
        {"artifacts": {"a": "x"}},
        {"code": 5},
        {"model_code_path": ["agent.py"]},
        {"metadata": "text"},
        {"saved_input_example_info": "text"},
        {"signature": {"inputs": '[{"name": "x"}]'}},
        {"signature": {"inputs": '[{"type": "array"}]'}},
        {"signature": {"inputs": "5"}},
        {"signature": {"inputs": '["x"]'}},
    ],
)
def test_a_description_that_makes_no_sense_is_told(saved, said):
    describe(saved, **said)
    if said == {"artifacts": {"a": {"uri": "x"}}}:
        said = {"path": None}
    with pytest.raises(DamagedModelError, match=re.escape(next(iter(said)))):
        load_model(saved)


def test_a_pickle_is_refused_whatever_its_file_is_called(script, folder):
    with pytest.warns(UserWarning, match="pickled"):
        save_model(folder, str.upper, allow_pickle=True)
    (folder / "python_model.pkl").rename(folder / "model.bin")
    write_digests(folder)
    describe(folder, python_model="model.bin")
    with pytest.raises(ModelError, match=r"pickled object \(model\.bin\)"):
        load_model(folder)
    describe(folder, loader_module="mlflow.pyfunc.model")
    with pytest.raises(ModelError, match=r"pickled object \(model\.bin\)"):
        load_model(folder)


def test_a_module_that_is_imported_by_importlib_is_explained(script, folder):
    path = script("import importlib\nimportlib.import_module('plug')")
    with pytest.raises(ModelImportError, match=r"'plug' is among the model's own modules.*__import__\('plug'\)"):
        save_model(folder, path, code_paths=[script("", "plug.py")])
    path = script("import spanloom\nspanloom.models.set_model(__import__('plug').f)")
    save_model(folder, path, code_paths=[script("def f(text): return text", "plug.py")])
    assert load_model(folder).predict("hi") == "hi"


def test_an_import_relative_to_the_script_is_explained(script, folder):
    tools = script("def f(text): return text", "app/tools.py")
    path = script("import spanloom\nfrom .tools import f\nspanloom.models.set_model(f)", "app/agent.py")
    with pytest.raises(ModelImportError, match=r"'tools' relative to its own folder.*tools\.py") as raised:
        save_model(folder, path, code_paths=[tools.parent])
    assert raised.value.name == "tools"
    save_model(folder, path, code_paths=[tools])
    assert load_model(folder).predict("hi") == "hi"
