"""Looking at a model in a process of its own: `python -m spanloom.models.inspection FOLDER REPORT`.

A fresh process imports only what the model needs, finds only what it will find elsewhere, and leaves the caller's
process as it was.
"""

from __future__ import annotations

import sys

_BEFORE = frozenset(sys.modules)

import contextlib  # noqa: E402 - what is imported from here on is the model's
import os  # noqa: E402
import traceback  # noqa: E402
import warnings  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Final  # noqa: E402

import orjson  # noqa: E402

from spanloom.agents.wrapped_agent import WrappedAgent  # noqa: E402
from spanloom.errors import ModelImportError  # noqa: E402
from spanloom.models.agent_model import AgentModel  # noqa: E402
from spanloom.models.agent_signatures import SIGNATURES  # noqa: E402
from spanloom.models.code_import import public_name  # noqa: E402
from spanloom.models.examples import read_example  # noqa: E402
from spanloom.models.implementation import Implementation  # noqa: E402
from spanloom.models.inference import infer_signature  # noqa: E402
from spanloom.models.loader import load_implementation  # noqa: E402
from spanloom.models.model_file import Model  # noqa: E402
from spanloom.models.requirements import imported, spanloom_requirement  # noqa: E402
from spanloom.models.type_hints import signature_of_hints  # noqa: E402

__all__ = ["main"]

_ARGUMENTS: Final = 2


def main(folder: Path, report: Path) -> None:
    """Load the model in a folder, let it answer its input example, and write what was seen as JSON."""
    import spanloom

    body: dict[str, Any] = {}
    with spanloom.tracing_disabled(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            body = _inspected(folder)
        except BaseException as error:  # a script may also exit
            body["error"] = _described(error)
    report.write_bytes(orjson.dumps(body))


def _inspected(folder: Path) -> dict[str, Any]:
    model = Model.load(folder)
    config = model.python_function.get("config") or {}
    implementation = load_implementation(folder, model, config, allow_pickle=True)
    body: dict[str, Any] = {"streamable": implementation.streamable}
    output = None
    if model.saved_input_example_info:
        try:
            output = implementation.predict(read_example(folder, model), _params(folder, model))
        except Exception as error:
            body["example_error"] = _described(error)
    body |= _signature(implementation, model, output)
    adapter = None
    if isinstance(implementation, AgentModel):
        body["task"] = implementation.task
        agent = implementation.python_model
        adapter = agent.runner.adapter.name if isinstance(agent, WrappedAgent) else None
    names = [name for name in sys.modules if name not in _BEFORE]
    seen = imported([sys.modules[name] for name in names if sys.modules[name] is not None], folder.resolve())
    body |= {"requirements": [*seen.requirements, spanloom_requirement(adapter)], "homeless": seen.homeless}
    return body


def _params(folder: Path, model: Model) -> dict[str, Any] | None:
    info = model.saved_input_example_info or {}
    if not info.get("params"):
        return None
    params: dict[str, Any] = orjson.loads((folder / info["artifact_path"]).read_bytes())["params"]
    return params


def _signature(implementation: Implementation, model: Model, output: Any) -> dict[str, Any]:
    if isinstance(implementation, AgentModel):
        return {"signature": SIGNATURES[implementation.task].to_dict()}
    predict = getattr(implementation.python_model, "predict", implementation.python_model)
    with contextlib.suppress(ValueError, TypeError):  # no signature, such as a function written in C
        hinted = signature_of_hints(predict)
        if hinted is not None:
            return {"signature": hinted.to_dict(), "hinted": True}
    if model.signature is None:
        return {}
    return {"signature": replace(model.signature, outputs=infer_signature(None, output).outputs).to_dict()}


def _described(error: BaseException) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "message": str(error),
        "module": public_name(error.name or "") if isinstance(error, ModuleNotFoundError | ModelImportError) else None,
        "traceback": "".join(traceback.format_exception(error)),
    }


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1 : 1 + _ARGUMENTS]))
    os._exit(0)  # not after the threads that the model has started: they may never end
