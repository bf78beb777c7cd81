"""Who may what at a real hub (invariants S7, S8, S9, S10, A6): every route by every role, at the moment it is asked."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from interlock import ids
from interlock.hub.server.routes import ROUTES
from interlock.hub.server.routing import Route
from interlock.rights import ROLES, includes
from tests.hub.server.raw import frames, raw_console, raw_gate
from tests.hub.server.staff import code, gate_token, good, line, made, nobody, post, put, staff
from tests.support.cases import each
from tests.support.hubs import GUARD, HubProcess, running_hub

HARMLESS = {"preview", "propose", "break_glass", "end_glass", "revoke_token"}
"""What a viewer may ask by POST: it changes nothing, or it is judged further by whose it is."""
NAMES = {
    "run": "r-0000000000000000",
    "order": "o-0000000000000000",
    "sha256": "0" * 64,
    "name": "nobody",
    "token": "t-000000000000",
    "glass": "b-0000000000000000",
}


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    """Yield a hub whose own agent token opens nothing."""
    with running_hub(options=["--no-shared-agent-token"]) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(hub: HubProcess) -> dict[str, str]:
    """Return a token for each role."""
    return staff(hub)


def asked(route: Route) -> tuple[str, str, Any]:
    """Return a request that every role may make up: names of nothing, and an empty body."""
    path = re.sub(r"{(\w+)}", lambda found: NAMES.get(found[1], "e-0000000000000000"), route.path)
    return route.method, path, {} if route.method == "POST" else None


@pytest.mark.pure
@each(ROUTES)
def test_every_route_says_who_may_ask_it(route: Route) -> None:
    """A route without a role is refused here, and one that changes something is no viewer's unless it is listed."""
    assert route.role in ROLES
    assert route.method == "GET" or route.role != "viewer" or route.handler in HARMLESS


@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_open_to_its_roles_and_shut_to_the_others(
    hub: HubProcess, tokens: dict[str, str], role: str
) -> None:
    """The whole table: 403 ``role`` below the role a route names, and no refusal of that kind from it on."""
    found: dict[str, bool] = {}
    with line(hub, tokens[role]) as own:
        for route in ROUTES:
            status, said = own.ask(*asked(route))
            found[f"{route.method} {route.path}"] = (status, said) != (403, "role")
            assert status != 401, route.path
    # An id of nobody's is no own token of anybody: that takes an admin after all, once the body is one.
    assert found == {f"{route.method} {route.path}": includes(role, route.role) for route in ROUTES}


def test_no_route_is_open_to_a_gate_or_to_a_revoked_token(hub: HubProcess) -> None:
    """An agent's token is refused by every route, and one that was revoked opens none."""
    _, agent = gate_token(hub, "refunds")
    name = nobody("gone")
    gone = made(hub, name, "admin")
    good(hub, f"/v1/operators/{name}/remove", {"reason": "left"})
    with line(hub, agent) as gate, line(hub, gone) as stranger:
        for route in ROUTES:
            assert gate.ask(*asked(route)) == (403, "role"), route.path
            assert stranger.ask(*asked(route)) == (401, "unauthorised"), route.path


def test_a_role_is_what_it_is_when_something_is_asked(hub: HubProcess) -> None:
    """On one open connection: lowered, refused; raised, let in; nothing is signed in anew."""
    own = made(hub, "pat", "responder")
    body = {"verb": "pause", "runs": ["r-0000000000000000"], "reason": "look"}
    with line(hub, own) as pat:
        assert pat.ask("POST", "/v1/orders", body) == (404, "not_found")
        put(hub, "pat", "viewer")
        assert pat.ask("POST", "/v1/orders", body) == (403, "role")
        assert pat.ask("GET", "/v1/status")[0] == 200
        put(hub, "pat", "responder")
        assert pat.ask("POST", "/v1/orders", body) == (404, "not_found")


def test_a_body_that_was_slow_finds_the_role_of_its_end(hub: HubProcess) -> None:
    """Rights are judged when it is all there, not when its first byte came."""
    own = made(hub, "slow", "responder")
    body = json.dumps({"verb": "pause", "scope": {"fleet": True}, "reason": "look"}).encode()
    host, _, port = hub.url.removeprefix("http://").rpartition(":")
    head = f"POST /v1/orders HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {own}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with closing(socket.create_connection((host, int(port)), GUARD)) as sock:
        sock.sendall(head.encode() + body[:5])
        put(hub, "slow", "viewer")
        sock.sendall(body[5:])
        assert sock.recv(65_536).startswith(b"HTTP/1.1 403 ")
    assert hub.get("/v1/orders?standing=true")["orders"] == []


