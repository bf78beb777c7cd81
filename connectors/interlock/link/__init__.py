"""The reconnecting client between a gate and the hub: orders first, events in order, nothing lost by a cut."""

from interlock.link.link import Link
from interlock.link.member import Flight, Member
from interlock.link.place import Place, find

__all__ = ["Flight", "Link", "Member", "Place", "find"]
