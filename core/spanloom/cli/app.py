"""The commands, and what all of them share: the version, errors without tracebacks, Ctrl-C."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import spanloom
from spanloom.cli import cassettes, datasets, doctor, evaluations, models, prompts, runs, store_commands, traces
from spanloom.cli.collector import collector
from spanloom.cli.demo import command as demo
from spanloom.cli.output_errors import output_errors
from spanloom.cli.run import command as run
from spanloom.cli.serve import serve
from spanloom.cli.stats import stats
from spanloom.cli.ui import ui
from spanloom.errors import SpanloomError

__all__ = ["app"]

_INTERRUPTED = 130
"""What shells report for a program that Ctrl-C ended."""


class _Commands(TyperGroup):
    """Turns errors raised on purpose into one line on stderr, and Ctrl-C into its exit code."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with output_errors():  # --help and --version print here
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        try:
            with output_errors():
                return super().invoke(ctx)
        except SpanloomError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            spanloom.flush()
            typer.echo("Interrupted", err=True)
            raise typer.Exit(_INTERRUPTED) from None


app = typer.Typer(cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spanloom {spanloom.__version__}")
        raise typer.Exit


@app.callback()
def _spanloom(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Every agent framework, one trace and one agent interface."""


app.command("collector")(collector)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("serve")(serve)
app.command("stats")(stats)
app.command("ui")(ui)
app.command("run", context_settings={"allow_interspersed_args": False})(run.run)
app.add_typer(cassettes.app, name="cassettes")
app.add_typer(datasets.app, name="datasets")
app.add_typer(evaluations.app, name="evaluations")
app.add_typer(store_commands.app, name="store")
app.add_typer(traces.app, name="traces")
app.add_typer(models.app, name="models")
app.add_typer(prompts.app, name="prompts")
app.add_typer(runs.app, name="runs")
