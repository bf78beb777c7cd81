"""Who may come in: Host, Origin and token, judged from the headers alone, before anything else is read. Pure."""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from interlock.hub.server.asker import Asker, Kind, asker

__all__ = ["AGENT_PATH", "ORDERS_PATH", "Denial", "Guard", "Key", "hosts_of"]

AGENT_PATH = "/v1/agent"
ORDERS_PATH = "/v1/orders"
_ONE_ORDER = re.compile(r"/v1/orders/o-[0-9a-f]{16}\Z")

_NAMED = re.compile(rb"ilk_([at]-[0-9a-f]{12})-[0-9a-f]{64}\Z")
"""A token of the record: its id, then its secret."""


class Key(NamedTuple):
    """A token of the record: whose it is, the SHA-256 of all of it in hex, and whether it opens anything."""

    asker: Asker
    digest: str
    good: bool


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request is not let in: an HTTP status, a stable code, and two sentences."""

    status: int
    code: str
    problem: str
    fix: str


def hosts_of(host: str, port: int, more: Iterable[str] = ()) -> frozenset[str]:
    """Return the values of ``Host`` that mean this hub, in lower case, for a hub that listens there.

    ``more`` are names it is reached by from elsewhere, with a port unless it is the hub's own.
    """
    names = ["127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host]
    named = [name if _has_port(name) else f"{name}:{port}" for name in (*names, *more)]
    return frozenset(name.lower() for name in named if not name.startswith(("0.0.0.0:", "[::]:")))


def _has_port(name: str) -> bool:
    return ":" in name.rpartition("]")[2]


class Guard:
    """Judges requests. Tokens are kept as digests only; comparing takes the same time whatever is sent."""

    def __init__(
        self,
        *,
        operator: str,
        agent: str | None,
        hosts: Collection[str],
        origins: Collection[str] = (),
        canary: tuple[str, str] | None = None,
        root: str = "operator",
        find: Callable[[str], Key | None] = lambda _: None,
    ) -> None:
        """Let in requests for these hosts, with no Origin or a listed one, and one of the tokens.

        ``operator`` and ``agent`` are the tokens of the data folder (``agent`` None: there is none), the first that of
        the operator ``root``. ``canary`` are the two of the hub's own canary: as an operator, and as an agent.
        ``find`` finds a token of the record by its id.
        """
        self._hosts = frozenset(hosts)
        self._origins = frozenset(origins)
        self._root, self._find = root, find
        tokens: dict[Kind, str] = {"operator": operator}
        if agent is not None:
            tokens["agent"] = agent
        if canary is not None:
            tokens |= {"canary-operator": canary[0], "canary-agent": canary[1]}
        self._digests: tuple[tuple[Kind, bytes], ...] = tuple(
            (kind, _digest(token.encode())) for kind, token in tokens.items()
        )

    def judge(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> Denial | None:
        """Return why this request may not come in, or None; then :data:`asker` says whose it is.

        Header names are in lower case.
        A header that must be there once and is there twice is refused: two readers could choose differently.
        """
        found: dict[bytes, list[bytes]] = {b"host": [], b"origin": [], b"authorization": []}
        for name, value in headers:
            if name in found:
                found[name].append(value)
        return (
            self._host(found[b"host"])
            or self._origin(found[b"origin"])
            or self._token(path, found[b"authorization"])
        )

    def _host(self, values: list[bytes]) -> Denial | None:
        if len(values) == 1 and values[0].decode("latin-1").lower() in self._hosts:
            return None
        return Denial(403, "host", "the Host of this request is not this hub", "use the url in ready.json")

    def _origin(self, values: list[bytes]) -> Denial | None:
        if not values or (len(values) == 1 and values[0].decode("latin-1") in self._origins):
            return None
        return Denial(403, "origin", "requests from web pages are refused", "leave the Origin header out")

    def _token(self, path: str, values: list[bytes]) -> Denial | None:
        found = self._asker(values)
        if isinstance(found, Denial):
            return found
        asker.set(found)
        return _ROLES[found.kind](path)

    def _asker(self, values: list[bytes]) -> Asker | Denial:
        scheme, _, token = values[0].partition(b" ") if len(values) == 1 else (b"", b"", b"")
        token = token.strip()
        found = self._named(token) if scheme.lower() == b"bearer" else None
        if found is None and (kind := self._kind(scheme, token)):
            return Asker(kind, self._root if kind == "operator" else "")
        if found is None:
            return Denial(
                401,
                "unauthorised",
                "no token, or not one of this hub's",
                "send 'Authorization: Bearer TOKEN' with the token of the file that ready.json names",
            )
        if not found.good:
            problem = f"the token {found.asker.token} was revoked or has expired"
            return Denial(401, "unauthorised", problem, "ask an admin for another")
        return found.asker

    def _named(self, token: bytes) -> Key | None:
        """Return a token of the record, if this is all of it."""
        match = _NAMED.match(token)
        found = self._find(match[1].decode()) if match else None
        same = found is not None and hmac.compare_digest(_digest(token).hex(), found.digest)
        return found if same else None

    def _kind(self, scheme: bytes, token: bytes) -> Kind | None:
        digest = _digest(token)
        matches: list[Kind] = [kind for kind, known in self._digests if hmac.compare_digest(digest, known)]
        return matches[0] if matches and scheme.lower() == b"bearer" else None


def _operator(path: str) -> Denial | None:
    if path != AGENT_PATH:
        return None
    return Denial(403, "role", "an operator's token does not open /v1/agent", "use an agent's")


def _agent(path: str) -> Denial | None:
    if path == AGENT_PATH:
        return None
    return Denial(403, "role", "an agent's token opens /v1/agent and nothing else", "use an operator's")


def _canary(path: str) -> Denial | None:
    if path == ORDERS_PATH or _ONE_ORDER.match(path):
        return None
    return Denial(
        403, "role", "the canary gives orders to its own runs and nothing else", "use an operator's"
    )


_ROLES: dict[Kind, Callable[[str], Denial | None]] = {
    "operator": _operator,
    "agent": _agent,
    "canary-operator": _canary,
    "canary-agent": _agent,
}


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
