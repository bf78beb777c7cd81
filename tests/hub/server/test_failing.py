"""An answer that the hub fails to give, or refuses, is the same for a path with parameters as for one without."""

from typing import Any, cast

import orjson
import pytest

from interlock.hub.server.app import build
from interlock.hub.server.guard import Guard, hosts_of
from interlock.hub.server.problem import Problem

pytestmark = pytest.mark.pure

TOKEN = "o" * 64
PATHS = ["/v1/status", "/v1/runs/r-0123456789abcdef"]


class _Api:
    """Every question raises ``error``."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _: str) -> Any:
        async def answer(*_given: Any) -> Any:
            raise self._error

        return answer


class _Rights:
    """Everybody may do everything."""

    def demand(self, *_: Any) -> None:
        return None


async def _ask(path: str, error: Exception) -> tuple[list[Any], Exception | None]:
    """Return what was sent in answer, and what the server was left with for its log."""
    guard = Guard(operator=TOKEN, agent=None, hosts=hosts_of("127.0.0.1", 7117))
    nothing = cast("Any", None)
    app = build(guard, cast("Any", _Api(error)), nothing, nothing, cast("Any", _Rights()))
    headers = [(b"host", b"127.0.0.1:7117"), (b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception as left:  # noqa: BLE001 - whatever it is, the test looks at it
        return sent, left
    return sent, None


@pytest.mark.parametrize("path", PATHS)
async def test_a_failure_is_told_and_left_to_the_log(path: str) -> None:
    """Who asked gets one sentence and no more; what happened goes on to whoever writes the log."""
    error = RuntimeError("a secret of the hub")
    sent, left = await _ask(path, error)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[0]["status"], orjson.loads(sent[1]["body"])["error"]["code"]) == (500, "failure")
    assert b"secret" not in sent[1]["body"]
    assert left is error


@pytest.mark.parametrize("path", PATHS)
async def test_a_refusal_is_an_answer(path: str) -> None:
    """Its code and both of its sentences are in it, and nothing is left for the log."""
    sent, left = await _ask(path, Problem("not_found", "it is not here", "look elsewhere"))
    assert sent[0]["status"] == 404
    assert orjson.loads(sent[1]["body"])["error"] == {
        "code": "not_found",
        "problem": "it is not here",
        "fix": "look elsewhere",
    }
    assert left is None


@pytest.mark.parametrize("path", ["/v1/runs/{run}", "/v1/orders/{order}", "/v1/statu"])
async def test_a_pattern_is_no_path(path: str) -> None:
    """A route's pattern is not a name that something answers to."""
    sent, left = await _ask(path, RuntimeError("nobody asks it"))
    assert (sent[0]["status"], left) == (404, None)
