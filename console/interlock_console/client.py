"""Talk to the hub: http.client and nothing else, so that a one-shot command starts at once.

:func:`~interlock_console.finding.find_hub` answers where the hub is and with which token, :class:`Client` asks it.
What goes wrong is raised as one of the errors of :mod:`interlock.errors`.
"""

import json
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import quote, unquote, urlencode, urlsplit

from interlock.errors import ConfigError, HubError, HubUnavailable, NotAllowed, NotFound, Unauthorised
from interlock_console.contexts import Context
from interlock_console.finding import Hub, find_hub, ready_file
from interlock_console.person import headers as named
from interlock_console.person import person
from interlock_console.vault import private_text
from interlock_console.whole import WholeConnection, WholeSecureConnection

__all__ = [
    "ANSWER_MAX",
    "Client",
    "Hub",
    "Json",
    "find_hub",
    "private_text",
    "read_only",
    "ready_file",
    "segment",
]

Json = dict[str, Any]

ANSWER_MAX = 64 * 1024 * 1024
"""Bytes of one answer that are read at most."""

_OF_RUNS = ("runs", "bodies")
"""What the list of runs leads to; of anything else the hub itself says where to look."""
_WITHOUT_EFFECT = frozenset({"/v1/orders/preview", "/v1/compensations/plan"})
"""What is asked by POST and changes nothing."""


def read_only(context: Context) -> ConfigError:
    """Return the error that says why a read-only context sends nothing."""
    name = context.name or "here"
    return ConfigError(
        "nothing was sent: read-only is the context",
        value=name,
        fix=f"pass --context of one that may act, or 'interlock context add {name} --replace' without --read-only",
    )


def segment(name: str) -> str:
    """Return a name as one segment of a path."""
    return quote(name, safe="")


class Client:
    """One connection to a hub, kept open between questions. Not for use by several threads at once.

    Whatever changes something says who the person is that asks for it: see :mod:`interlock_console.person`.
    """

    def __init__(self, hub: Hub, timeout: float = 10.0) -> None:
        """Talk to ``hub``; ``timeout`` is how many seconds one answer may take."""
        self.hub, self.timeout = hub, timeout
        self._acts = {"Content-Type": "application/json", **named(hub.who or person())}
        self.date = ""
        """The ``Date`` of the newest answer: what time the hub has."""
        self._open: HTTPConnection | None = None

    def get(self, path: str, /, *, within: float | None = None, **query: object) -> Json:
        """Return the answer to GET as decoded JSON. Parameters that are None are left out.

        ``within`` replaces the client's timeout for this question. Raises HubUnavailable, Unauthorised, NotAllowed,
        NotFound or HubError.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path + ("?" + urlencode(asked) if asked else ""), None, {}, within)

    def post(self, path: str, body: Json, headers: Mapping[str, str] | None = None) -> Json:
        """Return the answer to POST as decoded JSON. Raises as :meth:`get` does.

        A read-only context sends nothing that has an effect, whoever asks for it: that raises ConfigError.
        """
        if self.hub.context.read_only and path not in _WITHOUT_EFFECT:
            raise read_only(self.hub.context)
        data = json.dumps(body).encode()
        return self._ask("POST", path, data, {**self._acts, **(headers or {})}, None)

    def ahead(self, path: str, body: Json, headers: Mapping[str, str]) -> Callable[[], Json] | None:
        """Write an order to the open connection now and return what waits for its answer; that raises as ``post`` does.

        None when nothing was sent: no connection is open, or it does not take the bytes at once. ``headers`` must
        hold an idempotency key: if the answer does not come over this connection, the order is sent once more.
        """
        connection = self._open
        if connection is None or connection.sock is None or self.hub.context.read_only:
            return None
        sent = self._headers({**self._acts, **headers})
        # Never wait here: whoever calls this has a screen to draw.
        connection.sock.setblocking(False)
        try:
            connection.request("POST", path, json.dumps(body).encode(), sent)
        except (OSError, HTTPException):
            self.close()
            return None

        def answer() -> Json:
            try:
                return _judge(*self._answer(connection, self.timeout), path)
            except (OSError, HTTPException):
                self.close()
                return self.post(path, body, headers)

        return answer

    @property
    def warm(self) -> bool:
        """Whether a connection is open, as far as this end knows."""
        return self._open is not None

    def close(self) -> None:
        """Close the connection; the next question opens a new one."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _ask(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str], within: float | None
    ) -> Json:
        began = time.monotonic()
        sent = self._headers(headers)
        # A connection that lay open may have been closed at the other end. The question is repeated once on a
        # fresh one if it is safe to: reading is, and so is whatever carries an idempotency key.
        tries = 2 if self._open is not None and (method == "GET" or "Idempotency-Key" in headers) else 1
        while True:
            tries -= 1
            try:
                return _judge(*self._exchange(method, path, data, sent, within or self.timeout), path)
            except (OSError, HTTPException):
                self.close()
                if not tries:
                    waited = time.monotonic() - began
                    raise HubUnavailable(
                        f"{method.lower()} {path.partition('?')[0]}", url=self.hub.url, waited=waited
                    ) from None

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str], timeout: float
    ) -> tuple[int, bytes]:
        # Kept from the start, so that whoever gives up on this question closes it too.
        connection = self._open = self._open or self._connect(timeout)
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.request(method, path, data, dict(headers))
        return self._answer(connection, timeout)

    def _answer(self, connection: HTTPConnection, timeout: float) -> tuple[int, bytes]:
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        response: HTTPResponse = connection.getresponse()
        answer = response.read(ANSWER_MAX)
        self.date = response.getheader("Date", "")
        if response.will_close or not response.isclosed():
            connection.close()
            self._open = None
        return response.status, answer

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.hub.token}", "Accept": "application/json", **more}

    def _connect(self, timeout: float) -> HTTPConnection:
        parts = urlsplit(self.hub.url)
        kind = WholeSecureConnection if parts.scheme == "https" else WholeConnection
        return kind(parts.hostname or "", parts.port, timeout=timeout)


def _judge(status: int, answer: bytes, path: str) -> Json:
    try:
        said: object = json.loads(answer)
    except ValueError:
        said = None
    body = cast("Json", said) if isinstance(said, dict) else None
    if 200 <= status < 300 and body is not None:
        return body
    told: Json = (body or {}).get("error") or {}
    problem = str(told.get("problem") or f"status {status}, and nothing this console understands")
    code = str(told.get("code") or status)
    if told.get("fix"):
        problem += f"; {told['fix']}"
    if status == 403 and code == "role":
        raise NotAllowed(problem)
    if status in (401, 403):
        raise Unauthorised(problem)
    if status == 404 and code != "late":
        parts = path.partition("?")[0].split("/")
        if len(parts) > 3:
            whole = "" if parts[2] in _OF_RUNS else problem
            raise NotFound(parts[2].removesuffix("s"), unquote(parts[3]), whole)
    raise HubError(problem, code=code)
