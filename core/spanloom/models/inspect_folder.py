"""Starting the inspection of a model's folder, and reading what it found."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from spanloom.errors import ModelError, ModelImportError
from spanloom.models.signature import ModelSignature

__all__ = ["Inspection", "inspect_folder"]

_TIMEOUT_S: Final = 600
_MAX_ERROR_CHARACTERS: Final = 4000


@dataclass(frozen=True)
class Inspection:
    """What was seen when the model was loaded and answered its input example.

    Attributes:
        streamable: Whether it streams.
        requirements: What it imported, pinned.
        task: The interface it has, if it is a standard agent.
        signature: What it takes and gives.
        hinted: Whether that is what its annotations say.
    """

    streamable: bool
    requirements: list[str] = field(default_factory=list)
    task: str | None = None
    signature: ModelSignature | None = None
    hinted: bool = False


def inspect_folder(folder: Path) -> Inspection:
    """Load the model in a new Python process, and let it answer its input example.

    The process starts in an empty folder and does not look into the caller's: what the model needs must be in its
    folder or installed.

    Raises:
        ModelError: If it can't be loaded.
        ModelImportError: If that is for a missing module.
    """
    with TemporaryDirectory() as empty:
        body = _run(folder, Path(empty))
    if "error" in body:
        raise _load_error(body["error"])
    if "example_error" in body:
        error = body["example_error"]
        warnings.warn(
            f"the model failed on its input example ({error['type']}: {error['message'][:500]}); its requirements are "
            "those of loading it only",
            stacklevel=3,
        )
    if body["homeless"]:
        warnings.warn(
            f"the model imports {', '.join(body['homeless'])}, which no installed package brings: add it to code_paths "
            "or it will be missing elsewhere",
            stacklevel=3,
        )
    signature = ModelSignature.from_dict(body["signature"]) if body.get("signature") else None
    return Inspection(
        body["streamable"], body["requirements"], body.get("task"), signature, hinted=body.get("hinted", False)
    )


def _run(folder: Path, empty: Path) -> dict[str, Any]:
    report = empty / "report.json"
    command = [sys.executable, "-P", "-m", "spanloom.models.inspection", str(folder.absolute()), str(report)]
    said = empty / "said.txt"  # a file: processes that the model has started would keep a pipe open
    status = _run_alone(command, empty, said)
    if not report.is_file():
        text = said.read_text(encoding="utf-8", errors="replace")[-_MAX_ERROR_CHARACTERS:]
        raise ModelError(f"the process that loads the model ended with status {status}:\n{text}")
    body: dict[str, Any] = orjson.loads(report.read_bytes())
    return body


def _run_alone(command: list[str], folder: Path, said: Path) -> int:
    """Run a command, end what it leaves running, and return its status."""
    environment = {name: value for name, value in os.environ.items() if name != "SPANLOOM_AUTOLOG"}
    with said.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
    try:
        return process.wait(_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"the model was not loaded, and its input example not answered, in {_TIMEOUT_S} s") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _load_error(error: dict[str, Any]) -> ModelError:
    if error["type"] == "ModelImportError":
        return ModelImportError(error["message"], name=error["module"])
    if error["module"]:
        return ModelImportError(
            f"the model needs the module {error['module']!r}, which a new process does not find: install it, or add it "
            "to code_paths",
            name=error["module"],
        )
    if error["type"] in {"ModelError", "DamagedModelError", "MissingExtraError"}:
        return ModelError(error["message"])
    return ModelError(f"the model can't be loaded in a new process:\n{error['traceback'][-_MAX_ERROR_CHARACTERS:]}")
