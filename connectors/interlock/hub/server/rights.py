"""What whoever asks may do, as of the moment it is asked: nothing that was found out at a sign-in is kept."""

from interlock.hub.core.access import SHARED
from interlock.hub.server.asker import Asker, Kind
from interlock.hub.server.engine import Engine
from interlock.hub.server.guard import Key
from interlock.hub.server.problem import Problem
from interlock.rights import includes

__all__ = ["Rights"]


class Rights:
    """Asks the core's people, with the clocks of now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, token: str) -> Key | None:
        """Return what the guard has to know of a token of the record, by its id."""
        people, now = self._engine.core.world.people, self._engine.now()
        found = people.tokens.get(token)
        if found is None:
            return None
        kind: Kind = "agent" if found.agent else "operator"
        return Key(Asker(kind, found.operator, found.name), found.digest, people.good(found, now.wall))

    def role(self, asker: Asker) -> str:
        """Return what an operator may act as now; nothing once their token or they themselves are no more."""
        people, now = self._engine.core.world.people, self._engine.now()
        if asker.kind == "canary-operator":
            return "responder"
        if asker.kind != "operator" or not self.open(asker):
            return ""
        return people.role(asker.operator or people.root, *now)

    def open(self, asker: Asker) -> bool:
        """Return whether a token opens anything still."""
        people = self._engine.core.world.people
        token = people.tokens.get(asker.token)
        return not asker.token or (token is not None and people.good(token, self._engine.now().wall))

    def signed_in(self, asker: Asker) -> None:
        """Have it written down that a console was opened, unless it was within the hour."""
        engine, access = self._engine, self._engine.core.access
        token, operator = asker.token or SHARED, asker.operator
        engine.step(lambda: engine.core.hand(lambda: access.signed_in(token, operator), engine.now()))

    def demand(self, asker: Asker, needed: str) -> None:
        """Return if an operator may do what takes this role. Raises Problem."""
        role = self.role(asker)
        if not role:
            fix = "ask an admin for another token"
            raise Problem("unauthorised", "this token was revoked", fix, status=401)
        # What names no role is for admins.
        if not includes(role, needed or "admin"):
            takes = needed or "admin"
            problem = f"this takes the role {takes!r}, and {asker.operator!r} is {role!r}"
            gives = f"an admin gives it ('interlock operator role {asker.operator} --role {takes}')"
            fix = f"{gives}; in an emergency 'interlock break-glass start' takes one for 15 minutes"
            raise Problem("role", problem, fix, status=403)
