"""Operators of a real hub, made over its API, and what they ask."""

import json
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from typing import Any

from interlock.rights import ROLES
from tests.support.hubs import GUARD, HubProcess

WHY = "for the test"


_numbers = count(1)


def nobody(name: str) -> str:
    """Return a name like this one that no operator had yet."""
    return f"{name}-{next(_numbers)}"


def made(hub: HubProcess, name: str, role: str) -> str:
    """Make an operator, or give one this role; return a fresh token of theirs."""
    put(hub, name, role)
    return str(good(hub, f"/v1/operators/{name}/tokens", {})["secret"])


def put(hub: HubProcess, name: str, role: str) -> None:
    """Give an operator a role."""
    good(hub, "/v1/operators", {"name": name, "role": role, "reason": WHY})


def staff(hub: HubProcess) -> dict[str, str]:
    """Return a token for each role; the operators are named after them."""
    return {role: made(hub, f"an-{role}", role) for role in ROLES}


def gate_token(hub: HubProcess, agent: str, role: str = "support", owner: str = "") -> tuple[str, str]:
    """Make a token for gates; return its id and what opens the hub."""
    owner = owner or hub.get("/v1/status")["operator"]
    answer = good(hub, "/v1/agent-tokens", {"agent": agent, "role": role, "owner": owner})
    return answer["token"]["token"], answer["secret"]


def good(hub: HubProcess, path: str, body: Any, token: str = "") -> Any:
    """Return the answer to POST, which must be a good one; asked with the token of the data folder unless told."""
    status, answer = post(hub, path, body, token)
    assert status == 200, (path, status, answer)
    return answer


def post(hub: HubProcess, path: str, body: Any, token: str = "", **more: str) -> tuple[int, Any]:
    """Ask by POST; return the status and the answer."""
    own = {"Authorization": f"Bearer {token}"} if token else {}
    return hub.ask("POST", path, body, **own, **more)


def code(hub: HubProcess, path: str, body: Any, token: str = "") -> tuple[int, str]:
    """Return the status and the code of an error; the code is empty where it is none."""
    status, answer = post(hub, path, body, token)
    return status, answer.get("error", {}).get("code", "")


class Line:
    """One kept connection of somebody's, as a console has it."""

    def __init__(self, hub: HubProcess, token: str) -> None:
        self._connection = HTTPConnection(hub.url.removeprefix("http://"), timeout=GUARD)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Return the status of an answer, and its code if it is an error."""
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, path, sent, self._headers)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        return response.status, answer.get("error", {}).get("code", "")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def line(hub: HubProcess, token: str) -> "closing[Line]":
    """Return a connection that is closed at the end."""
    return closing(Line(hub, token))
