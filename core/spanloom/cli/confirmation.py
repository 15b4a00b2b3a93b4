"""Asking before something is deleted."""

from __future__ import annotations

import sys

import typer

__all__ = ["confirm"]


def confirm(question: str) -> None:
    """Go on only if the answer is yes, from a terminal or a pipe; standard output stays as it is.

    Raises:
        typer.BadParameter: If there is nobody to answer.
        typer.Abort: If the answer is another one.
    """
    typer.echo(f"{question} [y/N]: ", nl=False, err=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        typer.echo(err=True)
    if not answer and not sys.stdin.isatty():
        raise typer.BadParameter("no terminal to ask: add --yes")
    if answer.strip().lower() not in {"y", "yes"}:
        raise typer.Abort
