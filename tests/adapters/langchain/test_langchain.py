from __future__ import annotations

from operator import itemgetter

import pytest
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from pydantic import BaseModel

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall, Usage

TALK = [
    {"role": "user", "content": "I am Ann."},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Who am I?"},
]


class Library(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(f"about {query}", metadata={"page": 1, "source": f"books/{query}.txt"}), Document("more")]


def prompt(server):
    return [(message["role"], message["content"]) for message in server.requests[-1].body["messages"]]


def test_a_chat_model_gives_reasoning_text_and_tool_calls(server, chat_model, ask, shape):
    calls = [ToolCall("add", {"a": 1}), ToolCall("add", {"a": 2})]
    server.script([Reply("Adding.", reasoning="Sums.", tool_calls=calls, usage=Usage(3, 4))])
    response = ask(spanloom.wrap(chat_model("responses")), input="1 + 2?")
    assert shape(response) == [
        ("reasoning", "Sums."),
        ("message", "Adding."),
        ("function_call", '{"a": 1}'),
        ("function_call", '{"a": 2}'),
    ]
    assert response.usage.total_tokens == 7


def test_a_model_with_tools_bound_gets_messages(server, chat_model, ask):
    agent = spanloom.wrap(chat_model().bind(temperature=0).with_retry())
    server.script([Reply("Ann.")])
    assert ask(agent, input=TALK).output_text == "Ann."
    assert [role for role, _ in prompt(server)] == ["user", "assistant", "user"]


def test_an_answer_from_the_cache_has_a_delta_and_costs_nothing(server, chat_model):
    # Models look into their cache only when they are not asked for a stream.
    agent = spanloom.wrap(create_agent(chat_model(cache=InMemoryCache()), []))
    server.script([Reply("Once.", usage=Usage(1, 1))])
    assert agent.predict(input="hi").usage.total_tokens == 2
    events = list(agent.predict_stream(input="hi"))
    assert [event.delta for event in events if event.type == "response.output_text.delta"] == ["Once."]
    assert events[-1].response.get("usage") is None


class TwoChoices(BaseChatModel):
    """Each choice has the tokens of the whole call, as those of langchain-openai."""

    @property
    def _llm_type(self):
        return "two choices"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
        choices = [AIMessage(text, usage_metadata=usage) for text in ("one", "two")]
        return ChatResult(generations=[ChatGeneration(message=choice) for choice in choices])


def test_the_tokens_of_a_call_with_several_choices_count_once(ask):
    response = ask(spanloom.wrap(TwoChoices()), input="hi")
    assert (response.output_text, response.usage.total_tokens) == ("one", 7)


def test_a_prompt_with_one_variable_gets_the_last_user_text(server, chat_model, ask, shape):
    chain = ChatPromptTemplate([("system", "Rhyme."), ("user", "On {topic}")]) | chat_model() | StrOutputParser()
    server.script([Reply("Roses are red.", usage=Usage(5, 4))])
    response = ask(spanloom.wrap(chain), input="roses")
    assert shape(response) == [("message", "Roses are red.")]
    assert response.usage.total_tokens == 9
    assert prompt(server) == [("system", "Rhyme."), ("user", "On roses")]


def test_a_prompt_with_a_history_gets_the_messages_before_the_question(server, chat_model, ask):
    chain = ChatPromptTemplate([MessagesPlaceholder("chat_history"), ("user", "{input}")]) | chat_model()
    server.script([Reply("Ann.")])
    assert ask(spanloom.wrap(chain), input=TALK).output_text == "Ann."
    assert prompt(server) == [("user", "I am Ann."), ("assistant", "Hello."), ("user", "Who am I?")]


def test_a_prompt_of_messages_alone_gets_them_all(server, chat_model, ask):
    chain = ChatPromptTemplate([("system", "Be brief."), MessagesPlaceholder("messages")]) | chat_model()
    server.script([Reply("Ann.")])
    ask(spanloom.wrap(chain), input=TALK)
    assert [role for role, _ in prompt(server)] == ["system", "user", "assistant", "user"]


