from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom import models

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def sources(plain_model: Callable[..., Path]) -> tuple[Path, Path]:
    """Two models, of which the first is registered twice, the second once."""
    first, second = plain_model("Hello", "first"), plain_model("Ciao\x1b[2J", "second")
    (second / "requirements.txt").write_text("orjson==3.11.0\n")
    (second / "notes.txt").write_text("new")
    spanloom.register_model(first, "greeter", tags={"team": "a"}, description="First words")
    spanloom.register_model(second, "greeter", description="Shorter\x1b[2J")
    models.set_registered_model_alias("greeter", "champion", 1)
    models.transition_model_version_stage("greeter", 1, "Production")
    models.set_registered_model_tag("greeter", "team", "a")
    return first, second


def test_list_shows_models_and_what_fits(run_spanloom: Command) -> None:
    header, line = run_spanloom("models", "list").stdout.splitlines()
    assert header.split() == ["NAME", "LATEST", "UPDATED", "STAGES", "ALIASES", "TAGS"]
    assert (line.split()[:2], line.split()[3:]) == (["greeter", "2"], ["Production=1", "champion=1", "team=a"])
    found = run_spanloom("models", "list", "--filter", "tags.team = 'a'", "--json").stdout
    assert [(model["name"], model["aliases"]) for model in json.loads(found)] == [("greeter", {"champion": 1})]
    assert "No registered model in" in run_spanloom("models", "list", "--filter", "name = 'b'").stdout
    wrong = run_spanloom("models", "list", "--filter", "nme = 'b'")
    assert (wrong.returncode, "did you mean name" in wrong.stderr) == (1, True)


def test_show_prints_a_version_and_what_others_there_are(run_spanloom: Command) -> None:
    shown = run_spanloom("models", "show", "models:/greeter@champion").stdout.splitlines()
    assert shown[:2] == ["models:/greeter/1 @champion Production", "First words"]
    assert [line.split()[0] for line in shown[-3:]] == ["VERSION", "2", "1"]
    assert shown[-1].split()[-4:] == ["Production", "champion", "First", "words"]
    newest = run_spanloom("models", "show", "greeter").stdout
    assert newest.startswith("models:/greeter/2\nShorter\ufffd[2J\n")
    assert "requirements  orjson==3.11.0" in newest
    document = json.loads(run_spanloom("models", "show", "greeter/1", "--json").stdout)
    assert (document["uri"], document["tags"], document["current_stage"]) == (
        "models:/greeter/1",
        {"team": "a"},
        "Production",
    )
    assert document["mlmodel"]["flavors"]["python_function"]["loader_module"] == "greeting"
    assert (Path(document["path"]) / "word.txt").read_text() == "Hello"


def test_show_prints_the_signature_and_the_task(run_spanloom: Command, plain_model: Callable[..., Path]) -> None:
    folder = plain_model(name="agent")
    model = models.Model.load(folder)
    model.metadata = {"task": "agent/v2/chat", "owner": "us"}
    inputs = [{"type": "string", "name": "q", "required": True}, {"type": "long", "name": "n", "required": False}]
    model.signature = models.ModelSignature.from_dict({"inputs": json.dumps(inputs), "outputs": '[{"type": "string"}]'})
    (folder / "MLmodel").write_text(model.to_yaml())
    spanloom.register_model(folder, "agent")
    lines = run_spanloom("models", "show", "agent").stdout.splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines[2:])
    assert (facts["inputs"], facts["outputs"]) == ("q: string, n?: long", "string")
    assert (facts["task"], facts["metadata"]) == ("agent/v2/chat", '{"owner":"us"}')


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("greeter/9", "the model 'greeter' has no version 9; it has 1, 2"),
        ("greeter@nope", "has no alias 'nope'; it has 'champion'"),
        ("greter", "did you mean 'greeter'"),
        ("greeter/x", "an alias is written models:/greeter@x"),
    ],
)
def test_what_is_not_there_is_told(invoke: Command, wanted: str, told: str) -> None:
    for command in (("show", wanted), ("diff", "greeter", wanted), ("delete", wanted, "-y"), ("alias", wanted, "a")):
        failed = invoke("models", *command)
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert failed.stderr.startswith("Error: ")
        assert told in failed.stderr


