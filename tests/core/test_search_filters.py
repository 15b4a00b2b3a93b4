from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import FilterError
from spanloom.store.search import COLUMNS, parse_filter

pytestmark = pytest.mark.usefixtures("store_url")


@pytest.fixture
def two_traces() -> None:
    """One of production with a failed tool, one of nothing but a name."""
    with (
        spanloom.tracing_context(session_id="s1", user="ada", tags={"env": "prod", "a b": "x"}, metadata={"v": "1"}),
        spanloom.start_span("shop agent", spanloom.SpanType.AGENT) as root,
    ):
        root.set_inputs({"messages": [{"role": "user", "content": "first line\nsecond Zeile"}]})
        spanloom.update_current_trace(client_request_id="r1", state="ERROR")
        with spanloom.start_span("buy", spanloom.SpanType.TOOL, {"n": 2, "flag": True, "text": "1"}) as tool:
            tool.set_status("ERROR", "sold out")
        with spanloom.start_span("chat", spanloom.SpanType.CHAT_MODEL, {"gen_ai.request.model": "gpt-5"}) as chat:
            chat.set_token_usage(spanloom.TokenUsage(10, 5))
            chat.set_outputs("the answer")
    spanloom.flush()
    spanloom.log_feedback(trace_id=root.trace_id, name="good", value=True)
    spanloom.log_feedback(trace_id=root.trace_id, name="score", value=0.5)
    with spanloom.start_span("other"):
        pass


def found(text: str) -> list[str]:
    return sorted(trace.info.name.split()[0] for trace in spanloom.search_traces(text, include_spans=False))


SHOP, OTHER, BOTH, NONE = ["shop"], ["other"], ["other", "shop"], []

MLFLOW = [
    ("status = 'ERROR'", SHOP),
    ("trace.status = 'ERROR'", SHOP),
    ("attributes.status = 'OK'", OTHER),
    ("name = 'shop agent'", SHOP),
    ("trace.name != 'shop agent'", OTHER),
    ("attributes.name LIKE 'shop%'", SHOP),
    ("name ILIKE 'SHOP%'", SHOP),
    ("name RLIKE '^shop'", SHOP),
    ("name IS NOT NULL", BOTH),
    ("name IS NULL", NONE),
    ("tags.env = 'prod'", SHOP),
    ("tags.`mlflow.traceName` = 'shop agent'", SHOP),
    ("metadata.v = '1'", SHOP),
    ("request_metadata.v = '1'", SHOP),
    ("metadata.`mlflow.trace.session` = 's1'", SHOP),
    ("client_request_id = 'r1'", SHOP),
    ("timestamp_ms > 1000", BOTH),
    ("execution_time_ms >= 0 AND end_time > 1000", BOTH),
    ("span.name = 'buy'", SHOP),
    ("span.type = 'TOOL'", SHOP),
    ("span.status = 'ERROR'", SHOP),
    ("span.content LIKE '%answer%'", SHOP),
    ("trace.text LIKE '%answer%'", SHOP),
    ("feedback.good = 'true'", SHOP),
    ('status = "ERROR" AND name = "shop agent"', SHOP),
]
BETTER = [
    ("status = 'ERROR' OR name = 'other'", BOTH),
    ("name IN ('other', 'none')", OTHER),
    ("name NOT IN ('other', 'none')", SHOP),
    ("state = 'OK'", OTHER),
    ("user = 'ada' AND session_id = 's1'", SHOP),
    ("user != 'ada'", OTHER),
    ("request LIKE '%second%'", SHOP),
    ("feedback.good = true", SHOP),
    ("feedback.good != true", OTHER),
    ("feedback.score BETWEEN 0.4 AND 0.6", SHOP),
    ("feedback.score IS NULL", OTHER),
    ("span.attributes.n = 2", SHOP),
    ("span.attributes.n = '2'", SHOP),
    ("span.attributes.text = '1'", SHOP),
    ("span.attributes.text = 1", NONE),
    ("span.attributes.flag = true", SHOP),
    ("span.attributes.gen_ai.request.model = 'gpt-5'", SHOP),
    ("tags.env != 'dev'", BOTH),
    ("NOT tags.env = 'prod'", OTHER),
    ("tags.\"a b\" = 'x'", SHOP),
    ("model = 'gpt-5'", SHOP),
    ("model IS NULL", OTHER),
    ("total_tokens > 14 AND output_tokens = 5", SHOP),
    ("reasoning_output_tokens IS NULL", BOTH),
    ("start_time > '2024-01-01T00:00:00+01:00' AND start_time < '2999-01-01'", BOTH),
    ("start_time < DATE '2024-01-01'", NONE),
    ("span.type = 'TOOL' AND span.status = 'OK'", NONE),
    ("(span.type = 'TOOL' OR span.type = 'AGENT') AND span.status = 'OK'", SHOP),
    ("NOT span.type = 'TOOL'", OTHER),
    ("span.type NOT LIKE 'TOOL'", BOTH),
    ("span.status_message = 'sold out'", SHOP),
    ("name LIKE 'SHOP%'", NONE),
    ("name ILIKE 'SHÖP%'", NONE),
    ("text MATCH 'second'", SHOP),
    ("text MATCH '\"line second\"'", SHOP),
    ("text MATCH 'zeile -answer'", SHOP),
    ("text MATCH 'zeile NOT answer'", SHOP),
    ("text MATCH 'zeile AND NOT second'", NONE),
    ("text MATCH 'zeile NOT \"line second\"'", NONE),
    ("text MATCH 'answer second'", NONE),
    ("text MATCH 'nothing OR ANSW*'", SHOP),
    ("text MATCH 'a\"b * ) NEAR( -'", NONE),
    ("text NOT LIKE '%answer%'", OTHER),
]


