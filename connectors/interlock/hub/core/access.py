"""Access: operators, their roles and tokens. What gives a right is on disk before it holds; what takes one, at once.

Who asks was judged before: here is judged what nobody may do, whoever asks.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal, Revoked
from interlock.hub.core.people import Operator, Token, same_name
from interlock.reserved import reserved
from interlock.rights import includes

__all__ = [
    "AGENT_TOKENS_MAX",
    "OPERATORS_MAX",
    "SHARED",
    "SIGNIN_SECONDS",
    "TOKENS_MAX",
    "Access",
    "NewToken",
]

Json = dict[str, Any]

OPERATORS_MAX = 1_000
TOKENS_MAX = 100
"""Live tokens of one operator; a person has a few, so more is a program that went wrong."""
AGENT_TOKENS_MAX = 10_000
SIGNIN_SECONDS = 3600.0
TICK_SECONDS = 0.5
SHARED = "operator.token"
"""What the token of the data folder is called in the record."""
_HUB = "hub"
_LISTS = "'interlock operator list' lists them"
_TOO_MANY = "revoke what is not used any more"


class NewToken(NamedTuple):
    """A token to be made: ``digest`` is the SHA-256 of it; ``agent`` and ``role`` are empty for an operator's."""

    name: str
    digest: str
    operator: str
    expires: float | None
    agent: str = ""
    role: str = ""


