"""What a `models:/` URI means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from spanloom.errors import ModelError
from spanloom.models.registry.names import (
    LATEST,
    MODEL_ID,
    STAGES,
    checked_alias,
    checked_name,
    checked_stage,
    checked_version,
)

__all__ = ["SCHEME", "Reference", "parse_reference", "parse_uri"]

SCHEME: Final = "models:/"
_REFERENCE = re.compile(r"/*(?P<name>[^/@]*)(?:/(?P<selector>[^/@]*)|@(?P<alias>[^/@]*))?")


@dataclass(frozen=True, slots=True)
class Reference:
    """One version of a registered model: by its number, an alias or a stage; by none of them, the newest."""

    name: str
    version: int | None = None
    alias: str | None = None
    stage: str | None = None

    def __str__(self) -> str:
        if self.alias is not None:
            return f"{SCHEME}{self.name}@{self.alias}"
        return f"{SCHEME}{self.name}/{self.version or self.stage or LATEST}"


def parse_reference(text: str) -> Reference:
    """Return which version is meant by `name`, `name/3`, `name@alias`, `name/latest`, `name/Production`.

    Raises:
        ModelError: If that can't be understood.
    """
    found = _REFERENCE.fullmatch(text.removeprefix(SCHEME))
    if found is None:
        raise ModelError(f"{text!r} means no version of a model; expected models:/name/3, models:/name@alias")
    name = checked_name(found["name"])
    if found["alias"] is not None:
        return Reference(name) if found["alias"].lower() == LATEST else Reference(name, alias=checked_alias(found[3]))
    selector = found["selector"]
    if selector is None or selector.lower() == LATEST:
        return Reference(name)
    if selector.lower() in {stage.lower() for stage in STAGES}:
        return Reference(name, stage=checked_stage(selector))
    if not selector.isdecimal():
        raise ModelError(
            f"{text!r}: {selector!r} is neither a version, e.g. models:/{name}/3, nor {LATEST!r}, nor a stage "
            f"({', '.join(STAGES)}); an alias is written models:/{name}@{selector or 'champion'}"
        )
    return Reference(name, version=checked_version(selector))


def parse_uri(uri: str) -> Reference | str:
    """Return the version that a URI means, or the id of the logged model.

    Args:
        uri: `models:/m-<id>`, `models:/name/3`, `models:/name@alias`, `models:/name/latest`, `models:/name/Production`.

    Raises:
        ModelError: If it can't be understood.
    """
    rest = uri.removeprefix(SCHEME).strip("/")
    if MODEL_ID.fullmatch(rest):
        return rest
    if "/" not in rest and "@" not in rest:
        checked_name(rest)
        raise ModelError(
            f"{uri!r} does not say which version: models:/{rest}/3, models:/{rest}@alias or models:/{rest}/latest"
        )
    return parse_reference(rest)
