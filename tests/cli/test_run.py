from __future__ import annotations

import json
import signal
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import spanloom
from spanloom.testing import ProviderServer, outline

RUN = ("-m", "spanloom", "run", "--autolog", "openai")

ASK = """
import openai, sys

client = openai.OpenAI(api_key="unused")
completion = client.chat.completions.create(model=sys.argv[1], messages=[{"role": "user", "content": "hi"}])
"""

CHILDREN = """
import multiprocessing, os, subprocess, sys

def ask(model):
    import runpy
    sys.argv = ["ask.py", model]
    runpy.run_path("ask.py")

if __name__ == "__main__":
    subprocess.run([sys.executable, "ask.py", "subprocess"], check=True)
    os.chdir("elsewhere")
    os.symlink("../ask.py", "ask.py")
    for method in ("spawn", "forkserver", "fork"):
        process = multiprocessing.get_context(method).Process(target=ask, args=(method,))
        process.start()
        process.join()
        assert process.exitcode == 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    return folder


@pytest.fixture
def python(environment: dict[str, str], folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in the program's folder, its output in pipes."""

    def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env={**environment, **changed},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def model_server() -> Iterator[dict[str, str]]:
    """What makes a program's OpenAI client find a scripted server."""
    pytest.importorskip("openai")
    with ProviderServer() as server:
        yield {"OPENAI_BASE_URL": server.base_url}


def models_asked() -> list[str]:
    """Return the model of each trace, oldest first; each is one model call."""
    traces = reversed(spanloom.search_traces())
    return [outline(trace).split()[2] for trace in traces if len(trace.data.spans) == 1]


TELL = """
import json, os, sys
known = {name: getattr(sys, name) for name in ("argv", "path", "flags", "warnoptions", "_xoptions")}
print(json.dumps({**known, "names": sorted(globals()), "main": __name__, "spec": getattr(__spec__, "name", None),
    "file": __file__, "module": sys.modules["__main__"].__file__, "folder": os.getcwd()}))
"""


@pytest.mark.parametrize(
    "command",
    [
        ("tell.py", "--store", "x", "-m", "--", "--help"),
        ("-m", "tell", "--autolog", "x", "--help"),
        ("-m", "package", "x"),
        ("package",),
    ],
    ids=" ".join,
)
def test_the_program_finds_everything_as_plain_python_has_it(python, folder: Path, command: tuple[str, ...]):
    (folder / "tell.py").write_text(TELL)
    (folder / "package").mkdir()
    (folder / "package" / "__main__.py").write_text(TELL)
    flags = ("-X", "dev", "-W", "error::UserWarning", "-O")
    plain = python(*flags, *command)
    traced = python(*flags, *RUN, *command)
    assert (traced.returncode, traced.stderr) == (0, "")
    assert json.loads(traced.stdout) == json.loads(plain.stdout)


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(3)",
        "raise SystemExit('no way')",
        "def f(): return 1 / 0\nf()",
        "import os; os._exit(5)",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
        "import atexit; atexit.register(print, 'bye'); print('out')",
        "nonsense here",
    ],
)
def test_the_program_ends_as_under_plain_python(python, folder: Path, program: str):
    (folder / "program.py").write_text(program + "\n")
    plain = python("program.py")
    traced = python(*RUN, "program.py")
    assert (traced.returncode, traced.stdout, traced.stderr) == (plain.returncode, plain.stdout, plain.stderr)


