from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanloom_adapters.llama_index.splitting import CodeActSplitter, GuessingSplitter, PlainSplitter, ReActSplitter

CASES = [
    (ReActSplitter, "Thought: a b\nAction: f\nAction Input: {}", [("reasoning", "a b")]),
    (ReActSplitter, "Thought: a\n\nAnswer: b\nThought: c \n", [("reasoning", "a"), ("text", "b\nThought: c")]),
    (ReActSplitter, "Sure. Thought: a Answer: b", [("text", "Sure."), ("reasoning", "a"), ("text", "b")]),
    (ReActSplitter, "The Thoughts, Actors", [("text", "The Thoughts, Actors")]),
    (ReActSplitter, "Thought: a\nObservation", [("reasoning", "a\nObservation")]),
    (GuessingSplitter, " Thought: a\nAnswer: b", [("reasoning", "a"), ("text", "b")]),
    (GuessingSplitter, " Though: a\nAnswer: b ", [("text", " Though: a\nAnswer: b ")]),
    (GuessingSplitter, "Th", [("text", "Th")]),
    (CodeActSplitter, "a\n<execute>\nb\n</execute>\nc < d", [("text", "a\n\nc < d")]),
    (CodeActSplitter, "<execute>b", []),
    (PlainSplitter, " Thought: a\n", [("text", " Thought: a\n")]),
]


def joined(pieces):
    """Joins neighbours of a kind."""
    result = []
    for kind, text in pieces:
        if result and result[-1][0] == kind:
            result[-1] = kind, result[-1][1] + text
        else:
            result.append((kind, text))
    return result


@pytest.mark.parametrize(("make", "text", "expected"), CASES)
@given(data=st.data())
def test_however_a_text_is_cut_the_same_is_let_through(make, text, expected, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))) | {0, len(text)})
    splitter = make()
    pieces = [piece for start, end in pairwise(cuts) for piece in splitter.add(text[start:end])]
    assert joined(pieces + splitter.finish()) == expected
    assert all(piece for _, piece in pieces)