def test_an_open_console_learns_of_its_role_and_ends_with_its_token(hub: HubProcess) -> None:
    """The snapshot and every pulse say whose console it is and as what; a revoked one is told so and closed."""
    quinn = nobody("quinn")
    own = made(hub, quinn, "approver")
    with raw_console(hub, token=own) as console:
        first = next(frames(console, "snapshot"))["hub"]
        assert (first["operator"], first["role"]) == (quinn, "approver")
        put(hub, quinn, "viewer")
        seen = {each["operator"]: each["seen_at"] for each in hub.get("/v1/tokens")["tokens"]}
        assert seen[quinn] is not None
        roles = (pulse["hub"]["role"] for pulse in frames(console, "pulse"))
        assert next(role for role in roles if role != "approver") == "viewer"
        good(hub, f"/v1/tokens/{own[4:18]}/revoke", {"reason": "lost"}, own)
        # A pulse a second: what is still open after a few of them stays open.
        said = next(frame for frame in islice(frames(console, "bye", "pulse"), 30) if frame["kind"] == "bye")
        assert said["code"] == "revoked"
        with pytest.raises(ConnectionClosed):
            console.recv(GUARD)
    assert hub.ask("GET", "/v1/status", Authorization=f"Bearer {own}")[0] == 401


def test_a_token_is_revoked_by_its_operator_and_by_admins_alone(
    hub: HubProcess, tokens: dict[str, str]
) -> None:
    """Whoever lost a token shuts it at once; another's takes an admin."""
    token = tokens["responder"][4:18]
    path, body = f"/v1/tokens/{token}/revoke", {"reason": "lost"}
    assert code(hub, path, body, tokens["approver"]) == (403, "role")
    spare = made(hub, "an-responder", "responder")
    assert code(hub, f"/v1/tokens/{spare[4:18]}/revoke", body, tokens["responder"])[0] == 200
    assert code(hub, f"/v1/tokens/{spare[4:18]}/revoke", body, tokens["responder"]) == (409, "conflict")


def test_who_somebody_says_to_be_counts_for_the_shared_token_alone(
    hub: HubProcess, tokens: dict[str, str]
) -> None:
    """With a token of one's own one is its operator, whatever the header says: two names are not two people."""
    _, agent = gate_token(hub, "refunds")
    run = ids.new_run()
    with raw_gate(hub, token=agent) as gate:
        gate.open(run)
        body = {"claim": True, "take": True}
        own = post(hub, f"/v1/runs/{run}/claim", body, tokens["approver"], **{"Interlock-Who": "bob"})[1]
        root = post(hub, f"/v1/runs/{run}/claim", body, **{"Interlock-Who": "bob"})[1]
    assert own["claimed_by"] == "an-approver"
    assert root["claimed_by"].endswith("(says bob)")


def opened(hub: HubProcess, token: str, run: str, **names: str) -> str:
    """Return what the hub says to a gate with this token that opens a run."""
    with raw_gate(hub, token=token) as gate:
        said = gate.open(run, **names)
    return str(said.get("code") or said["kind"])


def test_an_agents_token_opens_runs_of_its_agents_in_its_role_and_no_others(hub: HubProcess) -> None:
    """The names in the token rule, not those a gate sends; its owner is in the record as who asks."""
    _, token = gate_token(hub, "refund*")
    run = ids.new_run()
    assert opened(hub, token, run, agent="refunds") == "opened"
    assert opened(hub, token, ids.new_run(), agent="Refunds") == "policy"
    assert opened(hub, token, ids.new_run(), agent="billing") == "policy"
    assert opened(hub, token, ids.new_run(), role="billing") == "policy"
    entries = hub.get("/v1/audit?limit=500")["entries"]
    (begun,) = [entry["body"] for entry in entries if entry["kind"] == "run" and entry["run"] == run]
    assert begun["owner"] == hub.get("/v1/status")["operator"]


def test_an_agents_token_reaches_no_run_and_no_gate_of_another(hub: HubProcess) -> None:
    """It joins no run of another agent, speaks for none, and is never the gate that another token was."""
    (_, ours), (_, theirs) = gate_token(hub, "refunds"), gate_token(hub, "billing")
    run, name = ids.new_run(), ids.new_gate()
    with raw_gate(hub, name, token=theirs) as other:
        assert other.open(run, agent="billing")["kind"] == "opened"
        with raw_gate(hub, token=ours) as gate:
            gate.say("join", req="j", run=run)
            assert gate.hear("refused")["code"] == "policy"
            gate.say("outcome", run=run, permit="p-0000000000000000", call="c", outcome="done")
            assert next(frames(gate.socket, "bye"))["code"] == "role"
        with raw_gate(hub, token=ours) as gate:
            gate.events(run, 2, {"kind": "reasoning", "text": "forged"})
            assert next(frames(gate.socket, "bye"))["code"] == "role"
        with raw_gate(hub, token=ours) as gate:
            offered = [{"tool": "refund", "cls": "write", "definition": "0" * 64}]
            gate.say("offers", agent="billing", role="support", tools=offered)
            assert next(frames(gate.socket, "bye"))["code"] == "role"
        with raw_gate(hub, name, token=ours) as gate:
            assert next(frames(gate.socket, "bye"))["code"] == "role"
        other.say("beat", n=1)
        assert other.hear("lease")["n"] == 1


