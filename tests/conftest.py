from __future__ import annotations

import os

os.environ["SPANLOOM_STRICT"] = "1"

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.testing import reset

# Shells start commands in the background deaf to Ctrl-C, and processes inherit that; many tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "shared_buffers=32MB")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Path]:
    """Every test has a store of its own, and leaves the process as it found it."""
    path = tmp_path / "spanloom.db"
    spanloom.configure(store=f"sqlite:///{path}")
    yield path
    reset()


_GREETING = """
class Greeting:
    def __init__(self, word):
        self.word = word

    def predict(self, model_input, params=None):
        return [f"{self.word} {each}" for each in model_input]


def _load_pyfunc(path):
    with open(path) as file:
        return Greeting(file.read())
"""


@pytest.fixture
def plain_model(tmp_path: Path) -> Callable[..., Path]:
    """Writes the folder of a model by hand, in no time: a registry keeps those that others saved, too."""
    pytest.importorskip("yaml", reason="pip install 'spanloom[models]'")
    from spanloom.models import Model, add_to_model

    def write(word: str = "Hello", name: str = "source") -> Path:
        folder = tmp_path / name
        (folder / "code").mkdir(parents=True)
        (folder / "code" / "greeting.py").write_text(_GREETING)
        (folder / "word.txt").write_text(word)
        model = add_to_model(Model(), "greeting", data="word.txt", code="code")
        (folder / "MLmodel").write_text(model.to_yaml())
        return folder

    return write


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The folder of the socket of a server that lives as long as the tests; its user `postgres` needs no password."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'spanloom[postgresql]'")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or [shutil.which("postgres")]
    if programs[-1] is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    initdb, server = (str(Path(programs[-1]).with_name(name)) for name in ("initdb", "postgres"))
    account: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        if os.getuid() == 0:  # it refuses to run as root
            import pwd

            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        account["cwd"] = folder
        created = subprocess.run(
            [initdb, "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            capture_output=True,
            text=True,
            check=False,
            **account,
        )
        assert created.returncode == 0, created.stderr
        options = [part for setting in (*_SETTINGS, f"unix_socket_directories={folder}") for part in ("-c", setting)]
        with (
            open(f"{folder}/log", "wb") as log,  # noqa: PTH123 - as above
            subprocess.Popen([server, "-D", f"{folder}/data", *options], stderr=log, **account) as running,
        ):
            try:
                _wait(running, folder)
                yield folder
            finally:
                running.terminate()


def _wait(running: subprocess.Popen[bytes], folder: str) -> None:
    import psycopg

    while True:
        assert running.poll() is None, Path(folder, "log").read_text(encoding="utf-8")
        try:
            psycopg.connect(host=folder, user="postgres").close()
        except psycopg.OperationalError:
            continue
        return


@pytest.fixture
def new_database(postgresql_server: str) -> Iterator[Callable[[str], str]]:
    """Makes databases of these names, and returns the URL of each."""
    import psycopg

    names: list[str] = []
    with psycopg.connect(host=postgresql_server, user="postgres", autocommit=True) as connection:

        def create(name: str) -> str:
            connection.execute(f'CREATE DATABASE "{name}"')
            names.append(name)
            return f"postgresql://postgres@/{name}?host={postgresql_server}"

        yield create
        spanloom.configure(store="sqlite://")
        for name in names:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgresql_url(new_database: Callable[[str], str]) -> str:
    """The URL of a new, empty database, in use."""
    url = new_database("traces")
    spanloom.configure(store=url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, store: Path) -> str:
    """The test runs with each engine, in a new store that is in use."""
    if request.param == "sqlite":
        return f"sqlite:///{store}"
    url: str = request.getfixturevalue("postgresql_url")
    return url
