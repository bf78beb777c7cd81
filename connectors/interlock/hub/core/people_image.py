"""The people as bytes and back: the part of an image that says who may come in."""

from operator import attrgetter
from typing import Any

from interlock.hub.core.people import Glass, Operator, People, Token

__all__ = ["KEPT", "LEFT_OUT", "from_people", "to_people"]

Json = dict[str, Any]

_OPERATOR = ("name", "role", "by", "at")
_TOKEN = (
    *("name", "operator", "digest", "by", "at", "agent", "role", "expires"),
    *("revoked_at", "revoked_by", "seen_at"),
)
_GLASS = (
    *("name", "who", "role", "why", "at", "mono", "boot"),
    *("ended_at", "ended_by", "ended_why", "reviewed_at", "reviewed_by", "note"),
)

KEPT: dict[type, frozenset[str]] = {
    Operator: frozenset(_OPERATOR),
    Token: frozenset({*_TOKEN, "live"}),
    Glass: frozenset({*_GLASS, "live"}),
    People: frozenset({"operators", "tokens", "glasses", "open", "signed"}),
}
"""The fields an image brings back."""
LEFT_OUT: dict[type, frozenset[str]] = {
    Operator: frozenset({"coming"}),
    Token: frozenset(),
    Glass: frozenset(),
    People: frozenset({"root", "boot"}),
}
"""The fields that no fold of the record sets."""

_operator, _token, _glass = (attrgetter(*names) for names in (_OPERATOR, _TOKEN, _GLASS))


def from_people(people: People) -> Json:
    """Return them as plain JSON; what was folded from the record is all on disk."""
    return {
        "operators": [_operator(each) for each in people.operators.values()],
        "tokens": [_token(each) for each in people.tokens.values()],
        "glasses": [_glass(each) for each in people.glasses.values()],
        "open": [glass.name for glass in people.open.values()],
        "signed": people.signed,
    }


def to_people(plain: Json) -> People:
    """Return them as they were folded."""
    people = People(signed=plain["signed"])
    for row in plain["operators"]:
        operator = Operator(**dict(zip(_OPERATOR, row, strict=True)))
        people.operators[operator.name.casefold()] = operator
    for row in plain["tokens"]:
        token = Token(**dict(zip(_TOKEN, row, strict=True)), live=True)
        people.tokens[token.name] = token
    for row in plain["glasses"]:
        glass = Glass(**dict(zip(_GLASS, row, strict=True)), live=True)
        people.glasses[glass.name] = glass
    people.open = {people.glasses[name].who.casefold(): people.glasses[name] for name in plain["open"]}
    return people
