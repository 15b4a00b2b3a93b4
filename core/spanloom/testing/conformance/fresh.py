"""Running a driver in a process of its own, where the order of imports is known."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from spanloom.testing.conformance.driver import AgentSpec, Driver
from spanloom.testing.conformance.script import get_weather
from spanloom.testing.conformance.tree import normalized

__all__ = ["outline_in_a_fresh_process"]


def outline_in_a_fresh_process(driver: Driver, mode: str, base_url: str, when: str) -> str:
    """Ask one question in a new process and return the normalized tree.

    Args:
        driver: Its module is loaded there by its path.
        mode: `run` or `arun`.
        base_url: Of the model server.
        when: `before` or `after` the framework is imported autologging is switched on.
    """
    path, name = inspect.getfile(type(driver)), type(driver).__name__
    command = [sys.executable, "-m", __name__, path, name, mode, base_url, when]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    return done.stdout.strip("\n")


def _main(path: str, name: str, mode: str, base_url: str, when: str) -> None:
    import spanloom

    spec = importlib.util.spec_from_file_location("conformance_driver", Path(path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    driver: Driver = getattr(module, name)()
    wanted = AgentSpec(base_url, (get_weather,) if driver.kind == "agent" else ())
    with TemporaryDirectory() as folder:
        spanloom.configure(store=f"sqlite:///{folder}/spanloom.db")
        if when == "before":
            spanloom.autolog(driver.plugin)
            agent = driver.agent(wanted)
        else:
            agent = driver.agent(wanted)
            spanloom.autolog(driver.plugin)
        if mode == "run":
            driver.run(agent, "Paris?")
        else:
            asyncio.run(driver.arun(agent, "Paris?"))
        for trace in spanloom.search_traces():
            print(normalized(trace, driver.intermediate))  # noqa: T201 - the parent reads it
        spanloom.testing.reset()


if __name__ == "__main__":
    _main(*sys.argv[1:])
