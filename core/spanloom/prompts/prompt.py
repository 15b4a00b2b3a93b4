"""A prompt, and one version of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal, overload

from spanloom.errors import PromptError, extra_needed
from spanloom.prompts import difference
from spanloom.prompts.template import Template, fill, is_jinja, single_braces, variables

__all__ = ["Prompt", "PromptList", "PromptVersion"]

_SHOWN: Final = 30


@dataclass(frozen=True)
class PromptVersion:
    """One version of a prompt. Its template, message, formats and number never change; tags and aliases may.

    Attributes:
        name: The prompt's name.
        version: Counted from 1.
        template: A text, or chat messages with `role` and `content`; variables stand between double braces.
        commit_message: What changed.
        creation_timestamp: Unix time in milliseconds.
        tags: Tags of this version.
        aliases: What this version is called beside its number.
        user_id: Who registered it.
        response_format: JSON schema of the answer.
        model_config: The model and its parameters.

    Example:
        >>> prompt = spanloom.load_prompt("prompts:/greet@production")
        >>> prompt.format(name="Ada")
        'Hello Ada!'
    """

    name: str
    version: int
    template: Template
    commit_message: str | None = None
    creation_timestamp: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    user_id: str | None = None
    response_format: dict[str, Any] | None = None
    model_config: dict[str, Any] | None = None
    _partial: tuple[Template, dict[str, str]] | None = field(default=None, init=False, compare=False)
    """If a part was formatted: the template before, and the values. What they say is never read as a variable."""

    def __repr__(self) -> str:
        text = self.template if isinstance(self.template, str) else str(self.template)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        return f"PromptVersion(name={self.name}, version={self.version}, template={shown})"

    @property
    def uri(self) -> str:
        """What `load_prompt` takes to find exactly this version."""
        return f"prompts:/{self.name}/{self.version}"

    @property
    def description(self) -> str | None:
        """The commit message, by the name that registries of models have for it."""
        return self.commit_message

    @property
    def is_text_prompt(self) -> bool:
        """Whether the template is a text, not a list of messages."""
        return isinstance(self.template, str)

    @property
    def variables(self) -> set[str]:
        """The names that `format` takes; in a Jinja template those of its statements, too, if jinja2 is installed."""
        template, given = self._parts
        if not is_jinja(template):
            return variables(template) - given.keys()
        try:
            from spanloom.prompts.jinja import undeclared
        except ModuleNotFoundError:
            return variables(template)
        return undeclared(template)

    @property
    def _parts(self) -> tuple[Template, dict[str, str]]:
        return self._partial or (self.template, {})

    @overload
    def format(self, /, allow_partial: Literal[False] = False, **values: Any) -> Template: ...

    @overload
    def format(self, /, allow_partial: bool = False, **values: Any) -> Template | PromptVersion: ...

    def format(self, /, allow_partial: bool = False, **values: Any) -> Template | PromptVersion:
        """Return the template with its variables replaced; values that it does not know are left aside.

        Args:
            allow_partial: Whether variables may stay: then what is returned is a prompt with the rest of them.
            values: Per variable what is put in its place, as `str` gives it.

        Raises:
            MissingExtraError: If the template holds Jinja statements and jinja2 is not installed.
            PromptError: If a value is missing; all that are missing are named.

        Example:
            >>> prompt.format(allow_partial=True, style="kind").format(question="Why?")
        """
        template, given = self._parts
        if is_jinja(template):
            return self._rendered(values)
        missing = self.variables - values.keys()
        if missing and not allow_partial:
            raise self._lacks(missing, ", or allow_partial=True to replace the others")
        given = {**given, **{name: str(values[name]) for name in self.variables & values.keys()}}
        filled = fill(template, given)
        if not missing:
            return filled
        partial = replace(self, template=filled)
        object.__setattr__(partial, "_partial", (template, given))  # `replace` by somebody else forgets it
        return partial

    def _rendered(self, values: dict[str, Any]) -> Template:
        with extra_needed("a prompt with Jinja statements ({% … %})", "prompts", "jinja2"):
            from spanloom.prompts.jinja import render
        rendered, missing = render(self.template, values)
        if missing:
            raise self._lacks(missing, "; a template with Jinja statements can't be formatted in part")
        return rendered

    def _lacks(self, missing: set[str], hint: str) -> PromptError:
        names = sorted(missing)
        given = ", ".join(f"{name}=…" if name.isidentifier() else f"**{{{name!r}: …}}" for name in names)
        return PromptError(f"{self.uri} lacks values for {', '.join(names)}: pass format({given}){hint}")

    def to_single_brace_format(self) -> Template:
        """Return the template with `{name}` for `{{ name }}`, as LangChain's templates and `str.format` want it."""
        return single_braces(*self._parts)

    def diff(self, other: PromptVersion) -> str:
        """Return what is different in another version, as a unified diff: template, model and response format.

        Example:
            >>> print(spanloom.load_prompt("greet", 1).diff(spanloom.load_prompt("greet", 2)))
        """
        return difference.unified(self, other)

    def to_dict(self) -> dict[str, Any]:
        """Return the version as JSON values."""
        facts = {name: value for name, value in asdict(self).items() if name != "_partial"}
        return {**facts, "uri": self.uri, "variables": sorted(self.variables)}


@dataclass(frozen=True)
class Prompt:
    """A prompt: what its versions have in common.

    Attributes:
        name: Its name.
        creation_timestamp: When the first version was registered: Unix time in milliseconds.
        tags: Tags of the prompt.
        aliases: The version that each alias means.
        latest_version: The newest version; `None` if all were deleted.
        description: The commit message of the oldest version there is.
    """

    name: str
    creation_timestamp: int
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    latest_version: int | None = None
    description: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the prompt as JSON values."""
        return asdict(self)


class PromptList(list[Prompt]):
    """Prompts that were found.

    Attributes:
        token: Give it as `page_token` to see what follows; `None` where nothing does.
    """

    token: str | None = None
