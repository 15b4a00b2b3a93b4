"""How models are named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spanloom.models import ModelVersion
from spanloom.models.registry import rows
from spanloom.models.registry.references import parse_reference
from spanloom.models.registry.tables import SCHEMA
from spanloom.store.records import reading

__all__ = ["ModelArgument", "ReferenceArgument", "find_version", "model_uri"]

ReferenceArgument = Annotated[
    str,
    typer.Argument(metavar="NAME[/VERSION]", help="A name (the newest version), name/3, name@alias or a models:/ URI."),
]
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="name/3, name@alias, a models:/ or runs:/ URI, or the path of a model's folder."
    ),
]


def find_version(wanted: str) -> ModelVersion:
    """Return the version that is meant; by a name alone, the newest.

    Raises:
        ModelError: If that can't be understood.
        NotFoundError: If there is no such version.
    """
    with reading(SCHEMA) as connection:
        return rows.find_version(connection, parse_reference(wanted))


def model_uri(wanted: str) -> str:
    """Return the URI or path of any model; `models:/` may be left out.

    Raises:
        ModelError: If that can't be understood.
    """
    if ":/" in wanted or wanted.startswith((".", "/", "~")) or (Path(wanted) / "MLmodel").is_file():
        return wanted
    return str(parse_reference(wanted))
