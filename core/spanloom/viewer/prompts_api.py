"""What the pages of prompts ask for: JSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from spanloom.errors import NotFoundError
from spanloom.prompts import PromptVersion, get_prompt, linked_traces_filter, search_prompt_versions, search_prompts
from spanloom.prompts.difference import as_text

__all__ = ["router"]

router = APIRouter(prefix="/api/prompts")


# Plain functions: the store blocks, so each runs in a thread of its own.
@router.get("", summary="Search prompts")
def search(
    filter: str | None = None,  # noqa: A002 - the search language's own word
    page_token: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Return one page of the prompts that fit, by name."""
    found = search_prompts(filter or None, limit, page_token=page_token or None)
    return {"prompts": [prompt.to_dict() for prompt in found], "next_page_token": found.token}


@router.get("/{name}", summary="Return a prompt with its versions, the newest first")
def prompt(name: str) -> dict[str, Any]:
    """Return what the versions have in common, and each of them: as it is, as text, and how to find its traces."""
    versions = search_prompt_versions(name)
    found = get_prompt(name)
    if found is None:
        raise NotFoundError(f"the prompt {name!r} was deleted just now")
    return {"prompt": found.to_dict(), "versions": [_described(version) for version in versions]}


def _described(version: PromptVersion) -> dict[str, Any]:
    traces = linked_traces_filter(version.name, version.version)
    return {**version.to_dict(), "text": as_text(version), "traces_filter": traces}
