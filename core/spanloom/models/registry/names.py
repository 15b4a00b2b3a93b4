"""Names of models, aliases and stages, as they are allowed."""

from __future__ import annotations

import re
from typing import Final

from spanloom.errors import ModelError
from spanloom.tracking.registered_names import LATEST, MAX_NAME, RegisteredNames

__all__ = [
    "LATEST",
    "MODEL_ID",
    "STAGES",
    "checked_alias",
    "checked_name",
    "checked_stage",
    "checked_tags",
    "checked_version",
]

_NAMES = RegisteredNames("model", ModelError, "champion")
checked_alias, checked_tags, checked_version = _NAMES.checked_alias, _NAMES.checked_tags, _NAMES.checked_version

STAGES: Final = ("None", "Staging", "Production", "Archived")
"""The stages of a version's life, MLflow's: a new one has none yet."""

MODEL_ID: Final = re.compile(r"m-[0-9a-f]{32}")

_NAME = re.compile(r"\w(?:[\w .-]*[\w.-])?")


def checked_name(name: str) -> str:
    """Return the name of a model.

    Raises:
        ModelError: If it is none.
    """
    if isinstance(name, str) and _NAME.fullmatch(name) and len(name) <= MAX_NAME and not MODEL_ID.fullmatch(name):
        return name
    raise ModelError(
        f"{name!r} is no name of a model; expected 1 to {MAX_NAME} letters, digits, spaces, hyphens, underscores and "
        "dots, e.g. 'support-agent'"
    )


def checked_stage(stage: str) -> str:
    """Return the stage in its usual spelling.

    Raises:
        ModelError: If there is no such stage.
    """
    for known in STAGES:
        if isinstance(stage, str) and stage.lower() == known.lower():
            return known
    raise ModelError(f"{stage!r} is no stage; expected one of {', '.join(STAGES)}")
