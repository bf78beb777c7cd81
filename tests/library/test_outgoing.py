"""Calls to services outside (invariant S5): only to listed places, at the address that was checked, never onwards."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import pytest

from interlock.errors import ConfigError, OutgoingError, OutgoingFailed, OutgoingRefused
from interlock.outgoing import SIZE_MAX, Outgoing, allowed
from tests.support.cases import each

LISTED = [
    "https://guard.example",
    "https://guard.example:8443",
    "http://plain.example",
    "http://127.0.0.1:9",
    "http://[::1]:9",
    *(
        f"https://{name}.example"
        for name in ("mixed", "inside", "linked", "wrapped", "nat", "six", "multi", "zero")
    ),
]
NAMES = {
    "guard.example": ["93.184.215.14"],
    "plain.example": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "mixed.example": ["93.184.215.14", "10.0.0.7"],
    "inside.example": ["192.168.1.1"],
    "linked.example": ["169.254.169.254"],
    "wrapped.example": ["::ffff:127.0.0.1"],
    "nat.example": ["64:ff9b::a00:1"],
    "six.example": ["2002:7f00:1::"],
    "multi.example": ["224.0.0.1"],
    "zero.example": ["0.0.0.0"],
}
TARGETS = [
    "https://evil.example/",
    "https://guard.example.evil.example/",
    "https://evil.example/guard.example",
    "https://guard.example@evil.example/",
    "https://user:word@guard.example/",
    "https://guard.example\\@evil.example/",
    "https://guard.example:443@evil.example/",
    "https://guard.example#@evil.example/",
    "https://guard.example:8080/",
    "http://guard.example/",
    "https://plain.example/",
    "file:///etc/passwd",
    "gopher://guard.example/",
    "ftp://guard.example/",
    "//guard.example/",
    "guard.example",
    "https:///path",
    "https://guard.example./",
    "https://guard\u3002example/",
    "https://gu\u0430rd.example/",
    "https://guard.example\t/",
    "https://guard.example\r\nHost: evil.example/",
    "https://guard.example:99999/",
    "http://127.1:9/",
    "http://2130706433:9/",
    "http://0x7f000001:9/",
    "http://0177.0.0.1:9/",
    "http://127.0.0.1:9/",
    "http://[::1]:9/",
    "http://[::ffff:127.0.0.1]:9/",
    "https://mixed.example/",
    "https://inside.example/",
    "https://linked.example/latest/meta-data",
    "https://wrapped.example/",
    "https://nat.example/",
    "https://six.example/",
    "https://multi.example/",
    "https://zero.example/",
]


class Net:
    """Names and sockets made of lists. What is connected to answers ``said``, and keeps what it got."""

    def __init__(self, *said: bytes) -> None:
        self.said = list(said)
        self.asked: list[str] = []
        self.went: list[tuple[str, int]] = []
        self.got = b""
        self._threads: list[threading.Thread] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a name, the first time; after that it has moved into the house."""
        self.asked.append(host)
        if host not in NAMES:
            raise socket.gaierror(f"no {host}")
        return NAMES[host] if self.asked.count(host) == 1 else ["127.0.0.1"]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """Return one end of a pair of sockets; at the other end a service answers."""
        self.went.append(address)
        ours, theirs = socket.socketpair()
        ours.settimeout(timeout)
        thread = threading.Thread(target=self._serve, args=(theirs,))
        thread.start()
        self._threads.append(thread)
        return ours

    def _serve(self, theirs: socket.socket) -> None:
        with closing(theirs):
            heard = b""
            while not _whole(heard) and (part := theirs.recv(65_536)):
                heard += part
            self.got += heard
            try:
                for part in self.said:
                    theirs.sendall(part)
            except OSError:
                return

    def close(self) -> None:
        """Wait for the services."""
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()


