"""`spanloom doctor`: what is installed, what works, and what to do about the rest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from spanloom.cli.terminal import make_console, show, show_json

__all__ = ["doctor"]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check versions, the trace store, plugins and adapters. Exit code 1 if something is broken."""
    from spanloom.cli.doctor.examination import examine
    from spanloom.cli.doctor.page import doctor_page

    findings = examine()
    if as_json:
        show_json({**asdict(findings), "healthy": findings.healthy})
    else:
        show(make_console(), doctor_page(findings))
    if not findings.healthy:
        raise typer.Exit(1)
