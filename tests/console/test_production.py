"""Contexts against a real hub: a read-only one lets nothing through, and production asks for its name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock_console import contexts
from tests.support import forked
from tests.support.afterwards import lift_all
from tests.support.hubs import GUARD, HubProcess


@pytest.fixture(autouse=True)
def named(hub: HubProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hub by three names: to look only, production, and neither; afterwards no order stands there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_TOKEN", hub.operator_token)
    for name in ("INTERLOCK_URL", "INTERLOCK_TOKEN", "INTERLOCK_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    kinds = {"look": "read_only = true", "prod": "production = true", "plain": ""}
    path = contexts.path_of()
    path.parent.mkdir(parents=True)
    path.write_text(
        "".join(
            f'[context.{name}]\nurl = "{hub.url}"\ntoken = "env:HUB_TOKEN"\n{kind}\n'
            for name, kind in kinds.items()
        )
    )
    path.chmod(0o600)
    yield
    lift_all(hub)


class Said:
    """How one command ended, and what it printed."""

    def __init__(self, *words: str) -> None:
        done = forked.run(
            [sys.executable, "-P", "-m", "interlock_console.cli", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GUARD,
        )
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)


@contextmanager
def running(gate: interlock.Gate, *roles: str) -> Iterator[list[str]]:
    """Keep one run of each role going, none of them the parent of another."""
    runs = [gate.run(agent="clerk", role=role, goal="answer") for role in roles]
    apart = [Context() for _ in runs]
    try:
        yield [context.run(run.__enter__).id for context, run in zip(apart, runs, strict=True)]
    finally:
        for context, run in zip(apart, runs, strict=True):
            with suppress(interlock.RunKilled):
                context.run(run.__exit__, None, None, None)


@pytest.mark.parametrize(
    "words",
    [
        ["kill", "RUN"],
        ["kill", "--fleet"],
        ["pause", "RUN"],
        ["resume", "--role", "support"],
        ["cancel", "RUN"],
    ],
)
def test_a_read_only_context_lets_no_order_through(
    words: list[str], hub: HubProcess, gate: interlock.Gate
) -> None:
    """Exit 2 with the context's name and the way out; at the hub nothing has happened. Reading works."""
    with running(gate, "support") as (run,):
        asked = [run if word == "RUN" else word for word in words]
        said = Said(*asked, "--reason", "x", "--context", "look")
        assert (said.code, said.out) == (2, "")
        assert "read-only is the context 'look'" in said.err
        assert "pass --context" in said.err
        assert Said("show", run, "--context", "look").code == 0
        found = hub.get(f"/v1/runs/{run}")
        assert (found["receipts"], found["run"]["stop"], found["run"]["hold"]) == ([], "", "")
        assert hub.get("/v1/orders?standing=true")["orders"] == []


def test_an_order_in_production_says_where_it_went(gate: interlock.Gate) -> None:
    """The context's name is in the text and in the JSON of a single order."""
    with running(gate, "support") as (run,):
        said = Said("pause", run, "--reason", "x", "--context", "prod")
        assert said.out.startswith("PRODUCTION prod at http://127.0.0.1:")
        killed = Said("kill", run, "--reason", "x", "--context", "prod", "--json")
        assert killed.json["context"] == {"name": "prod", "production": True}


def test_many_runs_in_production_need_its_name(hub: HubProcess) -> None:
    """Without the name, or with another one, nothing is sent; with it the order stands, until a lift with proof."""
    words = ("pause", "--role", "nobody-has", "--reason", "x", "--context")
    assert "--yes-production prod" in Said(*words, "prod").err
    assert Said(*words, "prod", "--yes-production", "plain").code == 2
    assert "no production context" in Said(*words, "plain", "--yes-production", "prod").err
    assert hub.get("/v1/orders?standing=true")["orders"] == []
    said = Said(*words, "prod", "--yes-production", "prod")
    assert (said.code, "STANDS for new runs too" in said.out) == (0, True), said.out + said.err
    order = Said("orders", "--standing", "--json", "--context", "look").json["orders"][0]["order"]
    lift = ("lift", order, "--reason", "x", "--context", "prod")
    assert (Said(*lift, "--proof", "none").code, Said(*lift).code) == (1, 2)
    lifted = Said(*lift, "--proof", order[-4:])
    assert (lifted.code, lifted.out.startswith("PRODUCTION prod")) == (0, True)
    assert hub.get("/v1/orders?standing=true")["orders"] == []


def test_a_lift_whose_reader_is_gone_lifts_all_the_same(hub: HubProcess) -> None:
    """With nobody left to read the answer the order is lifted: nothing is said before it is done."""
    said = Said("pause", "--role", "nobody-reads", "--reason", "x", "--context", "plain", "--json")
    order = said.json["order"]
    words = ("lift", order, "--proof", order[-4:], "--reason", "x", "--context", "plain")
    command = [sys.executable, "-P", "-m", "interlock_console.cli", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(GUARD)
    assert hub.get("/v1/orders?standing=true")["orders"] == []


def test_an_order_for_a_role_ends_in_one_receipt(gate: interlock.Gate) -> None:
    """Two runs of a role are seen beforehand and drained: the receipt counts both, and nobody of another role."""
    with running(gate, "many", "many", "few"):
        seen = Said("pause", "--role", "many", "--preview", "--context", "look")
        assert (seen.code, "2 runs of 1 agent, over 1 gate" in seen.out) == (0, True), seen.out + seen.err
        said = Said("pause", "--role", "many", "--reason", "x", "--context", "plain")
        assert said.code == 0, said.err
        assert "2 runs: 2 named, 0 children" in said.out
        assert "drained      2 of 2" in said.out
        one = Said("pause", "--reason", "x", "--context", "plain")
        assert (one.code, "name runs, or one of --agent" in one.err) == (2, True)
        resumed = Said("resume", "--role", "many", "--reason", "x", "--context", "plain", "--json")
        assert resumed.json["summary"]["targets"] == 2
        (order,) = Said("orders", "--standing", "--json", "--context", "look").json["orders"]
        lift = ("lift", order["order"], "--proof", order["order"][-4:], "--reason", "x", "--context", "plain")
        assert Said(*lift).code == 0
