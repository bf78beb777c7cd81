"""Who is let in (invariant S3), judged without a socket."""

from collections.abc import Iterator

import pytest

from interlock.hub.server.asker import asker
from interlock.hub.server.guard import Guard, hosts_of
from tests.support.cases import each

pytestmark = pytest.mark.pure

OPERATOR, AGENT = "o" * 64, "a" * 64
GUARD = Guard(
    operator=OPERATOR, agent=AGENT, hosts=hosts_of("127.0.0.1", 7117), origins=["https://console.example"]
)


@pytest.fixture(autouse=True)
def _asker() -> Iterator[None]:
    """Whoever asked in one test asks in no other."""
    before = asker.set(asker.get())
    yield
    asker.reset(before)


def code(
    path: str = "/v1/status", *, host: str = "127.0.0.1:7117", token: str = OPERATOR, **more: str
) -> str:
    """Return the code of the denial, or nothing."""
    headers = [(b"host", host.encode("latin-1")), (b"authorization", f"Bearer {token}".encode())]
    headers += [(name.encode(), value.encode("latin-1")) for name, value in more.items()]
    denial = GUARD.judge(path, headers)
    return denial.code if denial else ""


@pytest.mark.parametrize("host", ["127.0.0.1:7117", "localhost:7117", "LOCALHOST:7117", "[::1]:7117"])
def test_the_hubs_own_hosts_are_let_in(host: str) -> None:
    """Each name that means this hub, with its port, is fine."""
    assert code(host=host) == ""


@each(
    [
        "",
        "127.0.0.1",
        "127.0.0.1:7118",
        "127.0.0.1:71170",
        "localhost:7117.evil.example",
        "127.0.0.1:7117@evil.example",
        "127.0.0.1.evil.example:7117",
        "evil.example",
        "evil.example:7117",
        "localhost",
        "localhost.:7117",
        "127.0.0.1:7117 ",
        "127.0.0.1:7117,evil.example",
        "[::ffff:127.0.0.1]:7117",
        "0.0.0.0:7117",
        "127.1:7117",
        "2130706433:7117",
    ],
)
def test_any_other_host_is_refused(host: str) -> None:
    """A name that only begins or ends like the hub's, or has another port, is not the hub's."""
    assert code(host=host) == "host"


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://127.0.0.1:7117",
        "http://localhost:7117",
        "https://console.example.evil.example",
        "https://console.example:8443",
        "https://console.example/",
        "https://console.exampl",
        "http://console.example",
        "HTTPS://console.example",
        "https://evil.example",
        "https://console.example https://evil.example",
        "file://",
    ],
)
def test_any_origin_that_is_not_listed_is_refused(origin: str) -> None:
    """An Origin counts only when it is exactly a listed one."""
    assert code(origin=origin) == "origin"


def test_a_listed_origin_is_let_in() -> None:
    """What is listed is fine."""
    assert code(origin="https://console.example") == ""


@pytest.mark.parametrize(
    ("path", "token", "expected"),
    [
        ("/v1/status", OPERATOR, ""),
        ("/v1/console", OPERATOR, ""),
        ("/openapi.json", OPERATOR, ""),
        ("/v1/agent", AGENT, ""),
        ("/v1/agent", OPERATOR, "role"),
        ("/v1/status", AGENT, "role"),
        ("/v1/console", AGENT, "role"),
        ("/v1/agent/", AGENT, "role"),
        ("/v1/agent", "x", "unauthorised"),
        ("/v1/status", "", "unauthorised"),
        ("/v1/status", OPERATOR[:-1], "unauthorised"),
        ("/v1/status", OPERATOR + "o", "unauthorised"),
        ("/nowhere", "x", "unauthorised"),
    ],
)
def test_each_token_opens_its_own_door(path: str, token: str, expected: str) -> None:
    """An agent's token opens the agents' door and nothing else, an operator's everything else."""
    assert code(path, token=token) == expected


def test_a_header_that_is_there_twice_is_refused() -> None:
    """Two Hosts, two Origins or two tokens are refused, whatever they say."""
    host, token = (b"host", b"127.0.0.1:7117"), (b"authorization", f"Bearer {OPERATOR}".encode())
    origin = (b"origin", b"https://console.example")
    for headers in (
        [host, host, token],
        [host, token, token],
        [host, token, origin, origin],
        [token],
        [host],
    ):
        assert GUARD.judge("/v1/status", headers) is not None
    assert GUARD.judge("/v1/status", [host, token, origin]) is None


def test_only_bearer_is_spoken() -> None:
    """A right token under another scheme is no token."""
    host = (b"host", b"127.0.0.1:7117")
    for value in (OPERATOR, f"Basic {OPERATOR}", f"Token {OPERATOR}"):
        denial = GUARD.judge("/v1/status", [host, (b"authorization", value.encode())])
        assert denial is not None
        assert denial.status == 401


def test_a_hub_for_all_addresses_is_not_reached_by_that_name() -> None:
    """0.0.0.0 is no name of a machine, further names are taken with their port or the hub's."""
    hosts = hosts_of("0.0.0.0", 80, ["Hub.Internal", "hub.internal:8443"])
    assert "0.0.0.0:80" not in hosts
    assert {"hub.internal:80", "hub.internal:8443", "127.0.0.1:80"} <= hosts