def test_ctrl_c_reaches_the_program_itself(environment: dict[str, str], folder: Path):
    (folder / "program.py").write_text(
        "import signal, sys\n"
        "try:\n"
        "    print('ready', flush=True)\n"
        "    signal.pause()\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit('tidied up')\n"
    )
    process = subprocess.Popen(
        [sys.executable, *RUN, "program.py"],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A suite that runs in the background inherits a SIGINT that is ignored, and so would the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread of ours runs then
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (1, "tidied up\n")


def test_an_unchanged_program_is_traced(python, folder: Path, model_server: dict[str, str]):
    (folder / "ask.py").write_text(ASK)
    finished = python(*RUN, "--experiment", "trial", "ask.py", "gpt-5", **model_server)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    [trace] = spanloom.search_traces(experiment="trial")
    [span] = trace.data.spans
    assert (span.span_type, span.name) == ("CHAT_MODEL", "chat gpt-5")


def test_without_names_every_installed_framework_is_traced(python, folder: Path, model_server: dict[str, str]):
    (folder / "ask.py").write_text(ASK)
    assert python("-m", "spanloom", "run", "ask.py", "gpt-5", **model_server).stderr == ""
    assert models_asked() == ["gpt-5"]


def test_a_plugin_that_was_not_named_stays_off(python, folder: Path, model_server: dict[str, str]):
    pytest.importorskip("langchain_core")
    (folder / "ask.py").write_text(ASK)
    assert python(*RUN[:-1], "langchain", "ask.py", "gpt-5", **model_server).returncode == 0
    assert models_asked() == []


def test_child_processes_are_traced_into_the_same_store(python, folder: Path, model_server: dict[str, str]):
    (folder / "ask.py").write_text(ASK)
    (folder / "elsewhere").mkdir()
    (folder / "children.py").write_text(CHILDREN)
    finished = python(*RUN, "--store", "sqlite:///traces.db", "children.py", **model_server)
    assert (finished.returncode, finished.stderr) == (0, "")
    spanloom.configure(store=f"sqlite:///{folder}/traces.db")
    assert models_asked() == ["subprocess", "spawn", "forkserver", "fork"]


@pytest.mark.parametrize(
    ("own", "outcome"),
    [
        ("import sys\nsys.own = 'ran'\n", (0, "ran True\n")),
        ("import sys\nsys.own = 'ran'\nimport nothing_of_that_name\n", (0, "ran False\n")),
    ],
)
def test_the_programs_own_sitecustomize_still_runs(python, folder: Path, own: str, outcome: tuple[int, str]):
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(own)
    (folder / "program.py").write_text(
        "import sys\n"
        "print(sys.own, sys.modules.get('sitecustomize') is not None)\n"
        "from spanloom.instrument.registry import installations\n"
        "assert 'openai' in installations\n"
    )
    finished = python(*RUN, "program.py", PYTHONPATH=str(folder / "site"))
    assert (finished.returncode, finished.stdout) == outcome
    assert ("nothing_of_that_name" in finished.stderr) == ("nothing_of_that_name" in own)


def test_a_script_that_is_not_there_is_told_before_anything_runs(python):
    finished = python(*RUN, "nowhere.py")
    assert finished.returncode == 1
    assert finished.stderr.startswith("Error: there is no script 'nowhere.py' in ")
    assert "spanloom run -m python3" in python(*RUN, "python3").stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--autolog", "opnai,openai"), "no autolog plugin is named 'opnai'; did you mean 'openai'?"),
        (("--store", "sqlite:///nowhere/traces.db"), "its folder does not exist"),
        (("--store", "traces.db"), "'traces.db' names no trace store"),
    ],
)
def test_a_wrong_option_is_told_before_anything_runs(python, folder: Path, options: tuple[str, ...], problem: str):
    (folder / "program.py").write_text("print('it runs')\n")
    finished = python("-m", "spanloom", "run", *options, "program.py")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert problem in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_python_that_ignores_the_environment_is_an_error(python, folder: Path):
    (folder / "program.py").write_text("print('it runs')\n")
    finished = python("-I", *RUN, "program.py")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "leave them out" in finished.stderr


def test_importing_spanloom_follows_the_environment(python, folder: Path, model_server: dict[str, str]):
    (folder / "worker.py").write_text("import spanloom\n" + ASK)
    assert python("worker.py", "gpt-5", SPANLOOM_AUTOLOG="openai", **model_server).stderr == ""
    assert models_asked() == ["gpt-5"]


def test_a_misspelt_name_in_the_environment_is_reported_once_and_costs_only_itself(python):
    program = (
        "import spanloom; from spanloom.instrument import registry; import spanloom; print(*registry.installations)"
    )
    finished = python("-c", program, SPANLOOM_AUTOLOG="opnai, openai")
    assert (finished.returncode, finished.stdout) == (0, "openai\n")
    assert finished.stderr.count("\n") == 1
    assert "SPANLOOM_AUTOLOG=opnai, openai: no autolog plugin is named 'opnai'; did you mean" in finished.stderr


def test_an_empty_variable_switches_nothing_on(python):
    program = "import spanloom, sys; print('spanloom.instrument' in sys.modules)"
    assert python("-c", program, SPANLOOM_AUTOLOG="").stdout == "False\n"


def test_the_command_line_itself_is_not_autologged(python):
    program = (
        "import atexit, sys; from spanloom.cli import main; from spanloom.instrument.registry import installations\n"
        "print(*installations)\n"
        "atexit.register(lambda: print(*installations, 'none'))\n"
        "sys.argv[1:] = ['--version']\n"
        "main()\n"
    )
    finished = python("-c", program, SPANLOOM_AUTOLOG="openai")
    assert finished.stdout.splitlines() == ["openai", f"spanloom {spanloom.__version__}", "none"]


def test_a_child_of_another_environment_is_left_alone(python, folder: Path):
    venv.create(folder / "other")
    (folder / "program.py").write_text(
        "import subprocess\n"
        'code = \'import sys; print("spanloom" in sys.modules, [p for p in sys.path if "startup" in p])\'\n'
        "subprocess.run(['other/bin/python', '-c', code], check=True)\n"
    )
    finished = python(*RUN, "program.py")
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "False []\n", "")
