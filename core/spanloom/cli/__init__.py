"""The `spanloom` command (extra `cli`)."""

from __future__ import annotations

import os
import sys

from spanloom.errors import MissingExtraError, extra_needed

__all__ = ["main"]


def main() -> None:
    """Run the command line; never returns, but exits with 0, 1 (an error), 2 (usage) or 130 (Ctrl-C)."""
    try:
        with extra_needed("the spanloom command", "cli", "packaging", "rich", "typer"):
            from spanloom.cli.app import app
    except MissingExtraError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - no rich
        sys.exit(1)
    if "SPANLOOM_AUTOLOG" in os.environ:
        from spanloom.instrument import autolog

        autolog(disable=True)  # it is meant for programs; the doctor looks at plugins that are off
    app(prog_name="spanloom")
