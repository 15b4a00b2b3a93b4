"""Templates with Jinja statements, rendered in a sandbox. Belongs to the extra `prompts`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import Template as Compiled
from jinja2 import TemplateError, TemplateSyntaxError, Undefined, UndefinedError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from spanloom.errors import PromptError
from spanloom.prompts.template import Template, mapped, texts

__all__ = ["check_syntax", "render", "undeclared"]

_missing: ContextVar[set[str]] = ContextVar("spanloom_missing_variables")


class _Missing(Undefined):
    """A variable without a value: may be asked for (`{% if name %}`, `default`), but not printed or looped over."""

    __slots__ = ()

    def _note(self) -> None:
        _missing.get().add(self._undefined_name or str(self._undefined_hint))

    def _fail_with_undefined_error(self, *_args: Any, **_keywords: Any) -> NoReturn:
        self._note()
        super()._fail_with_undefined_error()

    def __str__(self) -> str:
        self._note()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self._note()
        return iter(())

    def __len__(self) -> int:
        self._note()
        return 0


# Not escaped: a prompt is no HTML. The final newline stays, as in templates without statements.
_ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=False, undefined=_Missing, keep_trailing_newline=True)


def check_syntax(template: Template) -> None:
    """Refuse what Jinja can't read.

    Raises:
        PromptError: If that is so; it names the line.
    """
    for each in texts(template):
        try:
            _ENVIRONMENT.parse(each)
        except TemplateSyntaxError as error:
            raise PromptError(f"the template's Jinja can't be read, line {error.lineno}: {error.message}") from error


def undeclared(template: Template) -> set[str]:
    """Return the variables that the template takes, also those of its statements."""
    try:
        return set().union(*(meta.find_undeclared_variables(_ENVIRONMENT.parse(each)) for each in texts(template)))
    except TemplateSyntaxError:
        return set()


def render(template: Template, values: Mapping[str, Any]) -> tuple[Template, set[str]]:
    """Return the template as rendered, and the variables that had no value where one was needed.

    Raises:
        PromptError: If it can't be rendered: the template is wrong, or does what the sandbox forbids.
    """
    with _collecting() as missing:
        try:
            rendered = mapped(template, lambda each: _compiled(each).render(values))
        except UndefinedError as error:
            if not missing:
                raise PromptError(f"the Jinja template can't be rendered: {error}") from error
            return template, missing
        except TemplateError as error:
            raise PromptError(f"the Jinja template can't be rendered: {error}") from error
    return rendered, missing


@contextmanager
def _collecting() -> Iterator[set[str]]:
    missing: set[str] = set()
    token = _missing.set(missing)
    try:
        yield missing
    finally:
        _missing.reset(token)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Compiled:
    return _ENVIRONMENT.from_string(text)
