"""Find the hub and talk to it: http.client and nothing else, so that a one-shot command starts at once.

:func:`find_hub` answers where the hub is and with which token, :class:`Client` asks it. What goes wrong is raised
as one of the errors of :mod:`interlock.errors`.
"""

import json
import os
import stat
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote, unquote, urlencode, urlsplit

from interlock.errors import ConfigError, HubError, HubUnavailable, NotFound, Unauthorised

__all__ = ["ANSWER_MAX", "Client", "Hub", "Json", "find_hub", "private_text", "ready_file", "segment"]

Json = dict[str, Any]

ANSWER_MAX = 64 * 1024 * 1024
"""Bytes of one answer that are read at most."""


class Hub(NamedTuple):
    """Where a hub is. ``source`` says in words where the address and the token came from."""

    url: str
    token: str
    source: str

    def __repr__(self) -> str:
        return f"Hub(url={self.url!r}, source={self.source!r})"


def find_hub(
    url: str | None = None, token_file: str | None = None, environ: Mapping[str, str] = os.environ
) -> Hub:
    """Return the hub to talk to: by the options, else by INTERLOCK_URL and INTERLOCK_TOKEN, else the local one.

    The local hub is the one whose ``ready.json`` lies in the state folder. Raises ConfigError if a setting is
    malformed, a token is missing, or a file that holds a secret can be read by others.
    """
    address = url or environ.get("INTERLOCK_URL")
    if token_file is not None:
        token, origin = private_text(Path(token_file), "token file"), f"token file {token_file}"
    else:
        token, origin = environ.get("INTERLOCK_TOKEN", ""), "INTERLOCK_TOKEN"
    if address is None:
        local = _local(environ)
        return local if token_file is None else Hub(local.url, token, f"local hub, {origin}")
    if not token:
        raise ConfigError(
            "no operator token for",
            value=address,
            fix="set INTERLOCK_TOKEN, or name a file with --token-file",
        )
    return Hub(_checked(address), token, f"{'--url' if url else 'INTERLOCK_URL'}, {origin}")


def ready_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the local hub says that it is ready, whether or not it does."""
    state = environ.get("XDG_STATE_HOME", "")
    home = Path(environ.get("HOME") or Path.home())
    base = Path(state) if state.startswith("/") else home / ".local" / "state"
    return base / "interlock" / "ready.json"


def private_text(path: Path, what: str) -> str:
    """Return the text of a file that must be private, without the blanks around it.

    Raises ConfigError when it cannot be read, is empty, or group or others have any right to it.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(65_536).decode("utf-8", "replace").strip()
    except OSError as error:
        raise ConfigError(
            f"cannot read the {what} ({error.strerror})", value=str(path), fix="name a file of your own"
        ) from None
    if mode & 0o077:
        raise ConfigError(
            f"others may use the {what} (mode {mode:04o})", value=str(path), fix="make it private: chmod 600"
        )
    if not text:
        raise ConfigError(f"nothing in the {what}", value=str(path), fix="write the token into it")
    return text


def _local(environ: Mapping[str, str]) -> Hub:
    path = ready_file(environ)
    if not path.exists():
        raise HubUnavailable("find a hub", url=str(path), waited=0.0)
    try:
        ready = json.loads(private_text(path, "ready file"))
        url, token_file = str(ready["url"]), Path(ready["operator_token_file"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(
            "not a ready file of a hub",
            value=str(path),
            fix="start 'interlock hub' again, it writes a new one",
        ) from None
    token = private_text(path.parent / token_file, "token file")
    return Hub(_checked(url), token, f"local hub, token file {token_file}")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        well_formed = False
    else:
        well_formed = well_formed and parts.path in ("", "/") and not (parts.query or parts.fragment)
        well_formed = well_formed and "@" not in parts.netloc
    if not well_formed:
        raise ConfigError("not the address of a hub", value=url, fix="it looks like http://127.0.0.1:7117")
    return url.rstrip("/")


def segment(name: str) -> str:
    """Return a name as one segment of a path."""
    return quote(name, safe="")


class Client:
    """One connection to a hub, kept open between questions. Not for use by several threads at once."""

    def __init__(self, hub: Hub, timeout: float = 10.0) -> None:
        """Talk to ``hub``; ``timeout`` is how many seconds one answer may take."""
        self.hub, self.timeout = hub, timeout
        self._open: HTTPConnection | None = None

    def get(self, path: str, /, *, within: float | None = None, **query: object) -> Json:
        """Return the answer to GET as decoded JSON. Parameters that are None are left out.

        ``within`` replaces the client's timeout for this question. Raises HubUnavailable, Unauthorised, NotFound
        or HubError.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path + ("?" + urlencode(asked) if asked else ""), None, {}, within)

    def post(self, path: str, body: Json, headers: Mapping[str, str] | None = None) -> Json:
        """Return the answer to POST as decoded JSON. Raises as :meth:`get` does."""
        data = json.dumps(body).encode()
        return self._ask("POST", path, data, {"Content-Type": "application/json", **(headers or {})}, None)

    def close(self) -> None:
        """Close the connection; the next question opens a new one."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _ask(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str], within: float | None
    ) -> Json:
        began = time.monotonic()
        sent = {"Authorization": f"Bearer {self.hub.token}", "Accept": "application/json", **headers}
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
        connection = self._open or self._connect(timeout)
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.request(method, path, data, dict(headers))
        response: HTTPResponse = connection.getresponse()
        answer = response.read(ANSWER_MAX)
        self._open = None if response.will_close or not response.isclosed() else connection
        return response.status, answer

    def _connect(self, timeout: float) -> HTTPConnection:
        parts = urlsplit(self.hub.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
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
    if status in (401, 403):
        raise Unauthorised(problem)
    if status == 404 and code != "late":
        parts = path.partition("?")[0].split("/")
        if len(parts) > 3:
            raise NotFound(parts[2].removesuffix("s"), unquote(parts[3]))
    raise HubError(problem, code=code)
