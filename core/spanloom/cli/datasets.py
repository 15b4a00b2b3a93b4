"""`spanloom datasets`: examples to evaluate with, in and out of the store."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import spanloom
from spanloom.cli.confirmation import confirm
from spanloom.cli.formats import elapsed, one_line
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.tables import Column, FittedTable
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_options import ExperimentOption, FilterOption, JsonOption
from spanloom.errors import NotFoundError
from spanloom.evaluation.datasets.catalog import create_dataset, delete_dataset, get_dataset
from spanloom.evaluation.datasets.dataset import EvaluationDataset
from spanloom.evaluation.datasets.files import read_records
from spanloom.evaluation.datasets.search import search_datasets
from spanloom.evaluation.texts import text_of
from spanloom.tracing.settings import settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look after examples to evaluate with.")

_CELL = 60

_Name = Annotated[str, typer.Argument(help="The name of the dataset.")]
_Version = Annotated[int | None, typer.Option("--version", min=0, help="A version; by default the newest.")]


@app.command("list")
def list_datasets(
    filter_string: Annotated[
        str | None, typer.Option("--filter", help="Only datasets that fit, e.g. \"tags.team = 'support'\".")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many datasets.")] = 20,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List datasets, those that changed last first."""
    url = open_existing(store)
    found = search_datasets(filter_string=filter_string, max_results=limit, order_by="last_update_time DESC")
    sizes = {dataset.dataset_id: dataset.list_versions()[0].records for dataset in found}
    if as_json:
        show_json([{**dataset.to_dict(), "records": sizes[dataset.dataset_id]} for dataset in found])
        return
    if not found:
        show(make_console(), Text(f"No datasets yet in {place(url)}. `spanloom datasets import FILE NAME` makes one."))
        return
    table = FittedTable(
        Column("NAME", least=24), "VERSION", "RECORDS", Column("CHANGED", rank=1), Column("TAGS", least=12, rank=2)
    )
    for dataset in found:
        tags = "  ".join(f"{key}={value}" for key, value in dataset.tags.items())
        cells = (dataset.name, str(dataset.version), f"{sizes[dataset.dataset_id]:,}")
        table.add_row(*map(Text, (*cells, elapsed(dataset.last_update_time), one_line(tags, _CELL))))
    show(make_console(), table)


@app.command("show")
def show_dataset(
    name: _Name,
    version: _Version = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many records.")] = 20,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show a dataset: its versions and its records."""
    open_existing(store)
    dataset = get_dataset(name, version=version)
    if as_json:
        versions = [asdict(each) for each in dataset.list_versions()]
        records = [record.to_dict() for record in dataset.records[:limit]]
        show_json({**dataset.to_dict(), "versions": versions, "records": records})
        return
    console = make_console()
    title = f"{dataset.name}  version {dataset.version}  {len(dataset):,} records  digest {dataset.digest}"
    versions_table = FittedTable("VERSION", "MADE", "RECORDS", Column("DIGEST", least=12, rank=1))
    for each in dataset.list_versions():
        versions_table.add_row(str(each.version), elapsed(each.created_time), f"{each.records:,}", each.digest)
    show(console, Text(one_line(title), "bold"), Text(), versions_table, Text(), _records(dataset, limit))
    if len(dataset) > limit:
        show(console, Text(f"… and {len(dataset) - limit:,} more records"))


@app.command("export")
def export(
    name: _Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .jsonl, .csv or .parquet file.")],
    version: _Version = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Write the records of a dataset into a file."""
    open_existing(store)
    dataset = get_dataset(name, version=version)
    dataset.export(file)
    _say(f"Wrote {len(dataset):,} records of {dataset.name} version {dataset.version} to {file}", dataset, as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .jsonl, .csv or .parquet file.")],
    name: _Name,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Merge the records of a file into a dataset, which is made if there is none.

    Records with the same inputs are one, so an import can be repeated.
    """
    records = read_records(file)
    spanloom.configure(store=store or settings.store)
    dataset = _found_or_made(name)
    dataset.merge_records(records)
    _say(
        f"Merged {len(records):,} records: {dataset.name} version {dataset.version} has {len(dataset):,}",
        dataset,
        as_json,
    )


@app.command("from-traces")
def from_traces(
    name: _Name,
    filter_string: FilterOption = None,
    experiment: ExperimentOption = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Only the newest so many traces.")] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Merge what traces were asked and answered into a dataset, which is made if there is none."""
    open_existing(store)
    dataset = _found_or_made(name)
    dataset.merge_traces(filter_string, experiment=experiment, max_results=limit)
    _say(f"{dataset.name} version {dataset.version} has {len(dataset):,} records", dataset, as_json)


@app.command("delete")
def delete(
    name: _Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Delete a dataset for good, with all its versions."""
    url = open_existing(store)
    dataset = get_dataset(name)
    if not yes:
        confirm(f"Delete {name} with {dataset.version} versions from {place(url)}?")
    delete_dataset(dataset_id=dataset.dataset_id)
    if as_json:
        show_json({"deleted": [name]})
    else:
        typer.echo(f"{name} deleted")


def _found_or_made(name: str) -> EvaluationDataset:
    try:
        return get_dataset(name)
    except NotFoundError:
        return create_dataset(name)


def _say(text: str, dataset: EvaluationDataset, as_json: bool) -> None:
    if as_json:
        show_json({**dataset.to_dict(), "records": len(dataset)})
    else:
        typer.echo(text)


def _records(dataset: EvaluationDataset, limit: int) -> FittedTable:
    table = FittedTable(
        Column("INPUTS", least=16),
        Column("EXPECTATIONS", least=16),
        Column("OUTPUTS", least=16, rank=1),
        Column("SOURCE", least=12, rank=2),
    )
    for record in dataset.records[:limit]:
        expected = text_of(record.expectations) if record.expectations else ""
        cells = (text_of(record.inputs, "user"), expected, text_of(record.outputs), record.source_id)
        table.add_row(*(Text(one_line(cell or "", _CELL)) for cell in (*cells[:3], cells[3] or record.source_type)))
    return table