def test_further_variables_come_from_custom_inputs(server, chat_model, ask):
    agent = spanloom.wrap(ChatPromptTemplate([("user", "{question} In {language}.")]) | chat_model())
    server.script([Reply("Oui.")])
    ask(agent, input="Yes?", custom_inputs={"language": "French", "unused": 1})
    assert prompt(server) == [("user", "Yes? In French.")]
    with pytest.raises(AgentError, match="also takes 'language': pass them in custom_inputs"):
        agent.predict(input="Yes?")


@pytest.mark.parametrize(
    "inputs",
    [
        {"context": Library(), "question": RunnablePassthrough()},
        {"context": itemgetter("question") | Library(), "question": itemgetter("question")},
    ],
)
def test_a_retrieval_chain_gets_text_or_a_mapping_as_it_takes(server, chat_model, ask, inputs):
    chain = inputs | ChatPromptTemplate([("user", "{context} {question}")]) | chat_model() | StrOutputParser()
    server.script([Reply("Blue.")])
    assert ask(spanloom.wrap(chain), input="sky").output_text == "Blue."
    [(_, text)] = prompt(server)
    assert "about sky" in text
    assert text.endswith("sky")


def test_of_a_mapping_the_answer_is_the_text_and_the_rest_is_custom_output(server, chat_model, ask, shape):
    write = ChatPromptTemplate([("user", "{context} {input}")]) | chat_model() | StrOutputParser()
    chain = RunnablePassthrough.assign(context=itemgetter("input") | Library()).assign(answer=write)
    server.script([Reply("It is blue.")])
    response = ask(spanloom.wrap(chain), input="sky")
    assert shape(response) == [("message", "It is blue.")]
    assert response.custom_outputs["input"] == "sky"
    assert [node["page_content"] for node in response.custom_outputs["source_nodes"]] == ["about sky", "more"]
    [part] = response.model_dump()["output"][0]["content"]
    assert [
        (annotation["type"], annotation["filename"], annotation["index"]) for annotation in part["annotations"]
    ] == [
        ("file_citation", "sky.txt", 0),
        ("file_citation", "document_1", 1),
    ]


def test_a_retriever_gives_documents(ask, shape):
    response = ask(spanloom.wrap(Library()), input="sky")
    assert shape(response) == [("message", "about sky\n\nmore")]
    assert response.custom_outputs["source_nodes"][0]["metadata"] == {"page": 1, "source": "books/sky.txt"}


class Sum(BaseModel):
    value: int


# The `openai` package's own, when a parsed answer is dumped.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(
    "end", [lambda model: model | JsonOutputParser(), lambda model: model.with_structured_output(Sum)]
)
def test_structured_output_is_text_and_a_custom_output(server, chat_model, ask, shape, end):
    server.script([Reply('{"value": 3}')])
    response = ask(spanloom.wrap(end(chat_model())), input="1 + 2?")
    assert shape(response) == [("message", '{"value": 3}')]
    assert response.custom_outputs == {"structured_response": {"value": 3}}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda text: text.upper(), [("message", "HI")]),
        (
            lambda text: AIMessage(text, tool_calls=[{"name": "f", "args": {}, "id": "c"}]),
            [("message", "hi"), ("function_call", "{}")],
        ),
        (lambda text: {"output": text, "steps": 2}, [("message", "hi")]),
        (lambda text: None, []),
    ],
)
def test_a_function_as_runnable_gives_what_it_returns(ask, shape, function, expected):
    response = ask(spanloom.wrap(RunnableLambda(function)), input="hi")
    assert shape(response) == expected


def test_a_function_that_takes_messages_or_a_mapping_gets_them(ask):
    count = RunnableLambda(lambda messages: str(len(messages))).with_types(input_type=list[HumanMessage])
    assert ask(spanloom.wrap(count), input=TALK).output_text == "3"
    pick = spanloom.wrap(RunnableLambda(lambda inputs: inputs["a"] + inputs["b"]))
    assert ask(pick, input="", custom_inputs={"a": "x", "b": "y"}).output_text == "xy"
