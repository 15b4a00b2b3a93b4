#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox"]
# ///
from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import nox

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
SOURCES = ("core", "autolog", "adapters", "tests", "docs", "examples", "benchmarks", "noxfile.py")

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True


def load_plugins() -> dict[str, Any]:
    """Import the plugin objects from the checkout; they need nothing but the standard library."""
    sys.path[:0] = [str(ROOT / "core"), str(ROOT / "autolog")]
    references = PYPROJECT["project"]["entry-points"]["spanloom.autolog"].values()
    pairs = (reference.split(":") for reference in references)
    plugins = (getattr(importlib.import_module(module), attribute) for module, attribute in pairs)
    return {plugin.name: plugin for plugin in plugins}


PLUGINS = load_plugins()


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group."""
    return nox.project.dependency_groups(PYPROJECT, name)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, formatting, and the one-way imports between the floors of the house."""
    session.install("-e", ".", *group("lint"))
    session.run("ruff", "check", *SOURCES)
    session.run("ruff", "format", "--check", *SOURCES)
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check everything with mypy --strict, and the public API with pyright, too."""
    session.install("-e", ".[all]", *group("types"), *group("test"))
    session.run("mypy")
    session.run("pyright", "tests/typing")


@nox.session
def tests(session: nox.Session) -> None:
    """Test the core alone: no framework is installed."""
    session.install("-e", ".[cli,cost,pandas,postgresql]", *group("test"))
    session.run("pytest", "tests/core", "tests/schemas", *session.posargs)


@nox.session
@nox.parametrize("version", ["oldest", "latest"])
@nox.parametrize("plugin", sorted(PLUGINS))
def frameworks(session: nox.Session, plugin: str, version: str) -> None:
    """Test one framework's plugin and adapter at both ends of the versions that the plugin declares."""
    declared = PLUGINS[plugin]
    folders = [folder for kind in ("autolog", "adapters") if (folder := ROOT / "tests" / kind / plugin).is_dir()]
    requirements = [path for folder in folders if (path := folder / "requirements.txt").is_file()]
    oldest = re.search(r">=\s*([\d.]+)", declared.requires)
    assert oldest, f"{plugin}: `requires` names no oldest version"
    pins = [f"{declared.package}~={oldest[1]}.0"] if version == "oldest" else []
    session.install("-e", f".[{plugin},models]", *group("test"), *pins, *(f"-r{path}" for path in requirements))
    session.run("pytest", *map(str, folders), *session.posargs)
    if (ROOT / "tests/conformance/autolog/drivers" / f"{plugin}.py").is_file():
        session.run("pytest", "tests/conformance/autolog", "--framework", plugin, *session.posargs)
    session.run("pytest", "tests/conformance/adapters", "--plugin", plugin, *session.posargs)


@nox.session
def integration(session: nox.Session) -> None:
    """Test what needs several frameworks: the wire, the scripted server, the command line, bridges, plain functions."""
    session.install("-e", ".[demo,models,opentelemetry,prompts,pydantic-ai]", *group("test"))
    folders = ("schemas", "testing", "cli", "autolog/opentelemetry", "adapters/callable")
    session.run("pytest", *(f"tests/{folder}" for folder in folders), *session.posargs)
    session.run("pytest", "tests/conformance/adapters", "--framework", "callable", *session.posargs)


@nox.session
def improvement(session: nox.Session) -> None:
    """Test what makes agents better, and ships them: runs, prompts, evaluation, recorded calls, models."""
    extras = "demo,evaluation,mcp,models,openai-agents,parquet,postgresql,prompts,server"
    clients = ("httpx", "requests", "pytest-asyncio", "pytest-xdist")
    session.install("-e", f".[{extras}]", *group("test"), *clients)
    folders = ("tracking", "prompts", "evaluation", "cassettes", "models")
    session.run("pytest", *(f"tests/{folder}" for folder in folders), *session.posargs)


@nox.session
def server(session: nox.Session) -> None:
    """Test the agent server and the viewer: official clients, frameworks as clients, fuzzed, in a real browser."""
    session.install("-e", ".[cli,openai-agents,server]", *group("test"), "-r", "tests/serving/requirements.txt")
    session.run("pytest", "tests/serving", "tests/viewer", *session.posargs)


@nox.session
def otlp(session: nox.Session) -> None:
    """Test shipping and receiving spans: the exporter and the collector, with real clients and a real receiver."""
    requirements = ("-r", "tests/otlp/requirements.txt", "-r", "tests/collector/requirements.txt")
    session.install("-e", ".[cli,otlp,server]", *group("test"), *requirements)
    session.run("pytest", "tests/otlp", "tests/collector", *session.posargs)


@nox.session
def mlflow(session: nox.Session) -> None:
    """Test that models go both ways with the real MLflow."""
    session.install("-e", ".[cli,mlflow,openai-agents,server]", *group("test"), "httpx")
    session.run("pytest", "tests/adapters/mlflow", *session.posargs)


@nox.session
def ray(session: nox.Session) -> None:
    """Test evaluation and prediction on a real Ray cluster, a local one."""
    session.install("-e", ".[cli,models,openai,parquet,ray]", *group("test"))
    files = ("tests/evaluation/test_ray_engine.py", "tests/models/test_batch_predict_on_ray.py")
    session.run("pytest", *files, *session.posargs)


@nox.session
def spark(session: nox.Session) -> None:
    """Test models as functions of a real Spark, in local mode; without Java its tests are skipped."""
    session.install("-e", ".[spark]", *group("test"))
    session.run("pytest", "tests/spark", *session.posargs)


@nox.session
def examples(session: nox.Session) -> None:
    """Run every example as it stands, with all frameworks installed."""
    session.install("-e", ".[all]", "-r", "examples/requirements.txt")
    session.cd(session.create_tmp())
    for example in sorted((ROOT / "examples").glob("*.py")):
        session.run("python", str(example))


@nox.session
def docs(session: nox.Session) -> None:
    """Do what the pages say, the one from notebook to production foremost."""
    extras = "cli,evaluation,langchain,langgraph,models,openai,parquet,prompts,server"
    session.install("-e", f".[{extras}]", *group("test"), "langchain-openai>=1.1,<2", "sybil>=9")
    session.run("pytest", "docs", *session.posargs)


@nox.session
def minimal(session: nox.Session) -> None:
    """Check that `import spanloom` and the trace API work with no extra."""
    session.install("-e", ".")
    session.run("python", "-W", "error", "tests/minimal.py")


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job as a newcomer does: installed, not editable, in an empty folder."""
    session.install(".[demo]")
    session.cd(session.create_tmp())
    session.run("spanloom", "demo")
    session.run("spanloom", "traces", "list")
    session.run("spanloom", "traces", "show", "last")


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Serve for ten minutes at 50 requests a second: no trace is lost, and memory stays flat."""
    session.run("python", "benchmarks/soak.py", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure side by side with the OpenTelemetry SDK and MLflow; fails when a budget is missed."""
    session.run("python", "benchmarks/run.py", *session.posargs)
