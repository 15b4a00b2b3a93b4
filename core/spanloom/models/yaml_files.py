"""YAML, which the files of a model are written in; the extra `models` brings it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spanloom.errors import ModelError, extra_needed

__all__ = ["read_yaml", "to_yaml"]


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds.

    Raises:
        ModelError: If it is not there, or no YAML.
        MissingExtraError: If the extra is not installed.
    """
    with extra_needed("reading a model", "models", "yaml"):
        import yaml  # type: ignore[import-untyped,unused-ignore] # an extra
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where it was built: most of the time of a load else
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - either is safe
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} can't be read: {error}") from error
    except yaml.YAMLError as error:
        raise ModelError(f"{path} is no YAML: {error}") from error


def to_yaml(value: Any, *, sort_keys: bool = False) -> str:
    """Return a value as YAML.

    Raises:
        ModelError: If it holds anything but plain values.
        MissingExtraError: If the extra is not installed.
    """
    with extra_needed("saving a model", "models", "yaml"):
        import yaml  # type: ignore[import-untyped,unused-ignore] # an extra
    try:
        text: str = yaml.safe_dump(value, sort_keys=sort_keys, allow_unicode=True)
    except yaml.YAMLError as error:
        raise ModelError(f"only text, numbers, booleans, None, lists and dicts can be saved: {error}") from error
    return text
