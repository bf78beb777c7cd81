"""The people as a fold over facts. What gives a right holds once it is on disk; what takes one away, at once."""

from collections.abc import Callable, Mapping

from interlock.hub.core.effects import Fact, Moment
from interlock.hub.core.people import Glass, Operator, Token
from interlock.hub.core.world import World
from interlock.rights import includes

__all__ = ["HANDLERS"]


def _operator(world: World, fact: Fact, _: Moment) -> None:
    body, people = fact.body, world.people
    key = body["name"].casefold()
    found = people.operators.get(key)
    if found is None:
        found = people.operators[key] = Operator(body["name"], "", body["by"], body["at"])
    found.by, found.at, found.coming = body["by"], body["at"], ""
    if world.replaying or not body["role"] or includes(found.role, body["role"]):
        found.role = body["role"]
    else:
        found.coming = body["role"]


def _token(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    world.people.tokens[body["token"]] = Token(
        body["token"],
        body["operator"],
        body["digest"],
        body["by"],
        body["at"],
        agent=body.get("agent", ""),
        role=body.get("role", ""),
        expires=body["expires"],
        live=world.replaying,
    )


def _revoked(world: World, fact: Fact, _: Moment) -> None:
    for name in fact.body["tokens"]:
        token = world.people.tokens[name]
        token.revoked_at, token.revoked_by = fact.body["at"], fact.body["by"]


def _signin(world: World, fact: Fact, _: Moment) -> None:
    name, people = fact.body["token"], world.people
    if name in people.tokens:
        people.tokens[name].seen_at = fact.body["at"]
    else:
        people.signed[name] = fact.body["at"]


def _glass(world: World, fact: Fact, _: Moment) -> None:
    body, people = fact.body, world.people
    glass = Glass(
        body["glass"], body["by"], body["role"], body["reason"], body["at"], body["mono"], body["boot"]
    )
    glass.live = world.replaying
    people.glasses[glass.name] = people.open[glass.who.casefold()] = glass


def _glass_ended(world: World, fact: Fact, _: Moment) -> None:
    body, people = fact.body, world.people
    glass = people.glasses[body["glass"]]
    glass.ended_at, glass.ended_by, glass.ended_why = body["at"], body["by"], body["reason"]
    people.open.pop(glass.who.casefold(), None)


def _glass_reviewed(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    glass = world.people.glasses[body["glass"]]
    glass.reviewed_at, glass.reviewed_by, glass.note = body["at"], body["by"], body["note"]


HANDLERS: Mapping[str, Callable[[World, Fact, Moment], None]] = {
    "operator": _operator,
    "token": _token,
    "agent_token": _token,
    "revoked": _revoked,
    "signin": _signin,
    "break_glass": _glass,
    "break_glass.ended": _glass_ended,
    "break_glass.reviewed": _glass_reviewed,
}
"""Kind of a fact -> what it changes."""