def _whole(request: bytes) -> bool:
    """Return whether a request is here with its body: a service that ends before has the caller write to nobody."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = next((line[15:] for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), b"0")
    return bool(end) and len(body) >= int(length)


@contextmanager
def calls(
    *said: bytes, seconds: float = 20.0, networks: Sequence[str] = ()
) -> Iterator[tuple[Outgoing, Net]]:
    """Yield what calls, and the net it calls in."""
    net = Net(*said)
    yield (
        Outgoing(LISTED, networks=networks, seconds=seconds, resolve=net.resolve, connect=net.connect),
        net,
    )
    net.close()


@pytest.mark.pure
@each(TARGETS)
def test_no_other_target_is_called(url: str) -> None:
    """Whatever is not a listed place at a public address is refused before a socket is opened."""
    with calls() as (outgoing, net):
        with pytest.raises(OutgoingRefused):
            outgoing.post(url, b"{}")
        assert net.went == []


def test_a_listed_place_is_called_at_the_address_that_was_checked() -> None:
    """A name is looked up once; that it means something else by the time of the connection changes nothing."""
    with calls(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (outgoing, net):
        answer = outgoing.post("http://plain.example/check?a=1", b"{}", {"X-Key": "k"})
        assert (answer.status, answer.body) == (200, b"ok")
        assert net.asked == ["plain.example"]
        assert net.went == [("93.184.215.14", 80)]
    head = net.got.split(b"\r\n")
    assert head[0] == b"POST /check?a=1 HTTP/1.1"
    assert b"Host: plain.example" in head


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    """An answer that leads elsewhere is refused, also where it leads to a listed place."""
    said = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n".encode()
    with calls(said) as (outgoing, net):
        with pytest.raises(OutgoingRefused, match="redirects"):
            outgoing.get("http://plain.example/")
        assert len(net.went) == 1


def test_a_listed_network_may_be_private() -> None:
    """A range that is named is allowed, and no other with it."""
    said = b"HTTP/1.1 204 No Content\r\n\r\n"
    with calls(said, networks=["127.0.0.0/8"]) as (outgoing, net):
        assert outgoing.get("http://127.0.0.1:9/").status == 204
        with pytest.raises(OutgoingRefused):
            outgoing.get("https://inside.example/")
        assert net.went == [("127.0.0.1", 9)]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (SIZE_MAX + 1), "longer than"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfew", "7 bytes too early"),
        (b"nonsense\r\n\r\n", "BadStatusLine"),
        (b"", "RemoteDisconnected"),
    ],
    ids=["too long", "cut short", "not HTTP", "nothing"],
)
def test_an_answer_that_is_no_whole_one_fails(said: bytes, why: str) -> None:
    """What is longer than allowed, shorter than promised, or not HTTP is an error and no answer."""
    with calls(said) as (outgoing, _), pytest.raises(OutgoingFailed, match=why):
        outgoing.get("http://plain.example/")


def test_an_answer_as_long_as_allowed_is_whole() -> None:
    """The limit itself is accepted."""
    with calls(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * SIZE_MAX) as (outgoing, _):
        assert len(outgoing.get("http://plain.example/").body) == SIZE_MAX


def test_all_of_a_call_has_one_deadline() -> None:
    """A service that sends a line now and then, and never ends, does not hold the caller for longer than that."""
    dripping = threading.Event()

    def connect(_: tuple[str, int], timeout: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(timeout)
        threading.Thread(target=drip, args=(theirs,)).start()
        return ours

    def drip(theirs: socket.socket) -> None:
        with closing(theirs):
            theirs.sendall(b"HTTP/1.1 200 OK\r\n")
            try:
                while not dripping.wait(0.02):
                    theirs.sendall(b"X: y\r\n")
            except OSError:
                dripping.set()

    outgoing = Outgoing(["http://plain.example"], seconds=0.2, resolve=Net().resolve, connect=connect)
    with pytest.raises(OutgoingFailed, match="TimeoutError"):
        outgoing.get("http://plain.example/")
    assert dripping.wait(20)


@pytest.mark.parametrize(
    "url", ["https://guard.example/path", "guard.example", "ftp://guard.example", "https://"]
)
def test_a_list_holds_places_only(url: str) -> None:
    """What is no scheme, host and port is refused when the list is read."""
    with pytest.raises(ConfigError):
        allowed([url])


@pytest.mark.pure
def test_a_refusal_says_what_to_do() -> None:
    """The sentence names the target and the next step."""
    make: Callable[[], object] = lambda: Outgoing(LISTED).get("https://evil.example/")
    with pytest.raises(OutgoingError, match=r"evil\.example.*listed place"):
        make()
