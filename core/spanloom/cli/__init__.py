"""The `spanloom` command (extra `cli`)."""

from __future__ import annotations

import os
import sys

from spanloom.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Run the command line; never returns, but exits with 0, 1 (an error), 2 (usage) or 130 (Ctrl-C)."""
    try:
        from spanloom.cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"packaging", "rich", "typer"}:
            raise
        print(f"Error: {MissingExtraError('the spanloom command', 'cli')}", file=sys.stderr)  # noqa: T201 - no rich
        sys.exit(1)
    if "SPANLOOM_AUTOLOG" in os.environ:
        from spanloom.instrument import autolog

        autolog(disable=True)  # it is meant for programs; the doctor looks at plugins that are off
    app(prog_name="spanloom")
