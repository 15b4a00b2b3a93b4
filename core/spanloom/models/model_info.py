"""What `log_model` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spanloom.models.model_file import Model
from spanloom.models.signature import ModelSignature

__all__ = ["ModelInfo"]


@dataclass(frozen=True)
class ModelInfo:
    """A model that was logged.

    Attributes:
        name: What it was logged as.
        model: What its file `MLmodel` says.
        registered_model_version: The version it was registered as; `None` if it was not registered.
    """

    name: str
    model: Model
    registered_model_version: int | None = None

    @property
    def model_id(self) -> str:
        """Its id, `m-` and 32 hexadecimal digits."""
        return self.model.model_id

    @property
    def model_uri(self) -> str:
        """What `load_model` and `register_model` take: `models:/m-<id>`."""
        return f"models:/{self.model_id}"

    @property
    def run_id(self) -> str | None:
        """The run it was logged to; `runs:/<run id>/<name>` means it, too."""
        return self.model.run_id

    @property
    def artifact_path(self) -> str:
        """Another name of `name`."""
        return self.name

    @property
    def signature(self) -> ModelSignature | None:
        """What it takes and gives."""
        return self.model.signature

    @property
    def flavors(self) -> dict[str, Any]:
        """How it can be loaded."""
        return self.model.flavors

    @property
    def metadata(self) -> dict[str, Any] | None:
        """What its author says about it, and `task`."""
        return self.model.metadata

    @property
    def prompts(self) -> list[str] | None:
        """The URIs of the prompts it uses."""
        return self.model.prompts

    @property
    def utc_time_created(self) -> str:
        """When it was saved."""
        return self.model.utc_time_created
