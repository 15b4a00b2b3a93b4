"""Which model a prompt was written for, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spanloom.errors import PromptError

__all__ = ["PromptModelConfig", "model_config_of", "response_format_of"]


class PromptModelConfig(BaseModel):
    """The model of a prompt and its parameters; names and limits are those of MLflow's class of this name.

    Attributes:
        provider: E.g. `"openai"`.
        model_name: E.g. `"gpt-5"`.
        temperature: From 0.
        max_tokens: Tokens of the answer, at least 1.
        top_p: From 0 to 1.
        top_k: At least 1.
        frequency_penalty: What repetition costs.
        presence_penalty: What staying with a topic costs.
        stop_sequences: Texts that end the answer.
        extra_params: What else the provider takes.

    Example:
        >>> PromptModelConfig(model_name="gpt-5", temperature=0.2, extra_params={"reasoning_effort": "low"})
    """

    model_config = ConfigDict(protected_namespaces=())

    provider: str | None = None
    model_name: str | None = None
    temperature: float | None = Field(None, ge=0)
    max_tokens: int | None = Field(None, gt=0)
    top_p: float | None = Field(None, ge=0, le=1)
    top_k: int | None = Field(None, gt=0)
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop_sequences: list[str] | None = None
    extra_params: dict[str, Any] = Field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what is set, the extra parameters beside the others."""
        return {**self.model_dump(exclude_none=True, exclude={"extra_params"}), **self.extra_params}

    @classmethod
    def from_dict(cls, config_dict: Mapping[str, Any]) -> PromptModelConfig:
        """Return the configuration that `to_dict` gave.

        Raises:
            pydantic.ValidationError: If a parameter has a value that it can't have.
        """
        own = cls.model_fields.keys() - {"extra_params"}
        extra = {key: value for key, value in config_dict.items() if key not in own}
        return cls(**{key: value for key, value in config_dict.items() if key in own}, extra_params=extra)


def model_config_of(given: PromptModelConfig | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a checked configuration as JSON values; `None` if it says nothing.

    Raises:
        PromptError: If a parameter has a value that it can't have.
    """
    if given is None:
        return None
    try:
        config = given if isinstance(given, PromptModelConfig) else PromptModelConfig.from_dict(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise PromptError(f"model_config.{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (AttributeError, TypeError) as error:
        raise PromptError(
            f"model_config: expected a dict such as {{'model_name': 'gpt-5'}}, got {type(given).__name__}"
        ) from error
    return _as_json("model_config", config.to_dict()) or None


def response_format_of(given: type[BaseModel] | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the JSON schema of an answer, that of a pydantic class among them; `None` if there is none.

    Raises:
        PromptError: If it is neither a pydantic class nor a dict.
    """
    if given is None:
        return None
    if isinstance(given, type) and issubclass(given, BaseModel):
        return given.model_json_schema()
    if not isinstance(given, Mapping):
        raise PromptError(
            f"response_format: expected a pydantic class or a JSON schema as a dict, got {type(given).__name__}"
        )
    return _as_json("response_format", dict(given)) or None


def _as_json(name: str, value: dict[str, Any]) -> dict[str, Any]:
    try:
        copy: dict[str, Any] = orjson.loads(orjson.dumps(value))
    except (TypeError, ValueError) as error:
        raise PromptError(f"{name} can't be written as JSON: {error}") from error
    return copy