def test_a_gate_ends_with_its_token_and_the_shared_one_can_be_shut(hub: HubProcess) -> None:
    """Revoking closes the gate for good; with ``--no-shared-agent-token`` the file of the data folder opens nothing."""
    name, token = gate_token(hub, "refunds")
    with raw_gate(hub, token=token) as gate:
        good(hub, f"/v1/tokens/{name}/revoke", {"reason": "leaked"})
        assert next(frames(gate.socket, "bye"))["code"] == "role"
    for shut in (token, hub.agent_token):
        with pytest.raises(Exception, match="401"):
            connect(
                f"{hub.ws}/v1/agent", additional_headers={"Authorization": f"Bearer {shut}"}, proxy=None
            ).close()


def test_broken_glass_is_seen_everywhere_used_ended_and_reviewed(hub: HubProcess) -> None:
    """A viewer becomes an admin with a reason: every console says so, the record marks it, and somebody else looks."""
    vic, wes = nobody("vic"), nobody("wes")
    own, other = made(hub, vic, "viewer"), made(hub, wes, "viewer")
    before = hub.get("/v1/status")["reviews"]
    assert code(hub, "/v1/break-glass", {"role": "admin", "reason": ""}, own)[0] == 400
    asked_for = {"role": "admin", "reason": "nobody else answers"}
    with raw_console(hub, token=other) as console:
        glass = good(hub, "/v1/break-glass", asked_for, own)["break_glass"]
        assert (glass["state"], 800 < glass["left_s"] <= 900) == ("open", True)
        alarms = (pulse["hub"]["break_glass"] for pulse in frames(console, "pulse"))
        mine = ([one for one in said if one["who"] == vic] for said in alarms)
        (alarm,) = next(said for said in mine if said)
        assert (alarm["who"], alarm["role"], alarm["why"]) == (vic, "admin", "nobody else answers")
    name = good(hub, f"/v1/operators/{wes}/remove", {"reason": "stolen"}, own)["operator"]["name"]
    assert code(hub, f"/v1/operators/{vic}/tokens", {}, own) == (409, "break_glass")
    marked = [
        entry["kind"]
        for entry in hub.get("/v1/audit?limit=500")["entries"]
        if entry["body"].get("break_glass") == glass["id"]
    ]
    assert (name, marked) == (wes, ["operator", "revoked"])
    path = f"/v1/break-glass/{glass['id']}"
    assert code(hub, f"{path}/review", {"note": "fine"}) == (409, "conflict")
    assert good(hub, f"{path}/end", {"reason": "done"}, own)["break_glass"]["state"] == "ended"
    assert hub.get("/v1/status")["reviews"] == before + 1
    assert code(hub, "/v1/operators", {"name": "x", "role": "viewer", "reason": "no"}, own) == (403, "role")
    assert (
        good(hub, f"{path}/review", {"note": "was needed"})["break_glass"]["review"]["note"] == "was needed"
    )
    assert hub.get("/v1/status")["reviews"] == before


def _mode_and_bytes(path: Path) -> tuple[int, bytes]:
    return path.stat().st_mode, path.read_bytes() if path.is_file() else b""


def test_no_token_lies_anywhere_but_in_its_owners_hands(hub: HubProcess, tokens: dict[str, str]) -> None:
    """Not in stores, log or audit answers, nor in the hub's command line or environment; its files are private."""
    _, agent = gate_token(hub, "refunds")
    secrets = [token[-64:] for token in (*tokens.values(), agent)]
    entries = json.dumps(hub.get("/v1/audit?limit=500")) + json.dumps(hub.get("/v1/tokens"))
    proc = Path("/proc") / str(hub.pid)
    held = [(proc / name).read_bytes() for name in ("cmdline", "environ") if proc.exists()]
    for file, (mode, data) in hub.files(_mode_and_bytes).items():
        assert mode & 0o077 == 0, file.name
        held.append(data)
        if file.name not in ("operator.token", "agent.token"):
            assert hub.operator_token.encode() not in held[-1], file.name
    for secret in secrets:
        assert secret not in entries
        assert not any(secret.encode() in part for part in held)


def test_people_are_the_same_after_a_restart(hub: HubProcess) -> None:
    """Roles, tokens and what was revoked come from the record alone."""
    left = nobody("yan")
    own, gone = made(hub, nobody("zoe"), "approver"), made(hub, left, "viewer")
    good(hub, f"/v1/operators/{left}/remove", {"reason": "left"})
    glass = good(hub, "/v1/break-glass", {"role": "admin", "reason": "a long night"}, own)["break_glass"]
    hub.kill()
    hub.start()
    with line(hub, own) as zoe, line(hub, gone) as yan:
        assert zoe.ask("GET", "/v1/tokens") == (200, "")
        assert yan.ask("GET", "/v1/status") == (401, "unauthorised")
    after = hub.get(f"/v1/break-glass/{glass['id']}")["break_glass"]
    assert (after["state"], after["until"]) == ("open", glass["until"])
    assert after["left_s"] <= glass["left_s"]
    good(hub, f"/v1/break-glass/{glass['id']}/end", {"reason": "over"}, own)
    assert hub.get("/v1/audit/verify")["ok"]
