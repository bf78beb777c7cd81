"""Calls to services outside: to the listed places only, at an address that was checked and is the one that is used.

Whoever may name a target (a file, a runbook, a hook's setting) could otherwise make this program ask for what only it
can reach. So scheme, host and port are those of a list; a name is looked up once, every address of it must be public
or in a listed network, and the connection goes to one of these very addresses; a redirect is an answer that is
refused; and what comes back has a limit in bytes and in time.
"""

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from interlock.errors import ConfigError, OutgoingFailed, OutgoingRefused

__all__ = ["Answer", "Outgoing", "Place", "allowed", "place_of", "public"]

SIZE_MAX = 1024 * 1024
SECONDS = 5.0
_PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z")
_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?\Z")
_URL = re.compile(r"[!-~]{1,2000}\Z")
_CHUNK = 64 * 1024
# Ranges of IPv6 in which an address of IPv4 is hidden, and the bits to its right.
_WRAPPED = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("64:ff9b:1::/48"), 0),
    (IPv6Network("2002::/16"), 80),
    (IPv6Network("::/96"), 0),
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[tuple[str, int], float], socket.socket]


class Place(NamedTuple):
    """Where a call goes: a scheme, a host in lower case, and a port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Answer(NamedTuple):
    """What a service answered, whole: somebody else's words."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def place_of(url: str) -> tuple[Place, str]:
    """Return where a URL leads, and its path with the query. Raises OutgoingRefused for one that two readers could
    read in two ways."""
    # Nothing that a parser strips, folds or takes for a slash.
    if not _URL.match(url) or "\\" in url or "#" in url:
        raise OutgoingRefused(url, "it has characters that are no part of an address")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise OutgoingRefused(url, str(error)) from None
    if parts.scheme not in _PORTS:
        raise OutgoingRefused(url, f"the scheme {parts.scheme!r} is not http or https")
    if "@" in parts.netloc:
        raise OutgoingRefused(url, "it carries a name or password")
    place = Place(parts.scheme, _host(url, host), _PORTS[parts.scheme] if port is None else port)
    path = parts.path or "/"
    return place, f"{path}?{parts.query}" if parts.query else path


def _host(url: str, host: str) -> str:
    if _NUMBERS.match(host):
        # 127.1, 0x7f000001 and 2130706433 are addresses to the system and names to a list.
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise OutgoingRefused(url, f"{host!r} is a number in a form that is not written here") from None
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except ValueError:
            raise OutgoingRefused(url, f"{host!r} is no address") from None
    if not _NAME.match(host):
        raise OutgoingRefused(url, f"{host!r} is no name of a host")
    return host


def public(address: Address) -> bool:
    """Return whether an address is one that everybody reaches, also where one of IPv4 is hidden in one of IPv6."""
    if isinstance(address, IPv6Address):
        for network, right in _WRAPPED:
            if address in network:
                return public(IPv4Address((int(address) >> right) & 0xFFFFFFFF))
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def allowed(listed: Sequence[str]) -> frozenset[Place]:
    """Return the places of a list of URLs without a path. Raises ConfigError."""
    found: set[Place] = set()
    for url in listed:
        try:
            place, path = place_of(url)
        except OutgoingRefused as error:
            raise ConfigError("not a place to call", value=url, fix=str(error)) from None
        if path != "/":
            raise ConfigError("not a place to call", value=url, fix="leave the path out")
        found.add(place)
    return frozenset(found)


