"""What a command prints is visible text, whoever wrote it: on a terminal, in a pipe and in an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from interlock_console.cli import main
from interlock_console.contexts import path_of
from interlock_console.sinks import SINKS
from tests.console.hostile import (
    hostile_access,
    hostile_brake,
    hostile_items,
    hostile_receipt,
    hostile_state,
    hostile_status,
    hostile_summary,
)
from tests.console.hostile_making import hostile_making
from tests.console.hostile_waiting import hostile_escalation
from tests.console.page_hub import PageHub, page_hub
from tests.console.stories import RUN
from tests.hostile.oracle import forbidden_in_lines
from tests.hostile.payloads import ACTING, PAYLOADS

COMMANDS = {
    "commands.runs": ["runs"],
    "commands.show": ["show", RUN, "--events", "100"],
    "commands.tail": ["tail", RUN, "--no-follow", "--lines", "100"],
    "commands.kill": ["kill", RUN, "--reason", "r", "--wait", "recorded"],
    "commands.pause": ["pause", RUN, "--reason", "r", "--wait", "recorded"],
    "commands.resume": ["resume", RUN, "--reason", "r", "--wait", "recorded"],
    "commands.cancel": ["cancel", RUN, "--reason", "r", "--wait", "recorded"],
    "commands.audit": ["audit", "list"],
    "commands.brake": ["brake"],
    "commands.breakers": ["breakers"],
    "commands.orders": ["orders"],
    "commands.lift": ["lift", "o-1", "--proof", "abcd", "--reason", "r"],
    "commands.claim": ["claim", RUN],
    "commands.note": ["note", RUN, "seen"],
    "commands.handoff": ["handoff"],
    "commands.who": ["who"],
    "commands.operator": ["operator", "list"],
    "commands.dial": ["dial", "show"],
    "commands.token": ["token", "list"],
    "commands.agent_token": ["agent-token", "list"],
    "commands.policy": ["policy", "show"],
    "commands.break_glass": ["break-glass", "show", "b-1"],
    "commands.context": ["context", "list"],
    "commands.doctor": ["doctor"],
    "commands.keymap": ["keymap", "check"],
    "commands.escalations": ["escalations", "e-1"],
    "commands.compensate": ["compensate", "show", "m-1"],
    "commands.unknowns": ["unknowns"],
    "commands.approve": ["approve", "e-1", "--digest", "ab" * 32],
    "commands.reject": ["reject", "e-1", "--digest", "ab" * 32, "--reason", "r"],
}

UNWELL = ("commands.brake", "commands.doctor", "commands.keymap")
"""The brake of this hub is not proven, its record not on disk, and no key has such a name: the exit code says so."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PageHub]:
    """A hub that a command finds by its environment, and a folder for settings with hostile contexts in it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with page_hub() as pages:
        pages.keep = False
        monkeypatch.setenv("INTERLOCK_URL", pages.url)
        monkeypatch.setenv("INTERLOCK_TOKEN", "token")
        yield pages


@cache
def _pages(text: str) -> dict[str, Any]:
    """Return what a hub answers with this text in every field: made once for all commands, none of them changes it."""
    items, state = hostile_items(text[:2000]), hostile_state(text[:2000])
    state.n = len(items)
    entry = {
        "n": 1,
        "at": 1.0,
        "kind": text[:60],
        "hash": text[:12],
        "prev": "",
        "body": {text[:40]: text[:400]},
    }
    return {
        "items": {RUN: items},
        "states": {RUN: state},
        "receipts": {RUN: [hostile_receipt(text[:2000])]},
        "entries": [entry],
        "brake": hostile_brake(text[:400]),
        "summary": hostile_summary(text[:400]),
        "waiting": hostile_escalation(text[:400]),
        "status": hostile_status(text[:400]),
        "access": hostile_access(text[:400]) | hostile_making(text[:400]),
    }


def _fill(hub: PageHub, text: str) -> None:
    for name, page in _pages(text).items():
        assert hasattr(hub, name)
        setattr(hub, name, page)
    _name_contexts(text[:400])


def _name_contexts(text: str) -> None:
    """Write a file of contexts with the text wherever TOML takes one; half a character is not text there."""
    said = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
    path = path_of()
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"use = {said}\n{said} = 1\n[context.{said}]\nurl = {said}\n{said} = {said}\n"
        f'[context.good]\nurl = "http://127.0.0.1:1"\ntoken = "file"\ntheme = {said}\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    path.with_name("keymap.toml").write_text(f"{said} = {said}\n", encoding="utf-8")


def test_every_command_that_shows_text_is_driven() -> None:
    """The rows of the table that are commands and show something are all run here."""
    rows = {sink.place for sink in SINKS if sink.place.startswith("commands.") and sink.shows}
    assert rows == set(COMMANDS)


@pytest.mark.parametrize("place", COMMANDS)
def test_a_command_prints_nothing_that_acts(
    place: str, hub: PageHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every acting payload in every field, lines and words are all that comes out."""
    wrong: list[str] = []
    for name in sorted(ACTING):
        text = PAYLOADS[name]
        _fill(hub, text)
        code = main(COMMANDS[place])
        said = capsys.readouterr()
        if code not in ((1,) if place in UNWELL else (0, 3)) or not said.out:
            wrong.append(f"{name}: exit {code}, {said.err!r}")
        wrong += [f"{name}: {found}" for found in forbidden_in_lines((said.out + said.err).encode())[:1]]
    assert wrong == []


@pytest.mark.parametrize(
    "name", ["osc_clipboard_st", "clear_screen", "right_to_left_override", "carriage_return"]
)
def test_an_error_and_json_are_as_inert(name: str, hub: PageHub, capsys: pytest.CaptureFixture[str]) -> None:
    """What the hub said went wrong is visible on stderr and escaped in JSON, and exact once it is decoded."""
    hub.refusal = PAYLOADS[name]
    assert main(["runs", "--json"]) == 1
    said = capsys.readouterr()
    assert forbidden_in_lines((said.out + said.err).encode()) == []
    assert said.out.isascii()
    assert PAYLOADS[name] in json.loads(said.out)["error"]["problem"]
