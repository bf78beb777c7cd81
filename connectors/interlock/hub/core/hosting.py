"""Jobs on their way to the processes that offer tools: who is there, and what is written to them."""

from collections.abc import Callable

from interlock.contract import ToolClass
from interlock.hub.core.desk import Desk
from interlock.hub.core.making import Host, Way
from interlock.jobs import Do, Offers
from interlock.text import Untrusted

__all__ = ["Hosting", "missing"]


def missing(tool: str) -> str:
    """Return the sentence for a tool that no connected process offers."""
    return f"no process offers {tool} in a role that may call it; start one with gate.serve"


class Hosting:
    """Knows which connections run tools for the hub. What is offered ends with the connection it came on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.may: Callable[[str, str, ToolClass], bool] = lambda _role, _tool, _cls: True
        """Whether a role may call a tool at all, by the policy in force: set by whoever judges.

        Anybody may offer anything, and what a probe answers is believed: so only who may call a tool is asked for it.
        """

    def offers(self, conn: int, frame: Offers) -> Host | None:
        """Take what a gate offers, in place of what it offered before. The hub's own gates offer nothing."""
        link = self._desk.world.links[conn]
        if link.own:
            return None
        token = self._desk.world.people.tokens.get(link.token)
        if token is not None and (wrong := token.misfit(frame.agent.raw, frame.role.raw)):
            self._desk.hang(conn, "role", wrong)
            return None
        tools: dict[str, ToolClass] = {offered.tool.raw: offered.cls for offered in frame.tools}
        defaults = {offered.tool.raw: offered.defaults for offered in frame.tools if offered.defaults != "{}"}
        host = Host(link.gate, conn, frame.agent.raw, frame.role.raw, tools, defaults)
        self._desk.world.making.hosts[link.gate] = host
        return host

    def closed(self, gate: str) -> None:
        """Forget what a gate offered: its connection is no more."""
        self._desk.world.making.hosts.pop(gate, None)

    def who(self, tool: str, *, read: bool = False) -> Host | None:
        """Return who runs a tool: of several the one that offered first. With ``read``, only as a read."""
        for host in self._desk.world.making.hosts.values():
            if self._fits(host, tool) and (host.tools[tool] == "read" or not read):
                return host
        return None

    def count(self, tool: str) -> int:
        """Return how many connected processes offer a tool, and may run it."""
        return sum(self._fits(host, tool) for host in self._desk.world.making.hosts.values())

    def _fits(self, host: Host, tool: str) -> bool:
        return tool in host.tools and self.may(host.role, tool, host.tools[tool])

    def compensate(self, host: Host, job: str, way: Way, permit: str, key: str) -> None:
        """Have a host make an effect good. Sent again with the same job and key it is no second effect."""
        goal = f"make good {permit} with {way.tool}"
        self._send(host, job, "compensate", way, permit, key, goal)

    def probe(self, host: Host, job: str, way: Way, permit: str) -> None:
        """Have a host find out about an effect."""
        self._send(host, job, "probe", way, permit, "", f"find out whether {permit} happened")

    def _send(self, host: Host, job: str, what: str, way: Way, permit: str, key: str, goal: str) -> None:
        frame = Do.model_validate(
            {
                "job": job,
                "what": what,
                "tool": Untrusted(way.tool),
                "args": Untrusted(way.args),
                "fits": way.fits,
                "key": key,
                "permit": permit,
                "goal": Untrusted(goal[:2000]),
            }
        )
        self._desk.send(host.conn, frame)
