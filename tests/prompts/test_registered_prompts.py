from __future__ import annotations

import pytest
from pydantic import BaseModel

import spanloom
from spanloom.errors import FilterError, NotFoundError, PromptError

CHAT = [{"role": "system", "content": "You are {{style}}."}, {"role": "user", "content": "{{q}}"}]


class Answer(BaseModel):
    text: str


def test_each_registration_is_the_next_version():
    first = spanloom.register_prompt("greet", "Hi {{ name }}!", "c1", {"team": "a"})
    second = spanloom.register_prompt("greet", CHAT, tags={"lang": "en"}, response_format=Answer)
    assert (first.version, first.uri, first.commit_message, first.description) == (1, "prompts:/greet/1", "c1", "c1")
    assert (first.is_text_prompt, second.is_text_prompt) == (True, False)
    assert first.creation_timestamp > 1_700_000_000_000
    assert spanloom.load_prompt("greet", 1, cache_ttl_seconds=0) == first
    assert spanloom.load_prompt("greet", cache_ttl_seconds=0) == second
    assert second.response_format == Answer.model_json_schema()
    assert (first.tags, second.tags) == ({"team": "a"}, {"lang": "en"})
    found = spanloom.get_prompt("greet")
    assert found is not None
    assert (found.tags, found.latest_version) == ({"team": "a", "lang": "en"}, 2)


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("greet", 3),
        ("greet@latest", 3),
        ("greet@LATEST", 3),
        ("prompts:/greet", 3),
        ("prompts:/greet/1", 1),
        ("greet/1", 1),
        ("prompts:/greet@production", 2),
    ],
)
def test_a_version_is_named_in_the_ways_there_are(reference, version):
    for number in range(3):
        spanloom.register_prompt("greet", f"{number}")
    spanloom.set_prompt_alias("greet", "production", 2)
    assert spanloom.load_prompt(reference).version == version
    assert spanloom.load_prompt("greet", version="1").version == 1
    assert spanloom.load_prompt("greet", version="latest").version == 3


def test_what_is_not_there_is_told_or_none():
    spanloom.register_prompt("greet", "Hi")
    for reference in ("nope", "greet/9", "greet@nope"):
        with pytest.raises(NotFoundError, match="spanloom prompts list"):
            spanloom.load_prompt(reference)
        assert spanloom.load_prompt(reference, allow_missing=True) is None
    with pytest.raises(PromptError, match="says already which version"):
        spanloom.load_prompt("prompts:/greet/1", version=1)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a@b", "..", "é", "x" * 201, "prompts:/a", None])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(PromptError):
        spanloom.register_prompt(name, "Hi")


@pytest.mark.parametrize("version", [0, -1, "x", 1.5, True])
def test_a_version_that_is_none_is_refused(version):
    spanloom.register_prompt("greet", "Hi")
    with pytest.raises(PromptError, match="is no version of a prompt"):
        spanloom.load_prompt("greet", version)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ([], "an empty list"),
        (None, "NoneType"),
        (["Hi"], r"template\[0\]: expected a message"),
        ([{"content": "Hi"}], r"template\[0\].role"),
        ([{"role": "user", "content": "Hi"}, {"role": "user"}], r"template\[1\].content"),
        ("\ud800", "can't be written as JSON"),
    ],
)
def test_a_template_that_is_none_is_refused(template, told):
    with pytest.raises(PromptError, match=told):
        spanloom.register_prompt("greet", template)
    assert spanloom.search_prompts() == []


def test_an_empty_text_is_a_template():
    assert spanloom.register_prompt("e", "").format() == ""


def test_a_model_config_is_checked_and_kept():
    config = spanloom.PromptModelConfig(model_name="gpt-5", temperature=0.2, extra_params={"seed": 1})
    spanloom.register_prompt("a", "Hi", model_config=config)
    spanloom.register_prompt("b", "Hi", model_config={"model_name": "gpt-5", "temperature": 0.2, "seed": 1})
    expected = {"model_name": "gpt-5", "temperature": 0.2, "seed": 1}
    for name in "ab":
        assert spanloom.load_prompt(name, cache_ttl_seconds=0).model_config == expected
    with pytest.raises(PromptError, match=r"model_config.temperature: .*greater than or equal to 0"):
        spanloom.register_prompt("a", "Hi", model_config={"temperature": -1})
    with pytest.raises(PromptError, match="response_format: expected a pydantic class"):
        spanloom.register_prompt("a", "Hi", response_format="json")


