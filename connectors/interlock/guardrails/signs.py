"""Signs that a text from outside speaks to the model instead of informing it. Heuristics: they find the careless.

Each sign is a question about wording that data rarely has: orders to an assistant, a claim to be the user, markers of
a conversation's roles, characters that no reader sees. None of them knows an attack by heart, and none is proof: a
sign marks the source, and the policy decides what a marked run may still do. Every repeat in a pattern is bounded, so
that the time grows with the text and no faster.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from unicodedata import category, normalize

__all__ = ["SIGNS", "Hit", "Sign", "hits"]


def _of(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


_BLANKS = str.maketrans("\n\r\t", "   ")
_GAP = r"[^.!?\n]{0,60}?"
_MODEL = _of(
    *("ai", r"a\.i\.", "assistants?", "agents?", "chat ?bots?", "bots?", "llms?", "(?:language )?models?"),
    *("claude", "gpt", "chatgpt", "gemini", "llama", "copilot"),
)
_OWNERS = _of(
    *("users?", "owners?", "admins?", "administrators?", "operators?"),
    *("developers?", "creators?", "boss", "principals?"),
)
_PERSON = _of("me", "us", f"(?:the|your|my) {_OWNERS}")
_TASK = _of(
    *("tasks?", "requests?", "questions?", "instructions?", "jobs?", "work", "query", "queries", "problems?")
)
_RULES = _of(
    *("prompts?", "rules", "guidelines", "directions", "policy", "policies", "above", "everything", _TASK)
)
_GO_ON = _of(
    *(_TASK, r"continu\w{1,4}", r"proceed\w{0,4}", r"answer\w{0,4}", r"respond\w{0,4}", r"reply\w{0,4}")
)
_LEAVE = ("ignore", "disregard", "forget", "override", "bypass")
_SAY = ("tell", "mention", "inform", "notify", "reveal", "alert", "disclos", "report")
_OTHERS = _of(
    *("users?", "anyone", "anybody", "humans?", "operators?", "owner", "this", "it", "them", "him", "her")
)
_SEND = _of(
    *("send", "e-?mail", "post", "forward", "reveal", "print", "show", "share", "upload"),
    *(r"exfiltrat\w{1,4}", "leak", "output"),
)
_SECRET = _of(
    *("passwords?", "api[ -]keys?", "access tokens?", "credentials", "secrets?"),
    *("system prompt", "private keys?"),
)
_NAMED = (
    "ai",
    "a.i.",
    "assistant",
    "agent",
    "bot",
    "llm",
    "model",
    "claude",
    "gpt",
    "gemini",
    "llama",
    "copilot",
)


class Sign(NamedTuple):
    """One question: ``needs`` are words of which one is in any text that ``pattern`` can match, for speed."""

    name: str
    says: str
    needs: tuple[str, ...]
    pattern: re.Pattern[str]


class Hit(NamedTuple):
    """A sign found in a text, with the place in the text as it was read."""

    sign: Sign
    start: int
    end: int


def _sign(name: str, says: str, needs: tuple[str, ...], pattern: str) -> Sign:
    return Sign(name, says, needs, re.compile(pattern))


SIGNS: tuple[Sign, ...] = (
    _sign(
        "overrides",
        "tells the model to leave its instructions",
        _LEAVE,
        rf"\b{_of(*_LEAVE)}\b{_GAP}\b{_RULES}\b",
    ),
    _sign(
        "poses",
        "claims to be from the user or the owner",
        (
            "from me",
            "from us",
            "from the",
            "from your",
            "from my",
            "by me",
            "by your",
            "i am ",
            "i'm ",
            "this is ",
        ),
        rf"\b(?:message|note|instructions?|request|orders?|command|notice) (?:is )?(?:from|by) {_PERSON}\b"
        rf"|\b(?:i am|i'm|this is) (?:the|your) {_OWNERS}\b",
    ),
    _sign(
        "addresses",
        "speaks to the model by its kind",
        _NAMED,
        r"\b(?:dear|attention|hey|hello|hi|listen|note to|message (?:to|for)|instructions? (?:to|for)|to you,?) "
        rf"(?:the |any |all |every |an? |my )?{_MODEL}\b"
        rf"|\byou are (?:now )?(?:an? |the )?(?:helpful )?{_MODEL}\b",
    ),
    _sign(
        "detours",
        "asks for something else before the task",
        ("before", "instead of", "prior to", "rather than"),
        rf"\b(?:before|instead of|prior to|rather than)\b{_GAP}\b{_GO_ON}\b{_GAP}"
        r"\b(?:must|need to|have to|please|should|first)\b"
        rf"|\b(?:must|need to|have to|please|should) first\b{_GAP}\b(?:before|prior to)\b",
    ),
    _sign(
        "conceals",
        "asks to keep it from somebody",
        _SAY,
        r"\b(?:do not|don't|never|without|not to|must not) (?:ever )?"
        rf"{_of(*_SAY)}\w{{0,4}}\b{_GAP}\b{_OTHERS}\b",
    ),
    _sign(
        "role marks",
        "carries the marks of a conversation's roles",
        ("<|", "[inst", "[/inst", "<<sys", "<system", "</system", "<instruction", "## ", "<assistant"),
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\b|\[/?inst\]|<<sys>>"
        r"|</?(?:system|instructions?|assistant) ?>|#{2,4} ?(?:system|instructions?)\b",
    ),
    _sign(
        "secrets",
        "asks for secrets to be shown or sent",
        ("password", "api key", "api-key", "token", "credential", "secret", "system prompt", "private key"),
        rf"\b{_SEND} (?:me|us|the|your|all|any|its?|their|every|to)\b{_GAP}\b{_SECRET}\b",
    ),
)
"""In the order in which they are looked for."""

_HIDDEN = re.compile(
    "[\U000e0000-\U000e007f]{2,}|[\u200b-\u200f\u2060-\u2064\ufeff]{3,}|[\u202a-\u202e\u2066-\u2069]"
)
_HIDES = Sign("hidden", "has characters that no reader sees", (), _HIDDEN)


def hits(text: str) -> Iterator[Hit]:
    """Yield the first place of each sign, in characters of ``text``.

    Letters are compared without case and width, and without the invisible ones between them.
    """
    hidden = _HIDDEN.search(text)
    if hidden is not None:
        yield Hit(_HIDES, *hidden.span())
    folded, places = _folded(text)
    for sign in SIGNS:
        if any(word in folded for word in sign.needs):
            found = sign.pattern.search(folded)
            if found is not None:
                yield Hit(sign, places[found.start()], places[found.end() - 1] + 1)


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Return the text in small letters on one line, and where each of its characters stands in the original."""
    if text.isascii():
        return text.lower().translate(_BLANKS), range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if category(character) != "Cf":
            plain = normalize("NFKC", character).lower()
            folded.append(plain if len(plain) == 1 else character)
            places.append(place)
    return "".join(folded).translate(_BLANKS), places
