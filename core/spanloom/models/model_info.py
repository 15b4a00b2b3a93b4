"""What `log_model` and `get_model_info` return."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from spanloom.models.model_file import Model
from spanloom.models.signature import ModelSignature
from spanloom.models.uris import resolve

__all__ = ["ModelInfo", "get_model_info"]


@dataclass(frozen=True)
class ModelInfo:
    """A model that was logged, or asked about.

    Attributes:
        name: What it was logged as; of a mere folder, the name of that.
        model: What its file `MLmodel` says.
        registered_model_version: The version that `log_model` registered it as; `None` if it did not.
        model_uri: What `load_model` and `register_model` take: `models:/m-<id>`, or what was asked for.
    """

    name: str
    model: Model
    registered_model_version: int | None = None
    model_uri: str = ""

    def __post_init__(self) -> None:
        if not self.model_uri:
            object.__setattr__(self, "model_uri", f"models:/{self.model_id}")

    @property
    def model_id(self) -> str:
        """Its id, `m-` and 32 hexadecimal digits."""
        return self.model.model_id

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


def get_model_info(model_uri: str | os.PathLike[str]) -> ModelInfo:
    """Return what is known about a model, without loading it.

    Args:
        model_uri: A path or URI; see `resolve`.

    Raises:
        DamagedModelError: If its `MLmodel` can't be understood.
        ModelError: If there is no model.

    Example:
        >>> spanloom.models.get_model_info("models:/weather-agent/3").signature
    """
    folder = resolve(model_uri)
    model = Model.load(folder)
    return ModelInfo(model.artifact_path or folder.name, model, model_uri=os.fspath(model_uri))
