"""Where a part came from: providers want the ids of their own items back, and only those.

Items carry it as `provider_data`, with Pydantic AI's names `id` and `provider_name`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_ai.models import Model

__all__ = ["item_id", "provider_data", "provider_fields", "provider_name"]


def provider_name(model: Model | str | None) -> str | None:
    """Return the name of the provider that a model belongs to, as its messages carry it."""
    if isinstance(model, str):
        name, colon, _ = model.partition(":")
        return name if colon else None
    return model.system if model is not None else None


def item_id(part_id: str | None, prefix: str) -> str | None:
    """Return the provider's id of a part if it is one of an item, such as `msg_…`, and not the name of a field."""
    return part_id if part_id is not None and part_id.startswith(prefix) else None


def provider_data(part_id: str | None, provider_name: str | None) -> dict[str, Any]:
    """Return the fields of the item that a part becomes."""
    if provider_name is None:
        return {}
    return {"provider_data": {"id": part_id, "provider_name": provider_name}}


def provider_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the part that an item becomes."""
    data = item.get("provider_data")
    return {name: data.get(name) for name in ("id", "provider_name")} if isinstance(data, Mapping) else {}
