"""The processes of a server measurement, seen from the driver."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from environments import clean_environ

__all__ = ["Load", "Server"]

_STOP_SECONDS = 300


class Server:
    """A contender that serves in a process and a folder of its own, which is gone after the `with` block.

    Args:
        python: Of its environment.
        module: Which module of `measurements` serves.
        arguments: For the module.

    Attributes:
        port: Where it listens, on this machine.
        folder: Where its store is.
    """

    def __init__(self, python: Path, module: str, *arguments: str) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="spanloom-bench-")
        self.folder = Path(self._temporary.name)
        self._errors = self.folder / "stderr.txt"
        with self._errors.open("w") as errors:
            self._process = _start(python, module, *arguments, folder=self.folder, stderr=errors)
        assert self._process.stdout is not None
        self._line = self._process.stdout

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def wait(self) -> int:
        """Return the port, once it is known."""
        line = self._line.readline()
        if not line:
            raise SystemExit(f"{self._process.args!r} did not start:\n{self._errors.read_text()[-5000:]}")
        self.port = int(line)
        return self.port

    def pause(self) -> None:
        """Hold it while another contender has its turn; what it left to do, it does in its own."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has stored what it has."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        if error is not None and (written := self._errors.read_text()[-3000:]):
            error.add_note(f"what the server wrote: {written}")
        self._temporary.cleanup()


class Load:
    """The process that loads servers.

    Args:
        python: Of an environment that has httptools and uvloop.
    """

    def __init__(self, python: Path) -> None:
        self._process = _start(python, "server_load")

    def __call__(self, **command: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the load generator failed at {str(command)[:200]}")
        result: dict[str, Any] = json.loads(line)
        return result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def _start(
    python: Path, module: str, *arguments: str, folder: Path | None = None, stderr: Any = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(python), "-m", f"measurements.{module}", *arguments],
        cwd=folder,
        env=clean_environ(PYTHONPATH=str(Path(__file__).resolve().parent.parent)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