@pytest.mark.parametrize(("text", "expected"), MLFLOW + BETTER)
def test_a_filter_finds(two_traces: None, text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_mlflows_name_of_the_argument_is_taken(two_traces: None) -> None:
    assert len(spanloom.search_traces(filter_string="name = 'other'")) == 1
    assert len(spanloom.search_traces(filter_string="")) == 2
    with pytest.raises(FilterError, match="not both"):
        spanloom.search_traces("name = 'a'", filter_string="name = 'a'")


@pytest.mark.parametrize(
    "text",
    [
        "name = 'x' OR '1' = '1'",
        "name = 'x'; DROP TABLE traces",
        "name = (SELECT name FROM traces)",
        "name = load_extension('x')",
        "1 = 1",
        "traces.name = 'x'",
        "name = 'a' UNION SELECT 1",
        "EXISTS (SELECT 1)",
        'tags."a\') OR 1=1 --" = \'x\' AND tags."""" = 1',
        "name = ?",
        "name = :x",
        "text MATCH 'x' ESCAPE 'y'",
        "name || 'x' = 'y'",
        "name = 'a' COLLATE nocase",
        "name = x'00'",
        "name = '\ud800'",
        "a" * 30_000,
        "(" * 500 + "name = 'x'" + ")" * 500,
    ],
)
def test_what_is_no_condition_on_columns_is_refused(two_traces: None, text: str) -> None:
    with pytest.raises(FilterError):
        spanloom.search_traces(text)
    assert len(spanloom.search_traces()) == 2


@pytest.mark.parametrize("value", ["'; DROP TABLE traces; --", "\\", '"', "%_*?[]", "it's", "$.x", "{}"])
def test_values_are_never_read_as_sql(two_traces: None, value: str) -> None:
    quoted = "'" + value.replace("'", "''") + "'"
    for operator in ("=", "LIKE", "ILIKE"):
        assert found(f"tags.env {operator} {quoted} OR name {operator} {quoted}") == NONE
    with spanloom.tracing_context(tags={"env": value}), spanloom.start_span("third"):
        pass
    assert found(f"tags.env = {quoted}") == ["third"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "nmae = 'x'",
            "filter: there is no column 'nmae'; did you mean name? (at character 1)\n  nmae = 'x'\n  ^^^^",
        ),
        (
            "status = 'OK' AND\n duration_ms > 'a'",
            (
                "filter: duration_ms is compared with a number: expected e.g. duration_ms > 500 (at character 34)\n"
                "   duration_ms > 'a'\n                 ^^^"
            ),
        ),
        (
            "status = OK",
            (
                "filter: a text is written in quotation marks: expected 'OK' (at character 10)\n"
                "  status = OK\n           ^^"
            ),
        ),
        (
            "tags = 'x'",
            (
                "filter: there is no column 'tags'; a key follows it, e.g. tags.name (at character 1)\n"
                "  tags = 'x'\n  ^^^^"
            ),
        ),
        (
            "(name = 'x'",
            "filter: a closing parenthesis is missing after \"'x'\" (at character 9)\n  (name = 'x'\n          ^^^",
        ),
        (
            "name = 'x",
            (
                "filter: a quotation mark is not closed (write '' for one inside a text) (at character 8)\n"
                "  name = 'x\n         ^"
            ),
        ),
    ],
)
def test_a_mistake_is_shown_where_it_is(text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert str(caught.value) == message


def test_every_documented_spelling_is_understood() -> None:
    for column in COLUMNS:
        for name in (column.name, *column.aliases):
            text = f"{name}{'.k' if column.keyed else ''}"
            value = {"number": "1", "time": "'2026-01-01'"}.get(column.type, "'x'")
            operator = "MATCH" if column.type == "full text" else "="
            assert getattr(parse_filter(f"{text} {operator} {value}"), "reference").column == column  # noqa: B009


@pytest.mark.parametrize(
    "column", ["name", "tags.env", "model", "span.name", "session", "span.attributes.n", "total_tokens"]
)
def test_a_list_may_be_long(two_traces: None, column: str) -> None:
    many = ", ".join(f"'{number}'" if column != "total_tokens" else str(number + 100) for number in range(1, 900))
    known = {
        "name": "'shop agent'",
        "tags.env": "'prod'",
        "model": "'gpt-5'",
        "span.name": "'buy'",
        "session": "'s1'",
        "span.attributes.n": "2",
        "total_tokens": "15",
    }[column]
    assert found(f"{column} IN ({many}, {known})") == SHOP
    assert found(f"NOT {column} IN ({many}, {known})") == OTHER


def test_a_condition_may_have_many_parts(two_traces: None) -> None:
    assert found(" OR ".join(f"name='{number}'" for number in range(1200)) + " OR name='other'") == OTHER
    assert found(" AND ".join(f"name!='{number}'" for number in range(1100))) == BOTH


@pytest.mark.parametrize("number", [2**53 + 1, 1234567890123456789, -(2**53) - 1, 2**63 - 1])
def test_large_whole_numbers_are_told_apart(number: int) -> None:
    with spanloom.start_span("one", attributes={"id": number}):
        pass
    assert found(f"span.attributes.id = {number}") == ["one"]
    assert found(f"span.attributes.id IN (1, {number})") == ["one"]
    assert found(f"span.attributes.id = '{number}'") == ["one"]
    assert found(f"span.attributes.id = {number - 1}") == NONE


def test_not_between_finds_a_span_outside(two_traces: None) -> None:
    assert found("span.name NOT BETWEEN 'b' AND 'c'") == BOTH  # "chat" and "shop agent"; "other"
    assert found("NOT span.name BETWEEN 'b' AND 'c'") == OTHER
    assert found("total_tokens NOT BETWEEN 1 AND 20") == OTHER
