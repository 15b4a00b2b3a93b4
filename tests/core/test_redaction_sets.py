from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spanloom
from spanloom.tracing.redact import REDACTED

RULES = (spanloom.EMAILS, spanloom.API_KEYS, spanloom.CREDIT_CARDS)


def redacted(text: object) -> object:
    for rule in RULES:
        text = rule((), text)
    return text


# Written in two parts: scanners of repositories would find the whole ones.
SECRETS = [
    "sk-" + "proj-abc123_DEF456-ghi789jkl012",
    "sk-" + "abcdefghijklmnopqrst" + "T3BlbkFJ" + "abcdefghijklmnopqrs0",
    "sk-" + "ant-api03-Ab1_cd2-Ef3gh4Ij5kl6mn7",
    "sk-" + "or-v1-0123456789abcdef0123456789abcdef",
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ASIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_" + "11ABCDEFG0abcdefghij_klmnop",
    "glpat-" + "abcdefghij0123456789",
    "AIza" + "SyA0123456789abcdefghijklmnopqrstuv",
    "ya29." + "a0AfH6SMBx0123456789abc",
    "xoxb-" + "123456789012-abcdefABCDEF",
    "xapp-" + "1-A0123456789-abcdef",
    "hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "gsk_" + "abcdefghijklmnopqrst0123456789ABCDEFGHIJ",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9",
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN " + "PRIVATE KEY-----\\nMIIEow",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "3782 822463 10005",
    "6011111111111117",
    "3530111333300000",
    "6200000000000005",
    "30569309025904",
    "ada@example.com",
    "ada.l+spam@mail.example.co.uk",
    "jürgen@büro.example",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("text", ["{}", "use {} now", '"{}"', "key={}", "({})", "a\n{}\nb", '{{"key": "{}"}}'])
def test_a_secret_is_redacted_wherever_it_stands(secret: str, text: str) -> None:
    result = str(redacted(text.format(secret)))
    assert secret not in result
    if not secret.endswith("MIIEow"):  # cut off: everything after it goes, too
        assert result == text.format(REDACTED)


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-is-a-library-for-machine-learning",
        "task-0123456789-abcdefghij-0123456789",
        "a risk-free-offer-of-a-kind-never-seen-before-2024",
        "call_0123456789abcdefghijABCD",
        "Bearer of bad news and authentication",
        "the bearer responsibilities-of-everybody",
        "AKIAIOSFODNN7EXAMPLEANDMORE",
        "xoxo-hugs-and-kisses",
        "price @ 5.00, me@home",
        "@decorator\ndef f(): ...",
        "4111 1111 1111 1112",
        "1763735414123456789",
        "0.4111111111111111",
        "41111111111111111111",
        "9111111111111111",
        "+49 30 12345678",
        "-----BEGIN PUBLIC KEY-----\nMIIBIj\n-----END PUBLIC KEY-----",
        "0af7651916cd43dd8448eb211c80319c",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_bearer_token_is_hidden_behind_its_word() -> None:
    assert redacted("Authorization: Bearer abcDEF123456789_xyz==") == f"Authorization: Bearer {REDACTED}"


def test_a_card_is_found_before_and_behind_other_digits() -> None:
    assert redacted("4111 1111 1111 1111 12/27 123") == f"{REDACTED} 12/27 123"
    assert redacted("4111 1111 1111 1111 123") == f"{REDACTED} 123"
    assert redacted("4000 4111 1111 1111 1111") == f"4000 {REDACTED}"
    assert redacted("5555555555554444, 378282246310005") == f"{REDACTED}, {REDACTED}"


@pytest.mark.parametrize(
    ("value", "kept"),
    [(4111111111111111, REDACTED), (4111111111111112, 4111111111111112), (True, True), (1.5, 1.5), (None, None)],
)
def test_numbers_are_looked_at_too(value: object, kept: object) -> None:
    assert redacted(value) == kept


@given(st.text("0123456789 -", max_size=80))
def test_a_card_number_is_replaced_and_nothing_else_changes(text: str) -> None:
    result = str(redacted(text))
    pattern = ".*".join(re.escape(part) for part in result.split(REDACTED))
    assert re.fullmatch(pattern, text, re.DOTALL)


@given(st.text(), st.sampled_from(SECRETS[:6]), st.text())
def test_a_key_survives_no_surroundings_but_letters(before: str, secret: str, after: str) -> None:
    assert secret not in str(redacted(f"{before} {secret} {after}"))


@given(st.integers(10**11, 10**14 - 1))
def test_the_check_digit_decides(number: int) -> None:
    stem = f"4{number:015d}"[:15]
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(stem))
    right = -total % 10
    for digit in range(10):
        card = f"{stem}{digit}"
        assert (redacted(card) == REDACTED) is (digit == right)


@pytest.mark.parametrize(
    "piece",
    [
        "a", "a.", "a@", "@", "a@a.", "a@a-", "sk-", "sk-a", "sk_live_", "eyJ", "eyJaaaaaaaa.", "eyJaaaaaaaa.eyJ",
        "Bearer ", "bearer a-", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "xoxb-", "ya29.", "4", "4 ", "4-", "4 1",
        "4111 ", "AIza", "gh", "ghp_", "github_pat_", "AKIA", "é", "\U0001f600", "-", ".",
    ],
)  # fmt: skip
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    """Where a pattern went over the text again and again, this would not end before the night."""
    text = piece * (200_000 // len(piece))
    assert len(str(redacted(text))) <= len(text)


def test_the_sets_redact_what_is_stored(store: Path) -> None:
    spanloom.configure(redact=["password", *RULES])
    with spanloom.start_span("mail ada@example.com") as span:
        span.set_inputs({"messages": [{"role": "user", "content": f"pay with 4111111111111111, key {SECRETS[0]}"}]})
        span.set_outputs({"password": "x", "to": ["ada@example.com"], "card": 4111111111111111})
    trace = spanloom.get_trace(span.trace_id)
    assert trace is not None
    [stored] = trace.data.spans
    assert stored.name == f"mail {REDACTED}"
    assert stored.outputs == {"password": REDACTED, "to": [REDACTED], "card": REDACTED}
    assert trace.info.request_preview == f"pay with {REDACTED}, key {REDACTED}"
