"""`spanloom.export_prompts`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spanloom.errors import PromptError
from spanloom.prompts.file_format import suffix_of, to_text, to_yaml
from spanloom.prompts.names import LATEST, Reference, checked_name
from spanloom.prompts.prompt import Prompt
from spanloom.prompts.rows import load_prompts, load_versions, not_found
from spanloom.prompts.search import search_prompts
from spanloom.prompts.tables import SCHEMA
from spanloom.store.records import reading

__all__ = ["PROMPT_FILE", "export_prompts"]

PROMPT_FILE = "prompt.yaml"


def export_prompts(folder: str | Path, names: Iterable[str] | None = None) -> list[Path]:
    """Write prompts as files for people and for git: a folder per prompt, a file per version.

    `greet/prompt.yaml` holds tags and aliases, `greet/1.md` a text with what else is known of it on top, between lines
    of `---`, and `greet/2.yaml` chat messages. A file that says the same already is not touched, and none is deleted.

    Args:
        folder: Where to; made if it is not there.
        names: Which prompts; all by default.

    Returns:
        The files that were written.

    Raises:
        MissingExtraError: If pyyaml is not installed.
        NotFoundError: If there is no such prompt.
        PromptError: If a file can't be written.
        StoreError: If the store can't be read.

    Example:
        >>> spanloom.export_prompts("prompts")
        [PosixPath('prompts/greet/prompt.yaml'), PosixPath('prompts/greet/1.md')]
    """
    wanted = [prompt.name for prompt in search_prompts()] if names is None else [checked_name(name) for name in names]
    files: dict[Path, str] = {}
    for name in wanted:
        with reading(SCHEMA) as connection:
            found = load_prompts(connection, [name])
            versions = load_versions(connection, name)
        if not found:
            raise not_found(Reference(name, LATEST))
        common = Path(folder, name, PROMPT_FILE)
        if found[0].tags or found[0].aliases or common.exists():
            files[common] = _facts(found[0])
        for version in reversed(versions):
            files[Path(folder, name, f"{version.version}{suffix_of(version)}")] = to_text(version)
    return [path for path, content in files.items() if _write(path, content)]


def _facts(prompt: Prompt) -> str:
    facts = {"aliases": prompt.aliases, "tags": prompt.tags}
    return to_yaml({name: value for name, value in facts.items() if value})


def _write(path: Path, content: str) -> bool:
    data = content.encode()
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise PromptError(f"{path} can't be written: {error.strerror or error}") from error
    return True
