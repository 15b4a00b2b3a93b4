"""What the registry can be asked for, on every engine."""

from __future__ import annotations

import pytest

import spanloom
from spanloom import models
from spanloom.errors import FilterError


@pytest.fixture(autouse=True)
def registered(store_url, tmp_path, plain_model):
    spanloom.configure(artifact_location=str(tmp_path / "artifacts"))
    source = plain_model()
    for name in ("a", "b_1", "bx1", "B"):
        spanloom.register_model(source, name, tags={"from": name[0]})
        models.set_registered_model_tag(name, "team", name[0])
    spanloom.register_model(source, "a", description="newer")
    models.set_registered_model_alias("bx1", "champion", 1)
    models.transition_model_version_stage("a", 1, "Production")


def names(filter_string=None, **options):
    return [model.name for model in spanloom.search_registered_models(filter_string=filter_string, **options)]


def versions(filter_string=None, **options):
    found = spanloom.search_model_versions(filter_string=filter_string, **options)
    return [f"{version.name}/{version.version}" for version in found]


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("name = 'a'", {"a"}),
        ("name LIKE 'b%'", {"b_1", "bx1"}),
        ("name ILIKE 'b%'", {"B", "b_1", "bx1"}),
        ("tags.team = 'b' AND aliases.champion IS NOT NULL", {"bx1"}),
        ("aliases.champion = 1 OR name = 'a'", {"a", "bx1"}),
        ("tags.team NOT IN ('a', 'b')", {"B"}),
        ("tags.nothing IS NULL AND creation_timestamp > 0", {"B", "a", "b_1", "bx1"}),
        ("creation_timestamp > '2999-01-01'", set()),
    ],
)
def test_models_are_found(filter_string, expected):
    assert set(names(filter_string)) == expected


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("name = 'a'", ["a/2", "a/1"]),
        ("name = 'a' AND version_number > 1", ["a/2"]),
        ("current_stage = 'Production'", ["a/1"]),
        ("tags.`from` = 'b' AND name != 'b_1'", ["bx1/1"]),
        ("description LIKE 'new%'", ["a/2"]),
        ("name = 'a' AND NOT (stage = 'Production')", ["a/2"]),
        ("source LIKE '%source' AND name = 'B'", ["B/1"]),
        ("run_id = 'x'", []),
    ],
)
def test_versions_are_found_the_newest_first(filter_string, expected):
    assert versions(filter_string) == expected


def test_results_are_sorted_and_limited():
    assert names(order_by=["name DESC"], max_results=2, filter_string="name LIKE 'b%'") == ["bx1", "b_1"]
    assert names(order_by="aliases.champion", max_results=1) == ["bx1"]
    assert versions("name = 'a'", order_by=["version"]) == ["a/1", "a/2"]
    assert versions(order_by=["version DESC", "name"], max_results=2)[0] == "a/2"
    assert len(versions()) == 5
    with pytest.raises(ValueError, match="at least 1"):
        names(max_results=0)


def test_a_filter_or_order_that_is_none_is_told():
    with pytest.raises(FilterError, match="did you mean name"):
        names("nam = 'a'")
    with pytest.raises(FilterError, match="versions can't be sorted by 'versoin'; did you mean version"):
        versions(order_by=["versoin"])


def test_a_filter_in_the_place_of_the_number_of_results_is_told():
    with pytest.raises(TypeError, match=r"expected a whole number, got .*name = 'a'.*filter_string="):
        spanloom.search_model_versions("name = 'a'")
    with pytest.raises(TypeError, match=r"expected a whole number, got 2\.5"):
        spanloom.search_registered_models(2.5)


def test_logged_models_are_found_and_copies_are_not():
    assert models.search_logged_models() == []
    (version,) = spanloom.search_model_versions(filter_string="name = 'B'")
    copy = models.get_logged_model(version.model_id)
    assert (copy.model_uri, copy.name, copy.source_run_id) == (f"models:/{version.model_id}", None, None)
