"""What all wire schemas are made of: text that really is text, and models that keep what they do not know."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["FiniteFloat", "Text", "WireModel", "kind_of", "plain", "text_or_list"]

# Strict: bytes are not text. The constraint makes pydantic look at the characters: no lone surrogates.
Text = Annotated[str, StringConstraints(strict=True, min_length=0)]
"""A str that UTF-8 can encode; bytes and numbers are refused."""

FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
"""A float that JSON can write."""


class WireModel(BaseModel):
    """A part of a message on the wire: fields it does not know are kept, absent ones are not dumped.

    `model_dump()` leaves out optional fields that are None, because providers reject `"status": null`.
    Pass `exclude_none=False` to see them.
    """

    model_config = ConfigDict(extra="allow", defer_build=True)  # built at first use: imports stay cheap

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Return the wire dict; takes pydantic's options, with `exclude_none` on unless said otherwise."""
        options.setdefault("exclude_none", True)
        return super().model_dump(**options)

    def model_dump_json(self, **options: Any) -> str:
        """Return the wire JSON; takes pydantic's options, with `exclude_none` on unless said otherwise."""
        options.setdefault("exclude_none", True)
        return super().model_dump_json(**options)


def kind_of(value: Any) -> Any:
    """Return the `type` of a dict or model, or None: what every union here is told apart by."""
    return value.get("type") if isinstance(value, dict) else getattr(value, "type", None)


def text_or_list(value: Any) -> str:
    """Return the tag of a value that is text or a list of parts; anything else is told that text was expected."""
    return "<list>" if isinstance(value, list | tuple) else "<text>"


def plain(value: Any) -> Any:
    """Return a model of any library as its wire dict, and everything else as it is."""
    return value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value
