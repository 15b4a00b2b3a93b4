"""What is different between two models."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from spanloom.models.digests import DIGESTS, files_of
from spanloom.models.model_file import FLAVOR_NAME, MLMODEL, Model

__all__ = ["Change", "ModelDifference", "compare"]

_MAX_COMPARED_BYTES: Final = 256 * 1024
_REQUIREMENTS: Final = "requirements.txt"
_SEPARATORS: Final = ("==", ">=", "<=", "~=", "!=", ">", "<", " @ ", "[", ";", " ")


@dataclass(frozen=True)
class Change:
    """Something that is different: `None` where there is nothing on that side."""

    before: Any
    after: Any


@dataclass(frozen=True)
class ModelDifference:
    """What is different between two models.

    Attributes:
        added: The files that only the second has.
        removed: The files that only the first has.
        changed: The files that differ. `MLmodel` always does, and is left out.
        requirements: By package.
        facts: What `MLmodel` says, by its place there: `signature.inputs`, `metadata.task`, `config.temperature`.
        diffs: Unified diffs of the changed texts, by file.
    """

    added: list[str]
    removed: list[str]
    changed: list[str]
    requirements: dict[str, Change]
    facts: dict[str, Change]
    diffs: dict[str, str]

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.requirements, self.facts))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


def compare(first: Path, second: Path) -> ModelDifference:
    """Compare the folders of two models."""
    before, after = _files(first), _files(second)
    common = sorted(before.keys() & after.keys())
    changed = [name for name in common if before[name].read_bytes() != after[name].read_bytes()]
    diffs = {name: _diff(name, before[name], after[name]) for name in changed}
    return ModelDifference(
        added=sorted(after.keys() - before.keys()),
        removed=sorted(before.keys() - after.keys()),
        changed=changed,
        requirements=_changes(_requirements(first), _requirements(second)),
        facts=_changes(_facts(Model.load(first)), _facts(Model.load(second))),
        diffs={name: diff for name, diff in diffs.items() if diff},
    )


def _files(folder: Path) -> dict[str, Path]:
    found = {path.relative_to(folder).as_posix(): path for path in files_of(folder)}
    return {name: path for name, path in found.items() if name not in {MLMODEL, DIGESTS}}


def _diff(name: str, before: Path, after: Path) -> str:
    """Return the unified diff; nothing of what is no text, or too long to read."""
    if max(before.stat().st_size, after.stat().st_size) > _MAX_COMPARED_BYTES:
        return ""
    try:
        old, new = (path.read_text(encoding="utf-8").splitlines() for path in (before, after))
    except UnicodeDecodeError:
        return ""
    return "\n".join(difflib.unified_diff(old, new, name, name, lineterm=""))


def _requirements(folder: Path) -> dict[str, Any]:
    path = folder / _REQUIREMENTS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {_package(line): line for line in map(str.strip, lines) if line and not line.startswith("#")}


def _package(requirement: str) -> str:
    for separator in _SEPARATORS:
        requirement = requirement.partition(separator)[0]
    return requirement


def _facts(model: Model) -> dict[str, Any]:
    flavor = model.flavors.get(FLAVOR_NAME) or {}
    signature = model.signature
    parts: dict[str, Mapping[str, Any]] = {
        "signature": {} if signature is None else vars(signature),
        "metadata": model.metadata or {},
        "config": flavor.get("config") or {},
    }
    facts = {f"{part}.{key}": value for part, values in parts.items() for key, value in values.items()}
    return facts | {
        "prompts": model.prompts or None,
        "resources": model.resources,
        "loader_module": flavor.get("loader_module"),
        "model_code_path": flavor.get("model_code_path"),
        "python_version": flavor.get("python_version"),
    }


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Change]:
    names = dict.fromkeys([*before, *after])
    changes = {name: Change(before.get(name), after.get(name)) for name in names}
    return {name: change for name, change in changes.items() if change.before != change.after}
