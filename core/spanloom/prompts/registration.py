"""`spanloom.register_prompt`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from spanloom.prompts.model_config import PromptModelConfig, model_config_of, response_format_of
from spanloom.prompts.names import checked_name, checked_tags
from spanloom.prompts.prompt import PromptVersion
from spanloom.prompts.rows import insert_version, take_version, writing_to
from spanloom.prompts.tables import TAGS
from spanloom.prompts.template import check_template, is_jinja
from spanloom.store.records import set_values
from spanloom.tracing.snapshot import storable_text
from spanloom.tracking.stamps import now_ms, user_name

__all__ = ["make_version", "register_prompt"]


def register_prompt(
    name: str,
    template: str | Sequence[Mapping[str, Any]],
    commit_message: str | None = None,
    tags: Mapping[str, Any] | None = None,
    response_format: type[BaseModel] | Mapping[str, Any] | None = None,
    model_config: PromptModelConfig | Mapping[str, Any] | None = None,
) -> PromptVersion:
    """Store a prompt, or the next version of one that is there; several processes may do so at once.

    Args:
        name: Letters, digits, hyphens, underscores and dots.
        template: A text, or chat messages as dicts with `role` and `content`. Variables stand between double braces;
            with statements, `{% if … %}`, it is a Jinja template.
        commit_message: What changed.
        tags: Tags of this version, and of the prompt.
        response_format: How the answer looks: a pydantic class, or a JSON schema.
        model_config: The model that it was written for, and its parameters.

    Raises:
        PromptError: If an argument can't be used; it names which, and why.
        StoreError: If the store can't be written.

    Example:
        >>> prompt = spanloom.register_prompt("greet", "Hello {{ name }}!", commit_message="First words")
        >>> prompt.version, prompt.uri
        (1, 'prompts:/greet/1')
    """
    draft = make_version(name, 0, template, commit_message, tags, response_format, model_config)
    with writing_to(name) as connection:
        prompt = replace(
            draft, version=take_version(connection, name), creation_timestamp=now_ms(), user_id=user_name()
        )
        insert_version(connection, prompt)
        set_values(connection, TAGS, {"name": name}, prompt.tags)
    return prompt


def make_version(
    name: str,
    version: int,
    template: Any,
    commit_message: str | None = None,
    tags: Mapping[str, Any] | None = None,
    response_format: type[BaseModel] | Mapping[str, Any] | None = None,
    model_config: PromptModelConfig | Mapping[str, Any] | None = None,
) -> PromptVersion:
    """Return a version that is checked, and not stored.

    Raises:
        PromptError: If an argument can't be used.
    """
    prompt = PromptVersion(
        name=checked_name(name),
        version=version,
        template=check_template(list(template) if isinstance(template, tuple) else template),
        commit_message=None if commit_message is None else storable_text(commit_message),
        tags=checked_tags(tags),
        response_format=response_format_of(response_format),
        model_config=model_config_of(model_config),
    )
    if is_jinja(prompt.template):
        try:
            from spanloom.prompts.jinja import check_syntax
        except ModuleNotFoundError:
            return prompt  # only who formats it needs Jinja
        check_syntax(prompt.template)
    return prompt
