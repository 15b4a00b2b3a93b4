"""Virtual environments of models, built by uv and by pip, from a wheel of this test: no package index is asked."""

from __future__ import annotations

import platform
import subprocess
import zipfile
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

from spanloom.errors import ModelError
from spanloom.models.virtual_environment import build_environment

WHEEL = "tiny_greeting-1.2-py3-none-any.whl"
INFO = "tiny_greeting-1.2.dist-info"
uv = pytest.param("uv", marks=pytest.mark.skipif(not (which("uv") or find_spec("uv")), reason="uv is not installed"))


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package, where both installers look for packages, and nowhere else."""
    path = tmp_path / "wheels" / WHEEL
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tiny_greeting.py", "TEXT = 'hello'\n")
        file.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: tiny-greeting\nVersion: 1.2\n")
        file.writestr(
            f"{INFO}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{INFO}/RECORD", "")
    for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, str(path.parent))
    for name in ("UV_NO_INDEX", "PIP_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return path


@pytest.fixture
def model(folder: Path, wheel: Path) -> Path:
    """What of a model's folder matters here."""
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {python_function: {loader_module: spanloom.models.loader}}\n")
    (folder / "python_env.yaml").write_text(
        f"python: {platform.python_version()}\ndependencies: [-r requirements.txt]\n"
    )
    (folder / "requirements.txt").write_text("tiny-greeting==1.2  # the only one\n")
    return folder


@pytest.fixture
def spanloom_wheel(wheel: Path) -> str:
    """Stands for spanloom, which is not in the folder of wheels."""
    path = wheel.with_name("spanloom-0.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("spanloom-0.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: spanloom\nVersion: 0.0\n")
        file.writestr(
            "spanloom-0.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        file.writestr("spanloom-0.0.dist-info/RECORD", "")
    return str(path)


@pytest.mark.parametrize("manager", [uv, "pip"])
def test_an_environment_has_what_the_model_was_saved_with_and_is_built_once(model, spanloom_wheel, manager):
    told: list[str] = []
    built = build_environment(model, manager=manager, extra=[spanloom_wheel], report=told.append)
    assert not built.reused
    assert any(line.startswith(f"{manager} installs") for line in told)
    code = "import tiny_greeting, importlib.metadata as m; print(tiny_greeting.TEXT, m.version('spanloom'))"
    said = subprocess.run([built.python, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["hello", "0.0"]
    again = build_environment(model, manager=manager, extra=[spanloom_wheel])
    assert (again.path, again.reused) == (built.path, True)


@pytest.mark.parametrize("manager", [uv, "pip"])
def test_a_package_that_no_index_has_is_named(model, tmp_path, spanloom_wheel, manager):
    (model / "requirements.txt").write_text("no-such-greeting==9\n")
    with pytest.raises(ModelError, match="no package index has no-such-greeting"):
        build_environment(model, tmp_path / "built", manager=manager, extra=[spanloom_wheel])


@pytest.mark.parametrize("manager", [uv, "pip"])
@pytest.mark.parametrize("version", ["3.4", "3.99"])
def test_a_python_that_is_not_here_is_named(model, tmp_path, manager, version):
    (model / "python_env.yaml").write_text(f"python: {version}.2\n")
    with pytest.raises(ModelError, match=rf"was saved by Python {version}, which is not on this machine"):
        build_environment(model, tmp_path / "built", manager=manager)


def test_a_release_of_spanloom_that_no_index_has_is_told_with_the_way_out(model, tmp_path):
    with pytest.raises(ModelError, match=r"give its wheel or its source folder, --with PATH"):
        build_environment(model, tmp_path / "built", manager="pip")


@pytest.mark.parametrize("manager", [uv, "pip"])
def test_constraints_are_those_of_the_folder(model, tmp_path, spanloom_wheel, manager):
    (model / "requirements.txt").write_text("tiny-greeting\n-c constraints.txt\n")
    (model / "constraints.txt").write_text("tiny-greeting==1.2\n")
    build_environment(model, tmp_path / "built", manager=manager, extra=[spanloom_wheel])
    (model / "constraints.txt").write_text("tiny-greeting==1.3\n")
    with pytest.raises(ModelError, match=r"tiny-greeting==1\.3"):
        build_environment(model, tmp_path / "other", manager=manager, extra=[spanloom_wheel])


def test_a_folder_of_someone_else_is_left_alone(model, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ModelError, match="was not made by build-env"):
        build_environment(model, mine)
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_an_unknown_installer_is_refused(model):
    with pytest.raises(ModelError, match="expected 'uv' or 'pip'"):
        build_environment(model, manager="poetry")