def test_diff_shows_what_is_different(run_spanloom: Command, sources: tuple[Path, Path]) -> None:
    shown = run_spanloom("models", "diff", "greeter@champion", "greeter").stdout.splitlines()
    assert shown[0] == "models:/greeter@champion → models:/greeter/latest"
    assert {"+ notes.txt", "~ word.txt", "requirements", "+ orjson==3.11.0", "-Hello", "+Ciao\ufffd[2J"} <= set(shown)
    assert "are alike" in run_spanloom("models", "diff", "greeter/1", str(sources[0])).stdout
    document = json.loads(run_spanloom("models", "diff", "greeter/1", "greeter/2", "--json").stdout)
    assert (document["first"], document["second"]) == ("models:/greeter/1", "models:/greeter/2")
    assert (document["added"], document["removed"]) == (["notes.txt", "requirements.txt"], [])
    assert document["changed"] == ["word.txt"]
    assert document["requirements"] == {"orjson": {"before": None, "after": "orjson==3.11.0"}}
    missing = run_spanloom("models", "diff", "greeter/1", "./nothing")
    assert (missing.returncode, "no such folder" in missing.stderr) == (1, True)


def test_register_makes_the_next_version(run_spanloom: Command, sources: tuple[Path, Path], tmp_path: Path) -> None:
    folder = str(sources[1])
    done = run_spanloom("models", "register", folder, "greeter", "-d", "Third", "--tag", "team=a=b", "--json")
    version = json.loads(done.stdout)
    assert (version["version"], version["description"], version["tags"]) == (3, "Third", {"team": "a=b"})
    assert (
        run_spanloom("models", "register", "greeter@champion", "released").stdout == "registered models:/released/1\n"
    )
    other = f"sqlite:///{tmp_path}/other.db"
    assert run_spanloom("models", "register", folder, "new", "--store", other).stdout == "registered models:/new/1\n"
    assert run_spanloom("models", "show", "new", "--store", other).returncode == 0
    for arguments, told in (
        ((folder, "a/b"), "is no name of a model"),
        ((folder, "x", "--tag", "a"), "expected KEY=VALUE"),
        ((str(tmp_path / "nothing"), "x"), "no such folder"),
        (("nothing/1", "x"), "no registered model 'nothing'"),
    ):
        failed = run_spanloom("models", "register", *arguments)
        assert (failed.returncode, told in failed.stderr) == (1, True)


def test_an_alias_is_set_and_removed(run_spanloom: Command) -> None:
    assert run_spanloom("models", "alias", "greeter/2", "staging").stdout == "greeter@staging is models:/greeter/2\n"
    done = run_spanloom("models", "alias", "greeter", "staging", "--delete", "--json").stdout
    assert json.loads(done) == {"name": "greeter", "aliases": {"champion": 1}}
    assert "reserved" in run_spanloom("models", "alias", "greeter/2", "latest").stderr


def test_delete_takes_one_version_or_all(run_spanloom: Command) -> None:
    asked = run_spanloom("models", "delete", "greeter")
    assert (asked.returncode, "Delete models:/greeter with all its versions from" in asked.stderr) == (2, True)
    assert run_spanloom("models", "delete", "greeter@champion", "-y").stdout == "models:/greeter/1 deleted\n"
    done = run_spanloom("models", "delete", "models:/greeter", "-y", "--json").stdout
    assert json.loads(done) == {"deleted": "models:/greeter"}
    assert "No registered models yet" in run_spanloom("models", "list").stdout
    gone = run_spanloom("models", "delete", "greeter", "-y")
    assert (gone.returncode, "no registered model 'greeter'" in gone.stderr) == (1, True)


def test_a_store_that_is_not_there_is_told_and_not_made(run_spanloom: Command, tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    for command in (("list",), ("show", "greeter"), ("diff", "greeter/1", "greeter/2"), ("alias", "greeter", "a")):
        failed = run_spanloom("models", *command, "--store", f"sqlite:///{path}")
        assert (failed.returncode, "there is no trace store at" in failed.stderr) == (1, True)
    assert not path.exists()


def test_every_command_says_what_it_does(run_spanloom: Command) -> None:
    overview = run_spanloom("models", "--help", COLUMNS="120").stdout
    for name, told in (
        ("list", "List registered models, by name."),
        ("show", "Show one version, and which others there are."),
        ("diff", "Compare two models"),
        ("register", "Register a model as the next version of a name."),
        ("alias", "Let an alias mean a version"),
        ("delete", "Delete a registered model with all its versions, or one version, for good."),
    ):
        assert told in overview
        described = run_spanloom("models", name, "--help", COLUMNS="120").stdout
        assert (told in described, "--json" in described, "--store" in described) == (True, True, True)
