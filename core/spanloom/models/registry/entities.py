"""Registered models and their versions, as they were when the store was asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from spanloom.models.registry.references import SCHEME

__all__ = ["LoggedModel", "ModelVersion", "RegisteredModel"]


@dataclass(frozen=True)
class LoggedModel:
    """A model that is kept among the artifacts, registered or not.

    Attributes:
        model_id: `m-` and 32 hexadecimal digits.
        name: What it was logged as; `None` if it was not logged but copied to be registered.
        source_run_id: The run it was logged to.
        digest: The digest of all its files.
        creation_timestamp: When, in Unix milliseconds.
    """

    model_id: str
    name: str | None
    source_run_id: str | None
    digest: str
    creation_timestamp: int

    @property
    def model_uri(self) -> str:
        """What `load_model` takes."""
        return f"{SCHEME}{self.model_id}"


@dataclass(frozen=True)
class ModelVersion:
    """One version of a registered model. Its files never change; tags, description, aliases and stage may.

    Attributes:
        name: The model.
        version: Its number, from 1.
        model_id: The id of the model that is kept for it.
        source: What was registered: a URI or path.
        run_id: The run that the model was logged to.
        description: What people say about it.
        current_stage: `None`, `Staging`, `Production` or `Archived`, a text.
        creation_timestamp: When it was registered, in Unix milliseconds.
        last_updated_timestamp: When something about it changed, likewise.
        user_id: Who registered it.
        tags: Its tags.
        aliases: The aliases that mean it now.
        status: Always `READY`: a version that is seen is whole.
    """

    name: str
    version: int
    model_id: str
    source: str
    run_id: str | None
    description: str | None
    current_stage: str
    creation_timestamp: int
    last_updated_timestamp: int
    user_id: str | None
    tags: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    status: str = "READY"

    @property
    def uri(self) -> str:
        """What `load_model` takes."""
        return f"{SCHEME}{self.name}/{self.version}"

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {**asdict(self), "uri": self.uri}


@dataclass(frozen=True)
class RegisteredModel:
    """What the versions of a model have in common.

    Attributes:
        name: Its name.
        description: What people say about it.
        creation_timestamp: When it was made, in Unix milliseconds.
        last_updated_timestamp: When something about it changed, likewise.
        latest_versions: The newest version of each stage, the oldest first.
        tags: Its tags.
        aliases: The version that each alias means.
    """

    name: str
    description: str | None
    creation_timestamp: int
    last_updated_timestamp: int
    latest_versions: list[ModelVersion] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)

    @property
    def latest_version(self) -> int | None:
        """The number of the newest version; `None` if there is none."""
        return max((each.version for each in self.latest_versions), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        versions = [each.to_dict() for each in self.latest_versions]
        return {**asdict(self), "latest_versions": versions, "latest_version": self.latest_version}
