"""Several processes with one registry, on every engine."""

from __future__ import annotations

import subprocess
import sys

import pytest

import spanloom
from spanloom import models

PRELUDE = """
import sys, spanloom
from spanloom import models
from spanloom.errors import NotFoundError

store, artifacts, source = sys.argv[1:4]
spanloom.configure(store=store, artifact_location=artifacts)
sys.stdin.readline()
"""
REGISTER = """
print(*[spanloom.register_model(source, "greeter", tags={"by": sys.argv[4]}).version for _ in range(8)])
"""
REGISTER_AND_DELETE = """
for _ in range(8):
    version = spanloom.register_model(source, "greeter")
    try:
        models.set_registered_model_alias("greeter", "champion", version.version)
        spanloom.register_model(version.uri, "other")
        models.delete_registered_model("greeter") if sys.argv[4] == "0" else models.delete_model_version("greeter", 1)
    except NotFoundError:
        pass  # the other one was faster
"""


@pytest.fixture
def at_once(store_url, tmp_path, plain_model):
    """Runs code in processes that begin together, and returns what each printed."""
    artifacts = str(tmp_path / "artifacts")
    spanloom.configure(artifact_location=artifacts)
    command = [store_url, artifacts, str(plain_model())]

    def run(code: str, count: int) -> list[str]:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", PRELUDE + code, *command, str(number)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(count)
        ]
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        ended = [process.communicate() for process in processes]
        assert [(process.returncode, errors) for process, (_, errors) in zip(processes, ended, strict=True)] == [
            (0, "")
        ] * count
        return [output for output, _ in ended]

    return run


def test_processes_that_register_at_once_get_versions_of_their_own(at_once, tmp_path):
    numbers = [list(map(int, output.split())) for output in at_once(REGISTER, 3)]
    assert sorted(number for each in numbers for number in each) == list(range(1, 25))
    stored = {version.version: version for version in spanloom.search_model_versions(filter_string="name = 'greeter'")}
    for place, each in enumerate(numbers):
        assert {stored[number].tags["by"] for number in each} == {str(place)}
    folders = {models.resolve(version.uri) for version in stored.values()}
    assert folders == set((tmp_path / "artifacts" / "models").iterdir())


def test_who_deletes_while_others_register_breaks_nothing(at_once, tmp_path):
    at_once(REGISTER_AND_DELETE, 2)
    left = spanloom.search_model_versions()
    assert {version.name for version in left} <= {"greeter", "other"}
    folders = {models.resolve(version.uri) for version in left}
    assert folders == set((tmp_path / "artifacts" / "models").iterdir())


def test_threads_that_register_at_once_get_versions_of_their_own(store_url, tmp_path, plain_model):
    from concurrent.futures import ThreadPoolExecutor

    spanloom.configure(artifact_location=str(tmp_path / "artifacts"))
    source = plain_model()
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: spanloom.register_model(source, "greeter").version, range(16)))
    assert sorted(versions) == list(range(1, 17))


def test_the_first_users_of_a_store_may_come_at_once(at_once):
    at_once("spanloom.search_registered_models(); models.search_logged_models()", 3)
    assert spanloom.search_registered_models() == []
