"""A record that came back from a backup: a new epoch, and nothing goes on by itself until a person lifts the pause.

What was approved, permitted or resumed after the backup was made is gone, and gates may have done it all the same. So
the first start in an epoch gives a standing pause of the fleet, and whatever is bound to an epoch is void. Nothing
knows which tokens were revoked since, so all of them are. Nor which operators lost a role, or which dials were turned
down: whoever lifts the pause is told to look.
"""

from interlock.hub.core.access import Access
from interlock.hub.core.ask import Ask
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact
from interlock.hub.core.orders import Orders
from interlock.hub.core.scope import Scope

__all__ = ["Epochs"]

_KEY = "\0epoch {}"
"""The idempotency key of the pause: no client can send one like it, and no restart gives a second pause."""
_WHY = (
    "restored from a backup: look what happened since it was made (every token of then is revoked: make new ones; "
    "roles and dials are those of then, whatever was taken or turned down since), then lift this"
)
_NOBODY = 0


class Epochs:
    """What a start does about the epoch it finds."""

    def __init__(self, desk: Desk, orders: Orders, access: Access) -> None:
        self._desk, self._orders, self._access = desk, orders, access

    def take_up(self, order: str) -> None:
        """Revoke all tokens and pause the fleet once in each epoch after the first; ``order`` is the pause's id."""
        world = self._desk.world
        key = _KEY.format(world.epoch)
        if world.epoch > 1 and key not in world.keys:
            # The pause says that this is done, so it is written behind it.
            self._access.restored()
            fleet = Scope.read({"fleet": True})
            ask = Ask(order, "pause", (), "hub", _WHY, self._desk.now.wall, key, scope=fleet, cause="hub")
            self._orders.give(_NOBODY, ask)

    def write(self, fact: Fact) -> None:
        """Let a fact of the record about itself be recorded."""
        self._desk.write(fact)
