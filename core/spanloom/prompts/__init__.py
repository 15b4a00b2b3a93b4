"""The prompt registry: versions of prompts, kept beside the traces that used them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.prompts.aliases import delete_prompt_alias as delete_prompt_alias
    from spanloom.prompts.aliases import set_prompt_alias as set_prompt_alias
    from spanloom.prompts.deletion import delete_prompt as delete_prompt
    from spanloom.prompts.deletion import delete_prompt_version as delete_prompt_version
    from spanloom.prompts.exporting import export_prompts as export_prompts
    from spanloom.prompts.importing import import_prompts as import_prompts
    from spanloom.prompts.linking import linked_traces_filter as linked_traces_filter
    from spanloom.prompts.loading import get_prompt as get_prompt
    from spanloom.prompts.loading import load_prompt as load_prompt
    from spanloom.prompts.loading import search_prompt_versions as search_prompt_versions
    from spanloom.prompts.model_config import PromptModelConfig as PromptModelConfig
    from spanloom.prompts.prompt import Prompt as Prompt
    from spanloom.prompts.prompt import PromptList as PromptList
    from spanloom.prompts.prompt import PromptVersion as PromptVersion
    from spanloom.prompts.registration import register_prompt as register_prompt
    from spanloom.prompts.search import search_prompts as search_prompts
    from spanloom.prompts.tags import delete_prompt_tag as delete_prompt_tag
    from spanloom.prompts.tags import delete_prompt_version_tag as delete_prompt_version_tag
    from spanloom.prompts.tags import get_prompt_tags as get_prompt_tags
    from spanloom.prompts.tags import set_prompt_tag as set_prompt_tag
    from spanloom.prompts.tags import set_prompt_version_tag as set_prompt_version_tag

_NAMES = {
    "aliases": ("delete_prompt_alias", "set_prompt_alias"),
    "deletion": ("delete_prompt", "delete_prompt_version"),
    "exporting": ("export_prompts",),
    "importing": ("import_prompts",),
    "linking": ("linked_traces_filter",),
    "loading": ("get_prompt", "load_prompt", "search_prompt_versions"),
    "model_config": ("PromptModelConfig",),
    "prompt": ("Prompt", "PromptList", "PromptVersion"),
    "registration": ("register_prompt",),
    "search": ("search_prompts",),
    "tags": (
        "delete_prompt_tag",
        "delete_prompt_version_tag",
        "get_prompt_tags",
        "set_prompt_tag",
        "set_prompt_version_tag",
    ),
}
_HOMES = {name: f"spanloom.prompts.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
