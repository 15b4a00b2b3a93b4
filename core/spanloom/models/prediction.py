"""Asking a model once: here, or in a process of the environment it needs.

That process is `python -m spanloom.models.prediction QUESTION PIPE`, whose answers are lines of JSON on a pipe: what
the model's code prints does not get between them.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel

from spanloom.errors import ModelError, SpanloomError
from spanloom.models.load import load_model
from spanloom.models.scoring import answer_of, scoring_input

__all__ = ["Question", "answers_from", "answers_here"]

_END: Final = object()


@dataclass(frozen=True)
class Question:
    """What a model is to be asked.

    Attributes:
        model_uri: The model.
        data: What it is given; `None`: its input example.
        stream: Whether the parts of a stream are wanted.
        allow_pickle: See `load_model`.
    """

    model_uri: str
    data: Any = None
    stream: bool = False
    allow_pickle: bool = False


def answers_here(question: Question) -> Iterator[Any]:
    """Yield what the model answers, as JSON values: one, or the parts of a stream.

    What its code prints goes to standard error.

    Raises:
        ModelError: If it can't be loaded, or there is neither data nor an input example.
        SchemaError: If the data do not fit.
    """
    with contextlib.closing(_answers(question)) as answers:
        while True:
            with contextlib.redirect_stdout(sys.stderr):  # for the model's steps, not for those of who prints
                answer = next(answers, _END)
            if answer is _END:
                return
            yield answer


def _answers(question: Question) -> Generator[Any, None, None]:
    model = load_model(question.model_uri, allow_pickle=question.allow_pickle)
    data = question.data if question.data is not None else model.input_example
    if data is None:
        raise ModelError("this model was saved without an input example: say what it is to be asked (--input JSON)")
    params = None
    if isinstance(data, dict) and model.agent is None:
        data, params, _ = scoring_input(data)
    for part in model.predict_stream(data, params) if question.stream else iter([model.predict(data, params)]):
        yield answer_of(part.model_dump(exclude_none=True) if isinstance(part, BaseModel) else part, wrapped=False)


def answers_from(python: Path, question: Question) -> Iterator[Any]:
    """Yield what the model answers in another environment.

    Args:
        python: Its interpreter.
        question: What is asked.

    Raises:
        ModelError: If it fails there; the message is that of the failure.
    """
    reading, writing = os.pipe()
    request = orjson.dumps(asdict(question)).decode()
    command = [str(python), "-P", "-m", __name__, request, str(writing)]
    with subprocess.Popen(command, pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=sys.stderr) as process:  # noqa: S603 - an interpreter that we installed
        os.close(writing)
        try:
            with os.fdopen(reading, "rb") as lines:
                for line in lines:
                    said = orjson.loads(line)
                    if "error" in said:
                        raise ModelError(said["error"])
                    yield said["answer"]
        finally:
            if process.poll() is None and sys.exc_info()[0] is not None:
                process.terminate()
    if process.returncode:
        raise ModelError(f"the process that runs the model ended with status {process.returncode}; see above")


def main(request: str, pipe: int) -> None:
    """Answer for `answers_from`."""
    import spanloom

    with os.fdopen(pipe, "wb", buffering=0) as lines:
        try:
            for answer in answers_here(Question(**orjson.loads(request))):
                lines.write(orjson.dumps({"answer": answer}) + b"\n")
        except SpanloomError as error:
            lines.write(orjson.dumps({"error": str(error)}) + b"\n")
    spanloom.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