def test_an_alias_moves_and_goes():
    spanloom.register_prompt("greet", "1")
    spanloom.register_prompt("greet", "2")
    for version in (1, 2):
        spanloom.set_prompt_alias("greet", "production", version)
        assert spanloom.load_prompt("greet@production").version == version
    assert spanloom.load_prompt("greet", 2).aliases == ["production"]
    spanloom.delete_prompt_alias("greet", "production")
    with pytest.raises(NotFoundError, match="no alias 'production'"):
        spanloom.load_prompt("greet@production")
    with pytest.raises(NotFoundError, match="no alias 'production'"):
        spanloom.delete_prompt_alias("greet", "production")
    with pytest.raises(NotFoundError, match="no version 9"):
        spanloom.set_prompt_alias("greet", "production", 9)
    for alias in ("latest", "Latest"):
        with pytest.raises(PromptError, match="reserved"):
            spanloom.set_prompt_alias("greet", alias, 1)


def test_tags_are_set_and_deleted():
    spanloom.register_prompt("greet", "1", tags={"a": "1"})
    spanloom.set_prompt_tag("greet", "team", 7)
    spanloom.delete_prompt_tag("greet", "a")
    spanloom.set_prompt_version_tag("greet", 1, "score", 0.5)
    spanloom.delete_prompt_version_tag("greet", 1, "a")
    assert spanloom.load_prompt("greet", 1).tags == {"score": "0.5"}
    (found,) = spanloom.search_prompts()
    assert found.tags == spanloom.get_prompt_tags("greet") == {"team": "7"}
    with pytest.raises(NotFoundError, match="no prompt 'nothing'"):
        spanloom.get_prompt_tags("nothing")
    with pytest.raises(NotFoundError, match="prompts:/greet/1 has no tag 'a'"):
        spanloom.delete_prompt_version_tag("greet", 1, "a")
    with pytest.raises(NotFoundError, match="no version 2"):
        spanloom.set_prompt_version_tag("greet", 2, "a", "b")
    with pytest.raises(PromptError, match="expected a name"):
        spanloom.set_prompt_tag("greet", " ", "b")


def test_a_deleted_version_is_gone_and_its_number_not_used_again():
    for number in range(3):
        spanloom.register_prompt("greet", f"{number}")
    spanloom.set_prompt_alias("greet", "production", 3)
    spanloom.load_prompt("greet", 3)
    spanloom.delete_prompt_version("greet", 3)
    assert spanloom.load_prompt("greet").version == 2
    assert spanloom.load_prompt("greet@production", allow_missing=True) is None
    assert spanloom.load_prompt("greet", 3, allow_missing=True) is None
    assert spanloom.register_prompt("greet", "new").version == 4
    assert [each.version for each in spanloom.search_prompt_versions("greet")] == [4, 2, 1]
    spanloom.delete_prompt("greet")
    assert spanloom.search_prompts() == []
    for delete in (lambda: spanloom.delete_prompt("greet"), lambda: spanloom.delete_prompt_version("greet", 1)):
        with pytest.raises(NotFoundError):
            delete()
    with pytest.raises(NotFoundError):
        spanloom.search_prompt_versions("greet")


def test_a_prompt_is_described_by_its_first_words():
    for message in ("For orders", "Kinder"):
        spanloom.register_prompt("greet", "Hi", commit_message=message)
    spanloom.register_prompt("bare", "Hi")
    assert [(each.name, each.description) for each in spanloom.search_prompts()] == [
        ("bare", None),
        ("greet", "For orders"),
    ]


def test_prompts_are_searched_and_paged():
    for name in ("a", "b_1", "bx1", "c"):
        spanloom.register_prompt(name, "Hi", tags={"team": name[0]})
    spanloom.set_prompt_alias("c", "production", 1)

    def names(text: str) -> list[str]:
        return [prompt.name for prompt in spanloom.search_prompts(text)]

    assert names("name LIKE 'b%' AND tags.team = 'b'") == ["b_1", "bx1"]
    assert names("aliases.production IS NOT NULL OR name = 'a'") == ["a", "c"]
    assert names("tags.team NOT IN ('a', 'b')") == ["c"]
    with pytest.raises(FilterError, match="did you mean name"):
        names("nam = 'a'")
    found, token = [], None
    while True:
        page = spanloom.search_prompts(max_results=3, page_token=token)
        found += [prompt.name for prompt in page]
        token = page.token
        if token is None:
            break
    assert found == ["a", "b_1", "bx1", "c"]
    with pytest.raises(ValueError, match="at least 1"):
        spanloom.search_prompts(max_results=0)


def test_a_loaded_version_is_the_callers_own():
    spanloom.register_prompt("chat", CHAT)
    loaded = spanloom.load_prompt("chat", 1)
    loaded.template[0]["content"] = "Be rude."
    assert spanloom.load_prompt("chat", 1).template == CHAT
