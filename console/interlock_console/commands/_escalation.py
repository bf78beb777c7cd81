"""One call that waits for people, in text: facts from the exact arguments first, the agent's own words last, framed."""

from collections.abc import Iterator
from typing import Any

from interlock.errors import ConfigError
from interlock_console.client import Client, segment
from interlock_console.inbox.facts import differences, leaves
from interlock_console.inbox.words import because, close_to, state
from interlock_console.inbox.words import decided as sentence
from interlock_console.output import clock, line

__all__ = ["card", "decided", "floods", "leaves", "state", "whole_digest"]

Json = dict[str, Any]

_FRAME = "-" * 40
_PREFIX = 8
_WHOLE = 64
"""Characters of a digest: the hub says of a whole one whether it is what waits."""


def card(found: Json) -> str:
    """Return the whole card: every line of it is visible text."""
    return "\n".join([*_head(found), *_arguments(found), *_policy(found), *_after(found), *_words(found)])


def _head(found: Json) -> Iterator[str]:
    yield f"{line(found['id'])}  {line(found['cls']).upper()}  {line(found['tool'])}  {state(found)}"
    owner = line(found["requester"]["owner"])
    whose = f", owned by {owner}" if owner else ""
    yield f"agent     {line(found['agent'])} as {line(found['role'])}, run {line(found['run'])}{whose}"
    yield f"digest    {line(found['digest'])}"


def _arguments(found: Json) -> Iterator[str]:
    yield "arguments, as they would run:" + ("  (secrets are shown as digests)" if found["hidden"] else "")
    for path, value in leaves(found["args"]):
        yield f"  {path} = {value}"


def _policy(found: Json) -> Iterator[str]:
    for title, rows in (("asked because", found["why"]), ("close to", close_to(found))):
        for row in rows:
            yield f"{title:<14}{because(row)}"
    for text in found["taint"]:
        yield f"from outside  {line(text)}"
    like = found["last_like"]
    if like:
        yield f"the last one like it, {line(like['escalation'])}, approved by {line(like['by'])}:"
        changes = differences(like["args"], found["args"])
        yield from (f"  {path}: {was} then, {now} now" for path, was, now in changes)
        if not changes:
            yield "  the same arguments"


def _after(found: Json) -> Iterator[str]:
    tool = found["reversible"]["compensate"]
    yield f"undoing it    {'by ' + line(tool) if tool else 'cannot be undone: nothing is declared that makes it good'}"
    if found["state"] == "waiting":
        yield f"on reject     {line(found['on_reject'])}"
        yield "on time-out   it is rejected, and the agent is told so"
    counted = [vote for vote in found["votes"] if vote["digest"] == found["digest"]]
    names = ", ".join(f"{line(vote['by'])} at {clock(vote['at'])}" for vote in counted)
    yield f"people        {found['needs']} to approve" + (f"; so far {names}" if names else "")
    if found["state"] != "waiting":
        yield f"decided       {sentence(found)}"


def _words(found: Json) -> Iterator[str]:
    if found["says"]:
        yield f"{_FRAME} the agent's own words; nothing checks them"
        for part in str(found["says"]).split("\n"):
            yield f"| {line(part)}"
        yield _FRAME


def decided(answer: Json) -> str:
    """Return what a decision led to."""
    late = "; UNRECORDED: it is written down once there is room" if answer["unrecorded"] else ""
    if answer["state"] == "waiting":
        counted = len({vote["by"] for vote in answer["votes"] if vote["digest"] == answer["digest"]})
        return f"{line(answer['id'])}: your vote is on record, {counted} of {answer['needs']}; it still waits{late}"
    return f"{line(answer['id'])}: {state(answer)}{late}"


def floods(paces: list[Json]) -> list[str]:
    """Return a line for each pace of the policy that people are asked faster than."""
    return [_flood(one) for one in paces if one["per_h"] > one["pace"]]


def _flood(one: Json) -> str:
    role, tools = line(one["role"], 40), ", ".join(line(tool, 30) for tool in one["tools"])
    asked = f"asked {one['per_h']} times in the last hour, its pace is {one['pace']}"
    return (
        f"FLOOD  {role} ({tools}): {asked}; 'interlock dial set read-only --role {role}' lets it ask no more"
    )


def whole_digest(client: Client, escalation: str, digest: str) -> str:
    """Return the whole digest that these first characters of it mean.

    Raises ConfigError where they are too few, or the beginning of another one.
    """
    if len(digest) == _WHOLE:
        return digest
    found = str(client.get(f"/v1/escalations/{segment(escalation)}")["digest"])
    shows = f"'interlock escalations {line(escalation)}' shows what waits now, and its digest"
    if len(digest) < _PREFIX:
        fix = f"give at least {_PREFIX} characters of it; {shows}"
        raise ConfigError("too little of a digest to tell what was read:", value=digest, fix=fix)
    if not found.startswith(digest):
        fix = f"an edit makes another one: {shows}"
        raise ConfigError("this is not the digest of what waits:", value=digest, fix=fix)
    return found
