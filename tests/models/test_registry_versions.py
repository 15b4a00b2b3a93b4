"""Registered models, their versions, aliases, stages and tags, on every engine that keeps them."""

from __future__ import annotations

import pytest

import spanloom
from spanloom import models
from spanloom.errors import ModelError, NotFoundError

pytestmark = pytest.mark.usefixtures("store_url")


@pytest.fixture
def source(store_url, tmp_path, plain_model):
    spanloom.configure(artifact_location=str(tmp_path / "artifacts"))
    return plain_model()


@pytest.fixture
def three(source):
    return [spanloom.register_model(source, "greeter", tags={"number": number}) for number in (1, 2, 3)]


def test_each_registration_is_the_next_version(source):
    first = spanloom.register_model(source, "greeter", tags={"team": "a", "score": 0.5}, description="First words")
    second = spanloom.register_model(source, "greeter")
    assert (first.version, first.uri, first.description) == (1, "models:/greeter/1", "First words")
    assert (first.tags, first.aliases, first.current_stage) == ({"score": "0.5", "team": "a"}, [], "None")
    assert (first.source, first.run_id, first.status) == (str(source), None, "READY")
    assert first.creation_timestamp > 1_700_000_000_000
    assert (second.version, second.tags, second.description) == (2, {}, None)
    assert first.model_id != second.model_id
    assert models.get_model_version("greeter", 1) == first
    assert models.get_model_version("greeter", "2") == second
    found = models.get_registered_model("greeter")
    assert (found.latest_version, found.latest_versions, found.tags) == (2, [second], {})


def test_each_name_counts_for_itself(source):
    versions = [spanloom.register_model(source, name).version for name in ("a", "b", "a", "Ünï cøde v1.2", "A")]
    assert versions == [1, 1, 2, 1, 1]
    assert models.load_model("models:/Ünï cøde v1.2/1").predict(["you"]) == ["Hello you"]


@pytest.mark.parametrize(
    ("uri", "version"),
    [
        ("models:/greeter/1", 1),
        ("models:/greeter/latest", 3),
        ("models:/greeter/LATEST", 3),
        ("models:/greeter@latest", 3),
        ("models:/greeter@champion", 2),
        ("models:/greeter/Production", 2),
        ("models:/greeter/production", 2),
        ("models:/greeter/None", 3),
    ],
)
def test_a_version_is_named_in_the_ways_there_are(three, uri, version):
    models.set_registered_model_alias("greeter", "champion", 2)
    for number in (1, 2):
        models.transition_model_version_stage("greeter", number, "Production")
    assert models.resolve(uri).name == three[version - 1].model_id
    assert models.resolve(f"models:/{three[version - 1].model_id}") == models.resolve(uri)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("models:/greeter/9", "the model 'greeter' has no version 9; it has 1, 2, 3"),
        ("models:/greeter@nope", "has no alias 'nope'; it has 'champion'"),
        ("models:/greeter/Staging", "no version of the model 'greeter' is in the stage 'Staging'; they are 1: None"),
        ("models:/greter/1", "no registered model 'greter'; did you mean 'greeter'"),
        ("models:/nothing/1", "spanloom models list"),
        (f"models:/m-{'0' * 32}", "no logged model"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(three, uri, told):
    models.set_registered_model_alias("greeter", "champion", 1)
    with pytest.raises(NotFoundError, match=told):
        models.resolve(uri)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("models:/greeter", "does not say which version: models:/greeter/3"),
        ("models:/greeter/x", "an alias is written models:/greeter@x"),
        ("models:/greeter/0", "is no version of a model"),
        ("models:/greeter/1/2", "means no version"),
        ("models:/", "is no name of a model"),
        ("models:/a:b/1", "is no name of a model"),
    ],
)
def test_a_uri_that_is_none_is_told(uri, told):
    with pytest.raises(ModelError, match=told):
        models.resolve(uri)


@pytest.mark.parametrize("name", ["", "a/b", "a@b", "a:b", ".", " a", "x" * 201, f"m-{'0' * 32}", None, 7])
def test_a_name_that_is_none_is_refused(source, name):
    with pytest.raises(ModelError, match="is no name of a model"):
        spanloom.register_model(source, name)
    assert spanloom.search_registered_models() == []


def test_an_alias_moves_and_goes(three):
    for version in (1, 2):
        models.set_registered_model_alias("greeter", "champion", version)
        assert models.get_model_version_by_alias("greeter", "champion").version == version
    models.set_registered_model_alias("greeter", "best", "2")
    assert models.get_model_version("greeter", 2).aliases == ["best", "champion"]
    assert models.get_model_version("greeter", 1).aliases == []
    assert models.get_registered_model("greeter").aliases == {"best": 2, "champion": 2}
    assert models.get_model_version_by_alias("greeter", "latest").version == 3
    models.delete_registered_model_alias("greeter", "champion")
    with pytest.raises(NotFoundError, match="has no alias 'champion'; it has 'best'"):
        models.delete_registered_model_alias("greeter", "champion")
    with pytest.raises(NotFoundError, match="has no version 9"):
        models.set_registered_model_alias("greeter", "champion", 9)


@pytest.mark.parametrize(
    ("alias", "told"),
    [("latest", "reserved"), ("Latest", "reserved"), ("v3", "looks like a version"), ("3", "looks like a version")]
    + [(wrong, "is no alias") for wrong in ("", "a b", "a/b", "a@b", "x" * 201, None)],
)
def test_an_alias_that_is_none_is_refused(three, alias, told):
    with pytest.raises(ModelError, match=told):
        models.set_registered_model_alias("greeter", alias, 1)


