"""A trace as one HTML file that opens without a server and loads nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from spanloom.tracing.traces import Trace

__all__ = ["static_page"]

_PAGE = Path(__file__).parent / "page"
_SHARED = Path(__file__).parent.parent / "web" / "shared"
_START = "static.js"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|class|const)\b)", re.MULTILINE)

_TEMPLATE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="{policy}">
    <meta name="referrer" content="no-referrer">
    <title>spanloom trace</title>
    <style>{style}</style>
  </head>
  <body class="trace">
    <header><h1></h1><p class="keys"><kbd>j</kbd> <kbd>k</kbd> move</p></header>
    <main></main>
    <script type="application/json" id="data">{data}</script>
    <script type="module">{script}</script>
  </body>
</html>
"""


def static_page(trace: Trace) -> str:
    """Return the page of a trace as HTML text, its data, style and script inside.

    Example:
        >>> Path("trace.html").write_text(static_page(spanloom.get_trace(trace_id)), encoding="utf-8")
    """
    style = "\n".join(path.read_text(encoding="utf-8") for path in (_SHARED / "design.css", _PAGE / "viewer.css"))
    script = _script()
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # In a script element only `<` can end or change what is read: JSON writes it as an escape as well.
    data = trace.to_json().replace("<", "\\u003c")
    return _TEMPLATE.format(policy=policy, style=style, data=data, script=script)


def _script() -> str:
    """Return the modules as one, each after those that it imports; their names do not collide."""
    modules = dict(_modules(_PAGE, _START))
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in modules.values())


def _modules(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    path = _SHARED / name.removeprefix("shared/") if name.startswith("shared/") else folder / name
    text = path.read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        yield from _modules(path.parent, imported)
    yield path, text


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
