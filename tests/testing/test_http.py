from __future__ import annotations

import ast
import base64
import http.client
import json
import math
import socket
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import openai
import pytest
from openai import OpenAI
from openai.types import CreateEmbeddingResponse

from spanloom.testing import ProviderServer, Reply, provider


@pytest.fixture
def connection(server: ProviderServer):
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=10)
    yield connection
    connection.close()


def send(connection: http.client.HTTPConnection, method: str, path: str, body: str | bytes | None = None):
    connection.request(method, path, body)
    response = connection.getresponse()
    assert response.headers["content-type"] == "application/json"
    return response.status, json.loads(response.read())


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/chat/completions", "{not json", None),
        ("/v1/chat/completions", b"\xff\xfe", None),
        ("/v1/chat/completions", "[]", None),
        ("/v1/chat/completions", None, None),
        ("/v1/chat/completions", '{"messages": []}', "model"),
        ("/v1/chat/completions", '{"model": "m"}', "messages"),
        ("/v1/chat/completions", '{"model": "m", "messages": ["hi"]}', "messages[0]"),
        ("/v1/chat/completions", '{"model": "m", "messages": [{"role": "user"}], "stream": "yes"}', "stream"),
        ("/v1/responses", '{"model": "m", "input": 7}', "input"),
        ("/v1/responses", '{"model": "m", "tools": {}}', "tools"),
        ("/v1/responses", '{"model": "m", "tools": ["now"]}', "tools"),
        ("/v1/embeddings", '{"model": "m"}', "input"),
        ("/v1/embeddings", '{"model": "m", "input": []}', "input"),
        ("/v1/embeddings", '{"model": "m", "input": "a", "dimensions": 0}', "dimensions"),
    ],
)
def test_a_malformed_request_is_a_400_in_openais_shape(server, connection, path, body, param):
    server.script([Reply("unused")])
    status, answer = send(connection, "POST", path, body)
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert answer["error"]["param"] == param
    assert set(answer["error"]) == {"message", "type", "param", "code"}
    assert server.requests[0].finished.wait(5)
    good = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
    assert send(connection, "POST", "/v1/chat/completions", good)[1]["choices"][0]["message"]["content"] == "unused"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("POST", "/chat/completions", 404), ("GET", "/v1/responses", 405)],
)
def test_an_unknown_path_or_method_is_json_that_names_what_is_known(connection, method, path, status):
    got, answer = send(connection, method, path)
    assert got == status
    assert f"{method}" in answer["error"]["message"]
    assert path in answer["error"]["message"]


def test_what_is_not_http_is_answered_in_json(server):
    with socket.create_connection(("127.0.0.1", urlsplit(server.base_url).port), timeout=10) as sock:
        sock.sendall(b"nonsense\r\n\r\n")
        answer = sock.makefile("rb").read()
    assert b"HTTP/1.1 400" in answer
    assert b'"invalid_request_error"' in answer


@pytest.mark.parametrize("text", ["Grüße 東京 🌦", "half a pair: \ud83c"])
def test_any_text_survives_the_wire(connection, text: str):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]})
    _, answer = send(connection, "POST", "/v1/chat/completions", body)
    assert answer["choices"][0]["message"]["content"] == f"echo: {text}"


def test_a_connection_is_kept_for_the_next_request(server, connection):
    assert send(connection, "GET", "/v1/models")[0] == 200
    first = connection.sock.getsockname()
    assert send(connection, "GET", "/v1/models")[0] == 200
    assert connection.sock.getsockname() == first


def test_requests_are_logged_as_received(server: ProviderServer, client: OpenAI):
    client.chat.completions.create(
        model="gpt-test", messages=[{"role": "user", "content": "hi"}], extra_headers={"X-Trace": "7"}
    )
    list(client.responses.create(model="gpt-test", input="hi", stream=True))
    chat, responses = server.requests
    assert (chat.index, chat.method, chat.path, chat.stream) == (0, "POST", "/v1/chat/completions", False)
    assert chat.headers["x-trace"] == "7"
    assert chat.headers["authorization"] == "Bearer unused"
    assert chat.body == {"model": "gpt-test", "messages": [{"role": "user", "content": "hi"}]}
    assert (responses.index, responses.path, responses.stream) == (1, "/v1/responses", True)


def test_models_are_listed(client: OpenAI):
    assert [model.id for model in client.models.list()] == ["scripted"]


def test_the_raw_response_carries_a_request_id(client: OpenAI):
    raw = client.responses.with_raw_response.create(model="gpt-test", input="hi")
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.parse().output_text == "echo: hi"


def embed(client: OpenAI, *texts: str, **options: object) -> CreateEmbeddingResponse:
    response = client.embeddings.create(model="embed-test", input=list(texts), **options)
    CreateEmbeddingResponse.model_validate_json(response.model_dump_json(), strict=True)
    return response


def test_embeddings_follow_from_the_words(client: OpenAI):
    response = embed(client, "the cat sat", "the cat ran", "stock market", "the cat sat", dimensions=256)
    cat, other_cat, stocks, again = (item.embedding for item in response.data)
    assert cat == again
    assert len(cat) == 256
    assert math.isclose(math.hypot(*cat), 1.0, rel_tol=1e-6)
    near, far = (sum(a * b for a, b in zip(cat, other, strict=True)) for other in (other_cat, stocks))
    assert near > far
    assert response.usage.prompt_tokens == 11
    assert [item.index for item in response.data] == [0, 1, 2, 3]


def test_embeddings_are_the_same_as_numbers_and_as_base64(server, client: OpenAI, connection):
    numbers = embed(client, "the cat sat", encoding_format="float").data[0].embedding
    body = json.dumps({"model": "embed-test", "input": "the cat sat", "encoding_format": "base64"})
    _, answer = send(connection, "POST", "/v1/embeddings", body)
    packed = base64.b64decode(answer["data"][0]["embedding"])
    assert len(numbers) == 1536
    assert struct.unpack("<1536f", packed) == pytest.approx(numbers)


def test_token_lists_are_embedded_too(client: OpenAI):
    one = client.embeddings.create(model="embed-test", input=[1, 2, 3])
    many = client.embeddings.create(model="embed-test", input=[[1, 2, 3], [4]])
    assert one.data[0].embedding == many.data[0].embedding
    assert len(many.data) == 2


def test_embeddings_do_not_take_from_the_script(server: ProviderServer, client: OpenAI):
    server.script([Reply("for the model")])
    embed(client, "text")
    assert client.responses.create(model="gpt-test", input="hi").output_text == "for the model"


def test_a_missing_model_is_reported_by_the_client(client: OpenAI):
    with pytest.raises(openai.BadRequestError, match="model parameter"):
        client.responses.create(model="", input="hi")


def test_importing_spanloom_testing_imports_no_client():
    code = "import sys, spanloom.testing; print(sorted({'openai', 'httpx', 'httpx2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", sorted(Path(provider.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_the_server_is_made_of_the_standard_library(path: Path):
    tree = ast.parse(path.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith("spanloom.testing.provider.")} <= {"spanloom.errors"}
