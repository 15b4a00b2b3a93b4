"""`MLmodel`: the file that says what a model is and how it is loaded. The format is MLflow's."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self
from uuid import uuid4

from spanloom.errors import DamagedModelError, ModelError
from spanloom.models.signature import ModelSignature, Spec
from spanloom.models.yaml_files import read_yaml, to_yaml

__all__ = ["FLAVOR_NAME", "MLMODEL", "Model", "add_to_model"]

MLMODEL: Final = "MLmodel"
FLAVOR_NAME: Final = "python_function"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@dataclass
class Model:
    """What the file `MLmodel` says.

    Attributes:
        flavors: How the model can be loaded, by the name of the way; ours is `python_function`.
        model_id: Its id, `m-` and 32 hexadecimal digits.
        run_id: The run it was logged to.
        artifact_path: Where it is among the artifacts of that run.
        signature: What it takes and gives.
        metadata: What its author says about it, and `task`: `agent/v1/responses`, `agent/v2/chat`, `agent/v1/chat`.
        saved_input_example_info: The files of the input example.
        resources: What it needs to reach, as its author said.
        prompts: The URIs of the prompts it uses.
        model_size_bytes: The size of its files.
        utc_time_created: When it was saved.
        is_signature_from_type_hint: Whether the signature is that of the function's annotations.
        type_hint_from_example: Always false here.
        other: What else the file says; other tools add to it.
    """

    flavors: dict[str, Any] = field(default_factory=dict)
    model_id: str = field(default_factory=lambda: f"m-{uuid4().hex}")
    run_id: str | None = None
    artifact_path: str | None = None
    signature: ModelSignature | None = None
    metadata: dict[str, Any] | None = None
    saved_input_example_info: dict[str, Any] | None = None
    resources: dict[str, Any] | None = None
    prompts: list[str] | None = None
    model_size_bytes: int | None = None
    utc_time_created: str = field(default_factory=_now)
    is_signature_from_type_hint: bool = False
    type_hint_from_example: bool = False
    other: dict[str, Any] = field(default_factory=dict)

    def add_flavor(self, name: str, **params: Any) -> Self:
        """Add a way to load the model, and return the model."""
        self.flavors[name] = params
        return self

    @property
    def python_function(self) -> dict[str, Any]:
        """How it is loaded.

        Raises:
            DamagedModelError: If what it says makes no sense.
            ModelError: If it can't be loaded as a Python function.
        """
        flavor = self.flavors.get(FLAVOR_NAME)
        if not isinstance(flavor, dict) or not isinstance(flavor.get("loader_module"), str):
            raise ModelError(
                f"this model can't be loaded as a {FLAVOR_NAME}; it has {', '.join(self.flavors) or 'nothing'}"
            )
        for key, kind in _KINDS.items():
            _check(f"{FLAVOR_NAME}.{key}", flavor.get(key), kind)
        for name, entry in (flavor.get("artifacts") or {}).items():
            if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
                raise DamagedModelError(f"MLmodel: {FLAVOR_NAME}.artifacts.{name} names no path")
        return flavor

    @property
    def task(self) -> str | None:
        """The interface it has, if it is a standard agent."""
        return (self.metadata or {}).get("task")

    def get_input_schema(self) -> list[Spec] | None:
        """Return what it takes, `None` if that is not known; see `ModelSignature`."""
        return self.signature.inputs if self.signature is not None else None

    def get_output_schema(self) -> list[Spec] | None:
        """Return what it gives, likewise."""
        return self.signature.outputs if self.signature is not None else None

    def get_params_schema(self) -> list[Spec] | None:
        """Return its further parameters, likewise."""
        return self.signature.params if self.signature is not None else None

    def to_dict(self) -> dict[str, Any]:
        """Return what the file says."""
        body = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "other"}
        body["signature"] = self.signature.to_dict() if self.signature is not None else None
        body["model_uuid"] = self.model_id
        always = {"prompts", "model_id", "is_signature_from_type_hint", "type_hint_from_example"}
        return {**self.other, **{key: value for key, value in body.items() if value is not None or key in always}}

    def to_yaml(self) -> str:
        """Return the file."""
        return to_yaml(self.to_dict(), sort_keys=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read the file in a model's folder.

        Raises:
            DamagedModelError: If it is not there or can't be understood.
        """
        try:
            body = read_yaml(Path(path) / MLMODEL)
        except ModelError as error:
            raise DamagedModelError(str(error)) from error
        if not isinstance(body, dict) or not isinstance(body.get("flavors"), dict):
            raise DamagedModelError(f"{Path(path) / MLMODEL} is no description of a model: it has no 'flavors'")
        return cls.from_dict(body)

    @classmethod
    def from_dict(cls, body: dict[str, Any]) -> Self:
        """Make one of what a file says.

        Raises:
            DamagedModelError: If a part is of another kind than it should be.
        """
        known = {entry.name for entry in fields(cls)} - {"other"}
        given = {key: value for key, value in body.items() if key in known}
        given["model_id"] = body.get("model_id") or body.get("model_uuid") or ""
        if given.get("signature") is not None:
            given["signature"] = ModelSignature.from_dict(given["signature"])
        for key in ("metadata", "saved_input_example_info", "resources"):
            _check(key, given.get(key), dict)
        other = {key: value for key, value in body.items() if key not in known | {"model_uuid"}}
        return cls(**given, other=other)


_KINDS: Final = {
    "artifacts": dict,
    "code": str,
    "config": dict,
    "data": str,
    "model_code_path": str,
    "python_model": str,
}
"""The kinds of values that say how a model is loaded."""


def _check(name: str, value: Any, kind: type) -> None:
    if value is not None and not isinstance(value, kind):
        raise DamagedModelError(f"MLmodel: {name} should be a {kind.__name__}, got {type(value).__name__}")


def add_to_model(
    model: Model,
    loader_module: str,
    data: str | None = None,
    code: str | None = None,
    conda_env: str | None = None,
    python_env: str | None = None,
    model_config: dict[str, Any] | None = None,
    model_code_path: str | None = None,
    **kwargs: Any,
) -> Model:
    """Say in a model that it can be loaded as a Python function. All paths are relative to its folder.

    Args:
        model: What `MLmodel` will say.
        loader_module: The module whose `_load_pyfunc(path)` loads it.
        data: What that function is given; by default the whole folder.
        code: The folder of its modules.
        conda_env: Its `conda.yaml`.
        python_env: Its `python_env.yaml`.
        model_config: Its configuration.
        model_code_path: The script that calls `set_model`.
        kwargs: Further plain values.

    Returns:
        The model.

    Example:
        >>> model = add_to_model(Model(), "my_loader", data="data/weights.json", code="code")
    """
    params = {**kwargs, "loader_module": loader_module, "python_version": platform.python_version()}
    env = {key: value for key, value in (("conda", conda_env), ("virtualenv", python_env)) if value}
    optional = {"code": code, "data": data, "env": env, "config": model_config, "model_code_path": model_code_path}
    return model.add_flavor(FLAVOR_NAME, **params, **{key: value for key, value in optional.items() if value})
