"""`spanloom.import_prompts`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from spanloom.errors import PromptError
from spanloom.prompts import cache
from spanloom.prompts.exporting import PROMPT_FILE
from spanloom.prompts.file_format import SUFFIXES, content_of, from_text, from_yaml
from spanloom.prompts.names import Reference, checked_alias, checked_name, checked_tags, checked_version
from spanloom.prompts.prompt import PromptVersion
from spanloom.prompts.rows import insert_version, load_version, reserve_version
from spanloom.prompts.tables import ALIASES, SCHEMA, TAGS, VERSION_TAGS
from spanloom.store.records import set_values, writing
from spanloom.tracking.stamps import now_ms

__all__ = ["import_prompts"]

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_IMMUTABLE = ("template", "commit_message", "model_config", "response_format")


@dataclass
class _Folder:
    name: str
    versions: list[tuple[Path, PromptVersion]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)


def import_prompts(folder: str | Path, names: Iterable[str] | None = None) -> list[PromptVersion]:
    """Store the prompts that `export_prompts` wrote, or people in the same manner: all of them or, on an error, none.

    A version keeps the number of its file. What a file says is set; tags, aliases and versions that are stored and not
    in the files stay. A stored version never changes, so an edited one is saved under the next number.

    Args:
        folder: The folder with one folder per prompt.
        names: Which prompts; all by default.

    Returns:
        The versions that are new.

    Raises:
        MissingExtraError: If pyyaml is not installed.
        PromptError: If there is no prompt, or a file is not right; it names the file.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.import_prompts("prompts")
        [PromptVersion(name=greet, version=1, template=Hello {{ name }}!)]
    """
    folders = list(_read(Path(folder), None if names is None else [checked_name(name) for name in names]))
    try:
        with writing(SCHEMA) as connection:
            return [new for each in folders for new in _store(connection, each)]
    except IntegrityError as error:
        raise PromptError(f"another process changed the prompts of {folder} at the same time; import again") from error
    finally:
        for each in folders:
            cache.forget(each.name)


def _store(connection: Connection, folder: _Folder) -> Iterator[PromptVersion]:
    name = folder.name
    for path, version in folder.versions:
        there = load_version(connection, Reference(name, version.version))
        if there is None:
            reserve_version(connection, name, version.version)
            new = replace(version, creation_timestamp=version.creation_timestamp or now_ms())
            insert_version(connection, new)
            yield new
        else:
            _refuse_change(path, there, version)
            set_values(connection, VERSION_TAGS, {"name": name, "version": version.version}, version.tags)
    for alias, number in folder.aliases.items():
        if load_version(connection, Reference(name, number)) is None:
            raise PromptError(f"{name}/{PROMPT_FILE}: aliases.{alias}: there is no version {number}")
    set_values(connection, TAGS, {"name": name}, folder.tags)
    set_values(connection, ALIASES, {"name": name}, folder.aliases)


def _refuse_change(path: Path, there: PromptVersion, version: PromptVersion) -> None:
    for name in _IMMUTABLE:
        if _without_windows_ends(getattr(there, name)) != _without_windows_ends(getattr(version, name)):
            raise PromptError(
                f"{path}: the {name} of version {version.version} is another one in the store, and a version never "
                f"changes: save the file under the next number, {version.version + 1} or higher"
            )


def _without_windows_ends(value: Any) -> Any:
    """Ends of lines say nothing: git may have changed them."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _read(folder: Path, names: list[str] | None) -> Iterator[_Folder]:
    try:
        found = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    except OSError as error:
        raise PromptError(f"{folder} can't be read: {error.strerror or error}") from error
    wanted = [each for each in found if names is None or each.name in names]
    missing = sorted(set(names or ()) - {each.name for each in wanted})
    if missing or not wanted:
        raise PromptError(f"{folder} holds no prompt {missing[0] if missing else ''}".rstrip() + "; one is a folder")
    for each in wanted:
        yield _read_prompt(each)


def _read_prompt(folder: Path) -> _Folder:
    read = _Folder(checked_name(folder.name))
    for path in folder.iterdir():
        if path.name == PROMPT_FILE:
            _named(path, lambda content: _read_facts(read, from_yaml(content)))
        elif path.suffix in SUFFIXES and _NUMBER.fullmatch(path.stem):
            read.versions.append((path, _read_version(read.name, path)))
    read.versions.sort(key=lambda each: each[1].version)
    numbers = [version.version for _, version in read.versions]
    if not numbers:
        raise PromptError(f"{folder} holds no version; one is a file such as 1.md (a text) or 1.yaml (messages)")
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise PromptError(f"{folder} holds two files of version {twice}; keep one of them")
    return read


def _read_version(name: str, path: Path) -> PromptVersion:
    version: PromptVersion = _named(path, lambda content: from_text(name, int(path.stem), path.suffix, content))
    return version


def _read_facts(folder: _Folder, facts: Mapping[str, Any]) -> None:
    unknown = facts.keys() - {"aliases", "tags"}
    if unknown:
        raise PromptError(f"{min(map(str, unknown))!r} is not known; expected aliases, tags")
    for name in ("aliases", "tags"):
        if not isinstance(facts.get(name) or {}, Mapping):
            raise PromptError(f"{name}: expected keys and values, got {facts[name]!r}")
    folder.tags = checked_tags(facts.get("tags"))
    folder.aliases = {checked_alias(key): checked_version(value) for key, value in (facts.get("aliases") or {}).items()}


def _named(path: Path, read: Any) -> Any:
    try:
        return read(content_of(path.read_bytes()))
    except PromptError as error:
        raise PromptError(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{path} can't be read: {error}") from error