def _resolve(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Outgoing:
    """Calls listed places. Safe for several threads: each call has its own connection."""

    def __init__(
        self,
        listed: Sequence[str],
        *,
        networks: Sequence[str] = (),
        size_max: int = SIZE_MAX,
        seconds: float = SECONDS,
        resolve: Resolve = _resolve,
        connect: Connect = socket.create_connection,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Call only ``listed`` places, URLs without a path such as ``https://guard.example``.

        ``networks`` are ranges that are not public and allowed all the same (``10.1.2.0/24``). An answer has at most
        ``size_max`` bytes, and all of a call at most ``seconds``. Raises ConfigError.
        """
        self._places = allowed(listed)
        self._networks = tuple(map(_network, networks))
        self._size_max, self._seconds = size_max, seconds
        self._resolve, self._connect, self._trust = resolve, connect, trust

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to POST. Raises OutgoingRefused where the call may not be made or followed, OutgoingFailed
        where it was made and went wrong."""
        return self._call("POST", url, body, headers or {})

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to GET. Raises as :meth:`post` does."""
        return self._call("GET", url, None, headers or {})

    def _call(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        until = time.monotonic() + self._seconds
        place, path = place_of(url)
        if place not in self._places:
            raise OutgoingRefused(url, f"{place} is not on the list")
        address = self._address(url, place)
        connection = _Fixed(place, address, self._connect, until, self._trust)
        try:
            connection.request(method, path, body, dict(headers))
            # A peer that ends the connection leaves it to the answer, which is closed whatever it says.
            with connection.getresponse() as response:
                return self._read(url, response)
        except (OSError, HTTPException) as error:
            raise OutgoingFailed(url, f"{type(error).__name__}: {error}") from None
        finally:
            connection.close()

    def _address(self, url: str, place: Place) -> str:
        """Return the address to be used: the name is looked up here, once, and nowhere else."""
        try:
            found = [ip_address(place.host)]
        except ValueError:
            try:
                found = [ip_address(each.partition("%")[0]) for each in self._resolve(place.host, place.port)]
            except OSError as error:
                raise OutgoingFailed(url, f"{place.host!r} is not found ({error})") from None
        if not found:
            raise OutgoingFailed(url, f"{place.host!r} has no address")
        for address in found:
            if not public(address) and not any(address in network for network in self._networks):
                raise OutgoingRefused(url, f"{place.host!r} is at {address}, which is not public")
        return str(found[0])

    def _read(self, url: str, response: HTTPResponse) -> Answer:
        if 300 <= response.status < 400:
            raise OutgoingRefused(url, f"it answered {response.status}, and redirects are not followed")
        parts: list[bytes] = []
        size = 0
        while True:
            part = response.read1(min(_CHUNK, self._size_max + 1 - size))
            if not part and response.length:
                raise OutgoingFailed(url, f"the answer ended {response.length} bytes too early")
            if not part:
                return Answer(response.status, dict(response.getheaders()), b"".join(parts))
            parts.append(part)
            size += len(part)
            if size > self._size_max:
                raise OutgoingFailed(url, f"the answer is longer than {self._size_max} bytes")


class _Fixed(HTTPConnection):
    """A connection to one address, that says the host's name in ``Host`` and to TLS."""

    def __init__(
        self, place: Place, address: str, connect: Connect, until: float, trust: ssl.SSLContext | None
    ) -> None:
        super().__init__(place.host, place.port)
        self.default_port = _PORTS[place.scheme]
        self._place, self._address, self._open, self._until = place, address, connect, until
        self._trust = trust
        self.response_class = _response(until)

    def connect(self) -> None:
        """Connect to the address that was checked, whatever the name means by now."""
        self.sock: socket.socket = self._open((self._address, self._place.port), _left(self._until))
        if self._place.scheme == "https":
            trust = self._trust or ssl.create_default_context()
            self.sock.settimeout(_left(self._until))
            self.sock = trust.wrap_socket(self.sock, server_hostname=self._place.host)


def _response(until: float) -> type[HTTPResponse]:
    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *given: Any, **named: Any) -> None:
            super().__init__(sock, *given, **named)
            self.fp = io.BufferedReader(_Timed(sock, self.fp, until))

    return Response


class _Timed(io.RawIOBase):
    """What comes in over a socket until a moment: a peer that sends a byte now and then gains nothing by it."""

    def __init__(self, sock: socket.socket, kept: io.BufferedIOBase, until: float) -> None:
        """``kept`` is the file that keeps the socket open behind a connection that is closed already."""
        self._sock, self._kept, self._until = sock, kept, until

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, into: Any) -> int:
        """Read some bytes. Raises TimeoutError once the time is over."""
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(into)

    def close(self) -> None:
        """Let the socket go."""
        self._kept.close()
        super().close()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call took too long")
    return left


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ConfigError("not a network", value=text, fix=f"write it as 10.1.2.0/24 ({error})") from None
