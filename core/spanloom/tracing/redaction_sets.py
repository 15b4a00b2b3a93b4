"""Ready rules for `configure(redact=[…])`: e-mail addresses, keys and tokens, numbers of payment cards."""

from __future__ import annotations

import re
from typing import Any, Final

from spanloom.tracing.redact import REDACTED

__all__ = ["API_KEYS", "CREDIT_CARDS", "EMAILS", "TextRule"]

_Path = tuple[str | int, ...]


class TextRule:
    """Redacts what a pattern finds, and looks only at texts that hold one of some hints.

    Finding a fixed hint takes a fiftieth of the time that the pattern takes, and hardly any text holds one.
    """

    def __init__(self, name: str, hints: tuple[str, ...], pattern: str) -> None:
        self._name = name
        self._hints = hints
        self._pattern = re.compile(pattern)

    def __repr__(self) -> str:
        return f"spanloom.{self._name}"

    def __call__(self, path: _Path, value: Any) -> Any:  # noqa: ARG002 - the signature of a rule
        """Return the value, redacted if it is a text."""
        if isinstance(value, str) and any(hint in value for hint in self._hints):
            return self._pattern.sub(REDACTED, value)
        return value


# Every repetition is bounded, or begins where a run of its characters begins: a hostile text costs no more than its
# length.
EMAILS: Final = TextRule(
    "EMAILS",
    ("@",),
    r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,10}[^\W\d_][\w-]{0,61}\w",
)
"""E-mail addresses, international ones too."""

_BEGIN = r"(?<![A-Za-z0-9])"
_WITH_A_DIGIT = r"(?=[\w.~+/=-]{0,200}[0-9])"
"""Words strung together by hyphens look like keys, except that they have no digits."""
_PRIVATE_KEY = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?"

API_KEYS: Final = TextRule(
    "API_KEYS",
    (
        "sk-",
        "sk_",
        "rk_",
        "AKIA",
        "ASIA",
        "gh",
        "glpat-",
        "AIza",
        "ya29.",
        "xox",
        "xapp-",
        "hf_",
        "gsk_",
        "xai-",
        "eyJ",
        "earer",
        "PRIVATE KEY",
    ),
    "|".join(
        (
            # OpenAI, Anthropic (sk-ant-), OpenRouter, Langfuse and all who follow them
            rf"{_BEGIN}sk-{_WITH_A_DIGIT}[A-Za-z0-9_-]{{20,}}",
            rf"{_BEGIN}[sr]k_(?:live|test)_[A-Za-z0-9]{{16,}}",  # Stripe
            rf"{_BEGIN}(?:AKIA|ASIA)[A-Z0-9]{{16}}(?![A-Za-z0-9])",  # AWS
            rf"{_BEGIN}(?:gh[opsur]_[A-Za-z0-9]{{36,}}|github_pat_[A-Za-z0-9_]{{22,}})",
            rf"{_BEGIN}glpat-[A-Za-z0-9_-]{{20,}}",  # GitLab
            rf"{_BEGIN}(?:AIza[A-Za-z0-9_-]{{35}}|ya29\.[A-Za-z0-9_-]{{20,}})",  # Google
            rf"{_BEGIN}(?:xox[abeoprs]|xapp)-{_WITH_A_DIGIT}[A-Za-z0-9-]{{10,}}",  # Slack
            rf"{_BEGIN}hf_[A-Za-z0-9]{{30,}}",  # Hugging Face
            rf"{_BEGIN}(?:gsk_|xai-)[A-Za-z0-9]{{40,}}",  # Groq, xAI
            r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",  # JSON Web Tokens (RFC 7519)
            rf"(?<=[Bb]earer ){_WITH_A_DIGIT}[\w.~+/-]{{16,}}=*",  # RFC 6750
            # RFC 7468 and OpenPGP; one that was cut off ends with the text
            rf"-----BEGIN {_PRIVATE_KEY}-----[\s\S]*?(?:-----END {_PRIVATE_KEY}-----|\Z)",
        )
    ),
)
"""Keys and tokens that can be told by their form: of OpenAI, Anthropic, AWS, GitHub, GitLab, Google, Slack, Stripe,
Hugging Face, Groq and xAI; bearer tokens, JSON Web Tokens and blocks of private keys."""

# The first digit comes before what must not stand in front of it: so most characters are passed over quickly.
_CANDIDATE = re.compile(r"[2-6](?<![0-9][2-6])(?<![0-9]\.[2-6])[0-9]{2}[ -]?[0-9](?:[ -]?[0-9]){9,15}")
_NOT_DIGITS = str.maketrans("", "", " -")
_BRANDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]\d|095|[689]\d{2})\d{10,15}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|6(?:011|4[4-9]\d|5\d{2})\d{12,15}"  # Discover
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"  # Maestro
)
_SHORTEST, _LONGEST = 13, 19


def CREDIT_CARDS(path: _Path, value: Any) -> Any:  # noqa: ARG001, N802 - a rule, beside the other ones
    """Redact the numbers of payment cards: of a known brand, its length, and a right check digit (ISO/IEC 7812-1).

    Blanks and hyphens between the digits do not matter; whole numbers are looked at, too.
    """
    if isinstance(value, str):
        return _without_cards(value)
    if isinstance(value, int) and not isinstance(value, bool) and _is_card(str(value)):
        return REDACTED
    return value


def _without_cards(text: str) -> str:
    parts: list[str] = []
    done = position = 0
    while (found := _CANDIDATE.search(text, position)) is not None:
        end = _end_of_card(text, found)
        if end is None:
            position = found.start() + 1
            continue
        parts += (text[done : found.start()], REDACTED)
        done = position = end
    return "".join((*parts, text[done:])) if parts else text


def _end_of_card(text: str, found: re.Match[str]) -> int | None:
    """Return where the card ends that begins where the candidate does: more digits may follow, such as its expiry."""
    end = found.end()
    while end - found.start() >= _SHORTEST:
        if not text[end : end + 1].isdigit() and _is_card(text[found.start() : end].translate(_NOT_DIGITS)):
            return end
        end -= 1
        while text[end - 1] in " -":
            end -= 1
    return None


def _is_card(digits: str) -> bool:
    if not _SHORTEST <= len(digits) <= _LONGEST or not _BRANDS.fullmatch(digits):
        return False
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0
