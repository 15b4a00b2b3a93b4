"""Which installed packages a process has imported, pinned."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import Distribution, distribution, distributions, packages_distributions, version
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

__all__ = ["Imported", "imported", "spanloom_requirement"]

_EXTRA: Final = "models"


class Imported:
    """What a process has imported.

    Attributes:
        requirements: The packages, pinned: `langgraph==1.2.4`, or with the address they come from. Those that come
            from this machine are comments, for nobody else could install them.
        homeless: Modules that no package brings.
    """

    def __init__(self, requirements: list[str], homeless: list[str]) -> None:
        self.requirements = requirements
        self.homeless = homeless


def imported(modules: Iterable[ModuleType], folder: Path) -> Imported:
    """Return where modules come from; what is of Python itself, of spanloom, or in the model's folder is left out."""
    found: dict[str, str] = {}
    homeless: set[str] = set()
    for module in modules:
        file = _file_of(module)
        top = module.__name__.partition(".")[0]
        if file is None or top in sys.stdlib_module_names or top.startswith("spanloom") or file.is_relative_to(folder):
            continue
        name = _distribution_of(top, file)
        if name is not None:
            found[name.lower()] = _requirement(distribution(name), name)
        elif not file.is_relative_to(sys.base_prefix) and not file.is_relative_to(sys.prefix):
            homeless.add(top)
    found.pop("spanloom", None)
    return Imported([found[name] for name in sorted(found)], sorted(homeless))


def spanloom_requirement(adapter: str | None) -> str:
    """Return the requirement of spanloom itself, with the extras that a model needs.

    Args:
        adapter: The adapter of the native agent that it is.
    """
    known = distribution("spanloom").metadata.get_all("Provides-Extra") or []
    wanted = (adapter or "").replace("_", "-")
    extras = [extra for extra in known if extra == wanted]
    return f"spanloom[{','.join(sorted([*extras, _EXTRA]))}]=={version('spanloom')}"


def _file_of(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if isinstance(file, str) else None


_packages = cache(packages_distributions)


@cache
def _files_of(name: str) -> frozenset[str]:
    return frozenset(str(distribution(name).locate_file(file)) for file in distribution(name).files or ())


@cache
def _editable() -> list[tuple[Path, str]]:
    return [(path, entry.metadata["Name"]) for entry in distributions() for path in _source_of(entry)]


def _requirement(entry: Distribution, name: str) -> str:
    """Return what installs a package elsewhere, as far as it is known where it comes from."""
    pin = f"{name}=={entry.version.partition('+')[0]}"  # a label such as `+cpu` is of the build, and no index has it
    direct = _direct_url(entry)
    if not direct:
        return pin
    url = urlsplit(direct["url"])
    if url.scheme == "file":
        return f"# {pin}, which was installed from a folder or file of the machine that saved the model"
    host = url.netloc if url.scheme.endswith("ssh") else url.netloc.rpartition("@")[2]  # without a password
    vcs = direct.get("vcs_info")
    before, after = (f"{vcs['vcs']}+", f"@{vcs['commit_id']}") if vcs else ("", "")
    inside = f"#subdirectory={direct['subdirectory']}" if direct.get("subdirectory") else ""
    return f"{name} @ {before}{url.scheme}://{host}{url.path}{after}{inside}"


def _direct_url(entry: Distribution) -> dict[str, Any]:
    """Return where a package was installed from, if that was no index: https://peps.python.org/pep-0610/."""
    text = entry.read_text("direct_url.json")
    if not text or (entry.read_text("INSTALLER") or "").strip() == "conda":  # which leaves the folder of its build
        return {}
    body: dict[str, Any] = orjson.loads(text)
    return body


def _source_of(entry: Distribution) -> Iterator[Path]:
    url = _direct_url(entry)
    if url.get("dir_info", {}).get("editable"):
        yield Path(unquote(urlsplit(url["url"]).path)).resolve()


def _distribution_of(top: str, file: Path) -> str | None:
    names = sorted(set(_packages().get(top, ())))
    if len(names) > 1:  # a namespace that several share, such as `google`
        names = [name for name in names if str(file) in _files_of(name)] or names[:1]
    if names:
        return names[0]
    return next((name for path, name in _editable() if file.is_relative_to(path)), None)
