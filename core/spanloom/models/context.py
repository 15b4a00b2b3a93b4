"""What the code of a model may ask for while it is loaded and called: its artifacts and its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spanloom.errors import ModelError

__all__ = ["ModelConfig", "PythonModelContext", "configuration", "read_config"]


@dataclass(frozen=True)
class PythonModelContext:
    """What `load_context(context)` and `predict(context, ...)` of a model get.

    Attributes:
        artifacts: Absolute paths by the names that `save_model(artifacts=...)` gave.
        model_config: The configuration it was saved with, with what `load_model(model_config=...)` overrides.
    """

    artifacts: dict[str, str] = field(default_factory=dict)
    model_config: dict[str, Any] = field(default_factory=dict)


_current: ContextVar[dict[str, Any] | None] = ContextVar("spanloom_model_config", default=None)


@contextmanager
def configuration(config: Mapping[str, Any]) -> Iterator[None]:
    """Let `ModelConfig` find this configuration, inside the block."""
    token = _current.set(dict(config))
    try:
        yield
    finally:
        _current.reset(token)


class ModelConfig:
    """The configuration of the model whose code is being loaded; for scripts that call `set_model`.

    Args:
        development_config: What it is while the script runs by itself: a dict, or the path of a YAML file.

    Raises:
        ModelError: If the file is no configuration.

    Example:
        >>> config = spanloom.models.ModelConfig(development_config={"temperature": 0.2})
        >>> config.get("temperature")
        0.2
    """

    def __init__(self, *, development_config: Mapping[str, Any] | str | Path | None = None) -> None:
        saved = _current.get()
        self._values = saved if saved is not None else read_config(development_config)

    def get(self, key: str) -> Any:
        """Return a value.

        Raises:
            ModelError: If there is none of that name.
        """
        if key not in self._values:
            raise ModelError(
                f"the model's configuration has no {key!r}; it has {', '.join(map(repr, self._values)) or 'nothing'}"
            )
        return self._values[key]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it."""
        return dict(self._values)


def read_config(given: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """Return a configuration that is given as a mapping, or as the path of a YAML file.

    Raises:
        ModelError: If it is neither, or a key is no text.
    """
    if given is None:
        return {}
    if isinstance(given, str | Path):
        from spanloom.models.yaml_files import read_yaml

        path, given = given, read_yaml(Path(given))
        what = f"model_config, the file {path}"
    else:
        what = "model_config"
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise ModelError(f"{what}: expected a dict with text as keys, or the path of a YAML file with one")
    return dict(given)
