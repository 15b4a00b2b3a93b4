"""Registered models as tables and texts in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console, Group, RenderableType
from rich.text import Text

from spanloom.cli.formats import elapsed, local_time, one_line, printable
from spanloom.cli.tables import Column, FittedTable, difference_line, pairs
from spanloom.cli.terminal import is_plain
from spanloom.models import Model, ModelVersion, RegisteredModel
from spanloom.models.registry.difference import ModelDifference

__all__ = ["diff_page", "model_list", "version_page"]

_STAGE_COLORS = {"Production": "green", "Staging": "yellow", "Archived": "dim"}


def model_list(models: Sequence[RegisteredModel], console: Console) -> RenderableType:
    """Return the table."""
    plain = is_plain(console)
    table = FittedTable(
        Column("NAME", least=24),
        "LATEST",
        Column("UPDATED" if plain else "WHEN", rank=2),
        Column("STAGES", least=12, rank=3),
        Column("ALIASES", least=12, rank=1),
        Column("TAGS", least=12, rank=4),
    )
    for model in models:
        staged = {each.current_stage: each.version for each in model.latest_versions if each.current_stage != "None"}
        table.add_row(
            Text(model.name),
            "-" if model.latest_version is None else str(model.latest_version),
            _when(model.last_updated_timestamp, plain=plain),
            *map(Text, (pairs(staged), pairs(model.aliases), pairs(model.tags))),
        )
    return table


def version_page(version: ModelVersion, folder: Path, versions: Sequence[ModelVersion]) -> Group:
    """Return everything `spanloom models show` prints."""
    model = Model.load(folder)
    stage = version.current_stage
    parts: list[RenderableType] = [
        Text.assemble(
            (version.uri, "bold"),
            ("".join(f" @{alias}" for alias in version.aliases), "green"),
            (f" {stage}" if stage != "None" else "", _STAGE_COLORS.get(stage, "")),
        )
    ]
    if version.description:
        parts.append(Text(printable(version.description)))
    parts.append(Text())
    facts = FittedTable("", Column("", least=20), show_header=False)
    for name, value in _facts(version, model, folder).items():
        if value:
            facts.add_row(Text(name, "dim"), Text(one_line(str(value), 300)))
    parts.append(facts)
    if len(versions) > 1:
        table = FittedTable(
            "VERSION",
            Column("WHEN", rank=3),
            Column("BY", least=8, rank=5),
            Column("STAGE", rank=4),
            Column("ALIASES", least=12, rank=1),
            Column("DESCRIPTION", least=16, rank=2),
        )
        for each in versions:
            cells = (
                each.user_id or "-",
                each.current_stage,
                " ".join(each.aliases) or "-",
                one_line(each.description or "-", 80),
            )
            style = "bold" if each.version == version.version else ""
            table.add_row(str(each.version), elapsed(each.creation_timestamp), *map(Text, cells), style=style)
        parts += [Text(), table]
    return Group(*parts)


def _facts(version: ModelVersion, model: Model, folder: Path) -> dict[str, Any]:
    requirements = folder / "requirements.txt"
    needed = requirements.read_text(encoding="utf-8").splitlines() if requirements.is_file() else []
    signature = model.signature
    return {
        "registered": f"{local_time(version.creation_timestamp):%Y-%m-%d %H:%M:%S} by {version.user_id or '-'}",
        "task": model.task,
        "model": version.model_id,
        "run": version.run_id,
        "source": version.source,
        "tags": pairs(version.tags) if version.tags else None,
        "inputs": _fields(signature.inputs) if signature is not None else None,
        "outputs": _fields(signature.outputs) if signature is not None else None,
        "params": _fields(signature.params) if signature is not None else None,
        "config": _json(model.flavors.get("python_function", {}).get("config")),
        "metadata": _json({key: value for key, value in (model.metadata or {}).items() if key != "task"}),
        "prompts": ", ".join(model.prompts or ()),
        "requirements": ", ".join(needed),
        "size": f"{model.model_size_bytes:,} bytes" if model.model_size_bytes is not None else None,
        "files": folder,
    }


def _fields(specs: Sequence[Mapping[str, Any]] | None) -> str:
    """Return names and types; a question mark says that a field may be missing."""
    return ", ".join(_field(spec) for spec in specs or ())


def _field(spec: Mapping[str, Any]) -> str:
    optional = "" if spec.get("required", True) else "?"
    return f"{spec['name']}{optional}: {spec.get('type')}" if spec.get("name") else str(spec.get("type"))


def diff_page(first: str, second: str, difference: ModelDifference) -> RenderableType:
    """Return what is different, in colours."""
    if not difference:
        return Text(f"{first} and {second} are alike.")
    lines = [Text(f"{first} → {second}", "bold")]
    groups = (("+", difference.added), ("-", difference.removed), ("~", difference.changed))
    for sign, names in groups:
        lines += [difference_line(f"{sign} {name}") for name in names]
    for title, changes in (("requirements", difference.requirements), ("MLmodel", difference.facts)):
        lines += [Text(), Text(title, "bold")] if changes else []
        for name, change in changes.items():
            key = "" if title == "requirements" else f"{name}: "
            if change.before is not None:
                lines.append(difference_line(f"- {key}{_value(change.before)}"))
            if change.after is not None:
                lines.append(difference_line(f"+ {key}{_value(change.after)}"))
    for diff in difference.diffs.values():
        lines += [Text(), *map(difference_line, diff.split("\n"))]
    return Group(*lines)


def _value(value: Any) -> str:
    return one_line(value if isinstance(value, str) else _json(value) or "-", 300)


def _json(value: Any) -> str | None:
    return orjson.dumps(value, default=str).decode() if value else None


def _when(unix_ms: int, *, plain: bool) -> str:
    return local_time(unix_ms).isoformat(timespec="seconds") if plain else elapsed(unix_ms)
