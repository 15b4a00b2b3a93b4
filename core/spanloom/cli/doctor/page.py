"""What the doctor found, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from spanloom.cli.doctor.adapters import AdapterFinding
from spanloom.cli.doctor.examination import Findings, StoreFinding
from spanloom.cli.doctor.plugins import PluginFinding
from spanloom.cli.span_tree import style_of_status
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["doctor_page"]

_Row = tuple[Text, str, Text]


def doctor_page(findings: Findings) -> Group:
    """Return everything `spanloom doctor` prints."""
    return Group(
        Text.assemble(
            ("spanloom ", "bold"), (findings.spanloom, "bold"), f" on Python {findings.python}, {findings.platform}"
        ),
        *_section("Tracing", _tracing(findings)),
        *_section("Autolog plugins", map(_plugin, findings.plugins)),
        *_section("Adapters", map(_adapter, findings.adapters)),
        *_section("Failures of spanloom itself, in this process", _failures(findings)),
    )


def _section(title: str, rows: Iterator[_Row]) -> tuple[Text, Text, Padding]:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return Text(), Text(title, "bold"), Padding(table, (0, 0, 0, 2))


def _ok() -> Text:
    return Text("ok", style_of_status(SpanStatus.OK))


def _missing() -> Text:
    return Text("-", "dim")


def _warning() -> Text:
    return Text("note", style_of_status(SpanStatus.CANCELLED))


def _broken() -> Text:
    return Text("broken", style_of_status(SpanStatus.ERROR))


def _tracing(findings: Findings) -> Iterator[_Row]:
    if not findings.tracing_enabled:
        yield _warning(), "switched off", Text("by SPANLOOM_DISABLED; unset it to record traces")
    if not findings.captures_content:
        yield _ok(), "content", Text("not recorded (SPANLOOM_CAPTURE_CONTENT=0)")
    yield _store(findings.store)


def _store(store: StoreFinding) -> _Row:
    if store.error is not None:
        return _broken(), "store", Text(store.error)
    if store.exists is False:
        return _ok(), "store", Text(f"{store.place} (not there yet; the first trace makes it)")
    return _ok(), "store", Text(f"{store.place} opens")


def _plugin(plugin: PluginFinding) -> _Row:
    if plugin.error is not None:
        return _broken(), plugin.name, Text(plugin.error)
    if plugin.installed is None:
        return _missing(), plugin.name, Text(f"{plugin.package} is not installed: {plugin.install}", "dim")
    about = Text(
        f"{plugin.package} {plugin.installed} (tested: {plugin.requires}), {len(plugin.patched)} points patched"
    )
    if plugin.waiting:
        about.append(f", {len(plugin.waiting)} for parts that are not installed")
    if not plugin.captures_content:
        about.append("\ncontent is not recorded (SPANLOOM_NO_CONTENT)")
    if not plugin.in_range:
        about.append("\nnot a tested version: install one if something is missing in traces")
    for point, reason in plugin.skipped.items():
        about.append(f"\nskipped {point}: {reason}")
    if plugin.skipped:
        return _broken(), plugin.name, about
    return (_ok() if plugin.in_range else _warning()), plugin.name, about


def _adapter(adapter: AdapterFinding) -> _Row:
    if adapter.error is not None:
        return _broken(), adapter.name, Text(adapter.error)
    if not adapter.installed:
        return _missing(), adapter.name, Text(f"the framework is not installed: {adapter.install}", "dim")
    return _ok(), adapter.name, Text("ready for spanloom.wrap")


def _failures(findings: Findings) -> Iterator[_Row]:
    if not findings.failures and not findings.dropped_spans:
        yield _ok(), "none", Text()
    for step, count in findings.failures.items():
        yield _warning(), f"{count} x", Text(step)
    if findings.dropped_spans:
        yield _warning(), f"{findings.dropped_spans} x", Text("span dropped")
