"""`spanloom models`: look at models, register them, and use them."""

from __future__ import annotations

import typer

from spanloom.cli import model_changes, model_reading, model_use
from spanloom.cli.serve import serve

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at models, compare versions, register, name and delete them.")

app.command("list")(model_reading.list_models)
app.command("show")(model_reading.show_model)
app.command("diff")(model_reading.diff)
app.command("register")(model_changes.register)
app.command("alias")(model_changes.alias)
app.command("delete")(model_changes.delete)
app.command("serve")(serve)
app.command("predict")(model_use.predict)
app.command("build-env")(model_use.build_env)
