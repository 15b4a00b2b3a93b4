"""How long ago, as people write it: `90s`, `12h`, `30d`."""

from __future__ import annotations

from datetime import timedelta

import typer

from spanloom.errors import SpanloomError
from spanloom.tracing import quantities

__all__ = ["parse_age"]


def parse_age(text: str) -> timedelta:
    """Return the time span.

    Raises:
        typer.BadParameter: If it is none, or longer than a time span can be.
    """
    try:
        return quantities.parse_age(text)
    except SpanloomError as error:
        raise typer.BadParameter(str(error)) from None
