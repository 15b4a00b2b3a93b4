"""`spanloom models predict` and `build-env`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from spanloom.cli.answer_texts import TextPrinter
from spanloom.cli.stores import StoreOption
from spanloom.cli.terminal import show_json
from spanloom.errors import ModelError

__all__ = ["build_env", "predict"]

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="models:/name@alias, models:/name/3, runs:/id/path or a folder.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="REQUIREMENT", help="Install this, too: a package, a wheel, a source folder."),
]


class Manager(StrEnum):
    """What installs packages."""

    UV = "uv"
    PIP = "pip"


ManagerOption = Annotated[Manager | None, typer.Option(help="What installs; by default uv where it is found.")]


def predict(
    model: ModelArgument,
    given: Annotated[
        str | None,
        typer.Option("--input", metavar="JSON|@FILE|-", help="What it is asked; by default its input example."),
    ] = None,
    stream: Annotated[bool, typer.Option("--stream", help="Print the answer as it comes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; of a stream, one line for each part.")] = False,
    env: Annotated[bool, typer.Option("--env", help="Build the environment that it needs, and run it there.")] = False,
    extra: WithOption = None,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Trust a model that is a pickled object.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Ask a model once.

    Of an agent the text of its answer is printed, of other models JSON. What the model itself prints goes to standard
    error.
    """
    import spanloom
    from spanloom.models.prediction import Question, answers_from, answers_here
    from spanloom.models.uris import resolve

    if store is not None:
        spanloom.configure(store=store)
    spanloom.autolog()
    question = Question(str(resolve(model)), _read(given), stream, allow_pickle)
    answers = answers_from(_build(model, None, None, extra).python, question) if env else answers_here(question)
    printed = TextPrinter()
    with closing(answers):  # type: ignore[type-var] # both are generators
        for answer in answers:
            if as_json and stream:
                typer.echo(orjson.dumps(answer))
            elif as_json or not (printed.part(answer) if stream else printed.whole(answer)):
                show_json(answer)
    printed.end()


def build_env(
    model: ModelArgument,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where; by default in the cache, once for equal requirements.")
    ] = None,
    manager: ManagerOption = None,
    extra: WithOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Build the virtual environment that a model was saved with, and print its interpreter.

    What is there already is not built again.
    """
    built = _build(model, output, manager, extra)
    if as_json:
        show_json({"path": str(built.path), "python": str(built.python), "reused": built.reused})
    else:
        typer.echo(str(built.python))


def _build(model: str, output: Path | None, manager: Manager | None, extra: list[str] | None) -> Any:
    from spanloom.models.virtual_environment import build_environment

    with _progress() as report:
        built = build_environment(
            model, output, manager=manager.value if manager else None, extra=extra or [], report=report
        )
    typer.echo(f"{'there already' if built.reused else 'built'}: {built.path}", err=True)
    return built


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show the last line that was said, on a terminal; elsewhere all of them."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        yield lambda line: typer.echo(line, err=True)
        return
    with console.status("looking") as status:
        yield lambda line: status.update(line[: console.width - 4])


def _read(given: str | None) -> Any:
    if given is None:
        return None
    try:
        if given == "-":
            value = orjson.loads(sys.stdin.buffer.read())
        else:
            value = orjson.loads(Path(given[1:]).expanduser().read_bytes() if given.startswith("@") else given)
    except (OSError, ValueError) as error:
        raise ModelError(f"--input: {error}; expected JSON, @FILE with JSON in it, or - for standard input") from error
    if value is None:
        raise ModelError("--input: null is no input; leave --input out to ask the model its input example")
    return value