def test_a_version_moves_through_the_stages_of_its_life(three):
    moved = models.transition_model_version_stage("greeter", 1, "production")
    assert (moved.current_stage, moved.last_updated_timestamp >= three[0].last_updated_timestamp) == (
        "Production",
        True,
    )
    models.transition_model_version_stage("greeter", 2, "Production", archive_existing_versions=True)
    newest = [(each.version, each.current_stage) for each in models.get_latest_versions("greeter")]
    assert newest == [(1, "Archived"), (2, "Production"), (3, "None")]
    assert [each.version for each in models.get_latest_versions("greeter", ["Production", "Staging"])] == [2]
    with pytest.raises(ModelError, match="'Live' is no stage; expected one of None, Staging, Production, Archived"):
        models.transition_model_version_stage("greeter", 1, "Live")
    with pytest.raises(NotFoundError, match="has no version 9"):
        models.transition_model_version_stage("greeter", 9, "Staging", archive_existing_versions=True)
    with pytest.raises(NotFoundError, match="no registered model 'nothing'"):
        models.get_latest_versions("nothing")


def test_to_archive_others_leaves_those_without_a_stage(three):
    models.transition_model_version_stage("greeter", 3, "Archived", archive_existing_versions=True)
    models.transition_model_version_stage("greeter", 2, "None", archive_existing_versions=True)
    assert [models.get_model_version("greeter", number).current_stage for number in (1, 2, 3)] == [
        "None",
        "None",
        "Archived",
    ]


def test_tags_and_descriptions_are_set_and_deleted(three):
    models.set_registered_model_tag("greeter", "team", 7)
    models.set_registered_model_tag("greeter", "gone", "x")
    models.delete_registered_model_tag("greeter", "gone")
    spanloom.set_model_version_tag("greeter", 2, "score", 0.5)
    models.delete_model_version_tag("greeter", 2, "number")
    assert models.get_registered_model("greeter").tags == {"team": "7"}
    assert [models.get_model_version("greeter", number).tags for number in (1, 2)] == [
        {"number": "1"},
        {"score": "0.5"},
    ]
    assert models.update_model_version("greeter", 2, "Kinder").description == "Kinder"
    assert models.update_registered_model("greeter", "Greets").description == "Greets"
    assert models.get_model_version("greeter", 1).description is None
    with pytest.raises(NotFoundError, match="models:/greeter has no tag 'gone'"):
        models.delete_registered_model_tag("greeter", "gone")
    with pytest.raises(NotFoundError, match="models:/greeter/2 has no tag 'number'"):
        models.delete_model_version_tag("greeter", 2, "number")
    with pytest.raises(NotFoundError, match="has no version 9"):
        spanloom.set_model_version_tag("greeter", 9, "a", "b")
    with pytest.raises(NotFoundError, match="no registered model 'nothing'"):
        models.update_registered_model("nothing", "x")
    with pytest.raises(ModelError, match="expected a name of 1 to 250 printable characters"):
        models.set_registered_model_tag("greeter", " ", "b")


def test_a_refused_tag_registers_nothing(source):
    with pytest.raises(ModelError, match="printable characters"):
        spanloom.register_model(source, "greeter", tags={"": "x"})
    assert spanloom.search_registered_models() == []


def test_a_model_may_be_made_before_its_versions(source):
    made = models.create_registered_model("greeter", {"team": "a"}, "Greets")
    assert (made.name, made.tags, made.description, made.latest_version) == ("greeter", {"team": "a"}, "Greets", None)
    with pytest.raises(ModelError, match="there is a registered model 'greeter' already"):
        models.create_registered_model("greeter")
    with pytest.raises(NotFoundError, match=r"has no version; spanloom\.register_model"):
        models.resolve("models:/greeter/latest")
    assert spanloom.register_model(source, "greeter").version == 1
    assert models.get_registered_model("greeter").description == "Greets"


def test_a_deleted_version_is_gone_and_its_number_not_used_again(source, three):
    models.set_registered_model_alias("greeter", "champion", 3)
    models.delete_model_version("greeter", 3)
    assert models.get_registered_model("greeter").aliases == {}
    for gone in (lambda: models.resolve("models:/greeter@champion"), lambda: models.delete_model_version("greeter", 3)):
        with pytest.raises(NotFoundError):
            gone()
    assert models.get_model_version_by_alias("greeter", "latest").version == 2
    assert spanloom.register_model(source, "greeter").version == 4


def test_a_deleted_model_is_gone_with_all_that_is_said_of_it(source, three):
    models.set_registered_model_alias("greeter", "champion", 3)
    models.set_registered_model_tag("greeter", "team", "a")
    models.delete_registered_model("greeter")
    assert (spanloom.search_registered_models(), spanloom.search_model_versions()) == ([], [])
    with pytest.raises(NotFoundError, match="no registered model 'greeter'"):
        models.delete_registered_model("greeter")
    again = spanloom.register_model(source, "greeter")
    assert (again.version, again.tags, again.aliases) == (1, {}, [])
    assert models.get_registered_model("greeter").tags == {}


def test_what_was_returned_can_be_shown_as_plain_values(three):
    models.set_registered_model_alias("greeter", "champion", 3)
    document = models.get_registered_model("greeter").to_dict()
    assert (document["name"], document["latest_version"], document["aliases"]) == ("greeter", 3, {"champion": 3})
    (latest,) = document["latest_versions"]
    assert (latest["uri"], latest["tags"], latest["aliases"]) == ("models:/greeter/3", {"number": "3"}, ["champion"])