class Access:
    """Changes who may come in. Names it was given are spelled as they were given; which are one operator is not."""

    def __init__(self, desk: Desk, redact: Callable[[str], str]) -> None:
        self._desk, self._redact = desk, redact
        self._root = self._boot = ""
        self._due = 0.0

    def begin(self, root: str, boot: str) -> None:
        """Say who started the hub, and which boot of the machine this is."""
        self._root, self._boot = root, boot
        self.anew()

    def anew(self) -> None:
        """Say the same to a world that was just made."""
        people = self._desk.world.people
        people.root, people.boot = self._root, self._boot

    # what an operator may do now

    def role(self, name: str) -> str:
        """Return what an operator may act as at this moment of the desk; empty for somebody nobody knows."""
        return self._desk.world.people.role(name, *self._desk.now)

    def may(self, name: str, needed: str) -> bool:
        """Return whether an operator may do now what takes this role."""
        return includes(self.role(name), needed)

    def may_approve(self, name: str) -> bool:
        """Return whether an operator may decide escalations now. Asked when a vote counts, not when it is cast."""
        return self.may(name, "approver")

    # operators

    def put(self, request: int, name: str, role: str, by: str, reason: str) -> None:
        """Make an operator, or give one another role. More than it had holds once it is on disk; less, at once."""
        people = self._desk.world.people
        known = people.operators.get(name.casefold())
        now = known.role if known is not None else ""
        full = known is None and len(people.operators) >= OPERATORS_MAX
        if self._own_name(name):
            problem = f"{name!r} is a name of the hub's own"
            self._desk.refuse(request, Refusal("conflict", problem, "choose another name"))
        elif full:
            self._desk.refuse(request, _limit(f"{OPERATORS_MAX} operators"))
        elif not includes(now, role) and self._only_broken(request, by):
            return
        else:
            spelled = known.name if known is not None else name
            self._write("operator", {"name": spelled, "role": role}, by, reason)
            made = people.operators[name.casefold()]
            self._desk.then(lambda: _settle(made, role))
            self._done(request)

    def remove(self, request: int, name: str, by: str, reason: str) -> None:
        """Take every right from an operator, and revoke all tokens of theirs."""
        people = self._desk.world.people
        known = people.operators.get(name.casefold())
        if known is None or not (known.role or known.coming):
            self._desk.refuse(request, Refusal("not_found", f"no operator {name!r} here", _LISTS))
            return
        self._write("operator", {"name": known.name, "role": ""}, by, reason)
        theirs = [
            each for each in people.tokens.values() if not each.agent and same_name(each.operator, name)
        ]
        self._revoke([each.name for each in theirs if each.revoked_at is None], by, reason, "person")
        glass = people.open.get(name.casefold())
        if glass is not None:
            self._write("break_glass.ended", {"glass": glass.name}, by, "the operator was removed")
        self._done(request)

    def _own_name(self, name: str) -> bool:
        root = self._root
        return reserved(name.casefold()) or same_name(name, _HUB) or bool(root and same_name(name, root))

    def _only_broken(self, request: int, by: str) -> bool:
        """Refuse what would outlast a break-glass where it is all that ``by`` has; return whether it was refused."""
        if includes(self._desk.world.people.own_role(by), "admin"):
            return False
        problem = f"break-glass gives {by!r} nothing that would outlast it"
        self._desk.refuse(request, Refusal("break_glass", problem, "ask an admin to make it"))
        return True

    # tokens

    def token(self, request: int, new: NewToken, by: str) -> None:
        """Make a token; it opens something once it is on disk."""
        people = self._desk.world.people
        own = people.own_role(new.operator)
        alike = [
            each
            for each in people.tokens.values()
            if each.revoked_at is None and bool(each.agent) == bool(new.agent)
            if new.agent or same_name(each.operator, new.operator)
        ]
        if not own:
            self._desk.refuse(request, Refusal("not_found", f"no operator {new.operator!r} here", _LISTS))
        elif len(alike) >= (AGENT_TOKENS_MAX if new.agent else TOKENS_MAX):
            self._desk.refuse(request, _limit(f"{len(alike)} such tokens"))
        elif not self._only_broken(request, by):
            body: Json = {
                "token": new.name,
                "operator": new.operator,
                "digest": new.digest,
                "expires": new.expires,
            }
            bound = {"agent": new.agent, "role": new.role} if new.agent else {}
            self._write("agent_token" if new.agent else "token", body | bound, by, "")
            made = people.tokens[new.name]
            self._desk.then(lambda: _enliven(made))
            self._done(request)

    def revoke(self, request: int, name: str, by: str, reason: str) -> None:
        """Let a token open nothing any more, from now."""
        token = self._desk.world.people.tokens.get(name)
        if token is None:
            fix = "'interlock token list' and 'interlock agent-token list' list them"
            self._desk.refuse(request, Refusal("not_found", f"no token {name!r} here", fix))
        elif token.revoked_at is not None:
            problem = f"token {name!r} was revoked by {token.revoked_by!r}"
            self._desk.refuse(
                request, Refusal("conflict", problem, "'interlock token list' prints the good ones")
            )
        else:
            self._revoke([name], by, reason, "person")
            self._done(request)

    def restored(self) -> None:
        """Let nothing open this hub that opened it when the backup was made: what was revoked since would do it too.

        Tokens that are in no record, those of the data folder, are made anew with the folder.
        """
        people, why = self._desk.world.people, "restored from a backup"
        self._revoke(
            [each.name for each in people.tokens.values() if each.revoked_at is None], _HUB, why, _HUB
        )
        for glass in list(people.open.values()):
            self._write("break_glass.ended", {"glass": glass.name}, _HUB, why, _HUB)

    def _revoke(self, names: Iterable[str], by: str, reason: str, cause: str) -> None:
        tokens = list(names)
        if tokens:
            self._write("revoked", {"tokens": tokens}, by, reason, cause)
            self._desk.do(Revoked(tuple(tokens)))

    def signed_in(self, token: str, operator: str) -> None:
        """Write down that a token opened a console, unless that was written down within the hour."""
        people, now = self._desk.world.people, self._desk.now.wall
        known = people.tokens.get(token)
        at = known.seen_at if known is not None else people.signed.get(token)
        # A time that is yet to come was said by a clock that was wrong.
        if at is None or not at <= now < at + SIGNIN_SECONDS:
            body = {"token": token, "by": operator, "at": now, "cause": "person"}
            self._desk.write(Fact("signin", body))

    # time, and a record that takes nothing

    def tick(self) -> None:
        """Write down which tokens are over: no clock that is set back revives them."""
        people, (mono, wall) = self._desk.world.people, self._desk.now
        if mono < self._due:
            return
        self._due = mono + TICK_SECONDS
        over = [
            token.name
            for token in people.tokens.values()
            if token.expires is not None and token.revoked_at is None and wall >= token.expires
        ]
        self._revoke(over, _HUB, "expired", "timeout")

    def unwritten(self) -> None:
        """Take back what is not on disk and would hold as soon as it is: the record has both, or neither."""
        why, people = "it could not be written in time", self._desk.world.people
        for operator in [each for each in people.operators.values() if each.coming]:
            self._write("operator", {"name": operator.name, "role": operator.role}, _HUB, why, "timeout")
        coming = [each.name for each in people.tokens.values() if not each.live and each.revoked_at is None]
        self._revoke(coming, _HUB, why, "timeout")

    def _write(self, kind: str, body: Json, by: str, reason: str, cause: str = "person") -> None:
        said = {"by": by, "at": self._desk.now.wall, "reason": self._redact(reason), "cause": cause}
        self._desk.write(Fact(kind, body | said))

    def _done(self, request: int) -> None:
        self._desk.then(lambda: self._desk.reply(request, ()))


def _settle(operator: Operator, role: str) -> None:
    if operator.coming == role:
        operator.role, operator.coming = role, ""


def _enliven(token: Token) -> None:
    token.live = True


def _limit(what: str) -> Refusal:
    return Refusal("limit", f"there are {what} already", _TOO_MANY)
