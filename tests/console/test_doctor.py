"""``interlock doctor``: what is wrong is found, said plainly with a fix, and no token is ever printed."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from interlock import __version__
from interlock_console.checkup import Asked, Check, guarded, places
from interlock_console.checkup.hub import judge
from interlock_console.checkup.terminal import tmux
from tests.console.test_commands import Asked as Command
from tests.support.hubs import HubProcess

NOW = 1_790_000_000.0
NONE = Namespace(url=None, context=None, token_file=None)


def states(checks: list[Check]) -> dict[str, str]:
    """Return the worst state under each name."""
    order = ["ok", "note", "warn", "bad"]
    found: dict[str, str] = {}
    for check in checks:
        found[check.name] = max(found.get(check.name, "ok"), check.state, key=order.index)
    return found


def test_a_good_machine_passes_and_no_token_is_printed(hub: HubProcess, tmp_path: Path) -> None:
    """Exit 0 with the hub, the token's store and the versions said, as text and as JSON."""
    folders = {
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "XDG_STATE_HOME": str(tmp_path / "s"),
        "LC_ALL": "C.UTF-8",
    }
    said = Command(hub, "doctor", environ=folders)
    assert said.code == 0, said.out + said.err
    assert f"answers at {hub.url}" in said.out
    assert "env INTERLOCK_TOKEN" in said.out
    asked = Command(hub, "doctor", "--json", environ=folders)
    assert asked.json["ok"] is True
    found = {check["name"]: check["state"] for check in asked.json["checks"]}
    assert (found["textual"], found["hub"], found["version"], found["clock"], found["record"]) == ("ok",) * 5
    assert all(check["fix"] for check in asked.json["checks"] if check["state"] in ("warn", "bad"))
    assert hub.operator_token not in said.out + said.err + asked.out + asked.err
    assert Command(hub, "doctor", "--strict", environ=folders | {"TERM": "dumb"}).code == 1


@pytest.mark.parametrize(
    ("environ", "name", "said"),
    [
        ({"INTERLOCK_URL": "http://127.0.0.1:9"}, "hub", "no answer from the hub"),
        ({"INTERLOCK_TOKEN": "0" * 64}, "hub", "token"),
        ({"INTERLOCK_URL": "http://example.com"}, "hub", "plain http"),
        ({"INTERLOCK_URL": "", "INTERLOCK_CONTEXT": "gone"}, "hub", "no context 'gone'"),
    ],
)
def test_a_hub_that_cannot_be_used_is_bad(
    environ: dict[str, str], name: str, said: str, hub: HubProcess, tmp_path: Path
) -> None:
    """Exit 1, and the sentence is the one every other command would have failed with; the other checks are there."""
    asked = Command(hub, "doctor", "--json", environ=environ | {"XDG_CONFIG_HOME": str(tmp_path)})
    assert asked.code == 1
    found = [check for check in asked.json["checks"] if check["state"] == "bad"]
    assert [(check["name"], said in check["said"]) for check in found] == [(name, True)]
    assert "python" in {check["name"] for check in asked.json["checks"]}


def test_broken_files_are_named_with_their_place(hub: HubProcess, tmp_path: Path) -> None:
    """A contexts file that does not parse says line and column; the rest of the checks go on."""
    folder = tmp_path / "interlock"
    folder.mkdir()
    (folder / "contexts.toml").write_text("use = \n")
    (folder / "contexts.toml").chmod(0o600)
    (folder / "keymap.toml").write_text("nonsense = 1\n")
    asked = Command(hub, "doctor", "--json", environ={"XDG_CONFIG_HOME": str(tmp_path)})
    found = {
        check["name"]: check["said"] for check in asked.json["checks"] if check["state"] in ("bad", "warn")
    }
    assert "line 1, column 7" in found["files"]
    assert asked.code == 1


def _environ(tmp_path: Path) -> dict[str, str]:
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "XDG_STATE_HOME": str(tmp_path / "s"),
        "HOME": str(tmp_path),
    }


def test_open_folders_and_stale_files_are_found(tmp_path: Path) -> None:
    """A token that others may read is bad, an open folder a warning, and a ready file of a dead hub says so."""
    folder = tmp_path / "s" / "interlock"
    folder.mkdir(parents=True, mode=0o755)
    folder.chmod(0o755)
    for name, mode in (("operator.token", 0o644), ("hub.log", 0o640), ("agent.token", 0o600)):
        (folder / name).write_text("x")
        (folder / name).chmod(mode)
    (folder / "ready.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": 2**22 + 5}))
    (folder / "ready.json").chmod(0o600)
    found = list(places.look(Asked(NONE, _environ(tmp_path) | {"INTERLOCK_TOKEN": "t"})))
    bad = [check.said for check in found if check.state == "bad"]
    assert [said.partition(" (")[0] for said in bad] == [f"others may use {folder / 'operator.token'}"]
    assert states(found) == {
        "folders": "ok", "private": "bad", "ready file": "warn", "INTERLOCK_TOKEN": "note",
    }  # fmt: skip
    folder.chmod(0o700)
    assert states(list(places.look(Asked(NONE, _environ(tmp_path)))))["private"] == "ok"


def _status(**more: Any) -> dict[str, Any]:
    good = {
        "ok": True,
        "problem": "",
        "proven_at": NOW - 5,
        "every_s": 60,
        "slow_ms": 100,
        "p50": 2.0,
        "p99": 9.0,
    }
    return {
        "version": __version__, "unrecorded": 0, "policy": {"version": 1}, "standing": [],
        "disk": {"free": 2**33, "total": 2**34}, "brake": good,
    } | more  # fmt: skip


@pytest.mark.pure
@pytest.mark.parametrize(
    ("more", "name", "state"),
    [
        ({}, "brake", "ok"),
        ({"version": "9.9"}, "version", "warn"),
        ({"unrecorded": 3}, "record", "bad"),
        ({"disk": {"free": 1000, "total": 2000}}, "disk", "warn"),
        ({"policy": None}, "policy", "warn"),
        ({"standing": [{"verb": "kill", "scope": {"fleet": True}}]}, "standing", "note"),
        ({"brake": {"ok": False, "problem": "no gate answered"}}, "brake", "bad"),
        ({"brake": {"ok": None, "proven_at": None}}, "brake", "warn"),
        ({"brake": _status()["brake"] | {"proven_at": NOW - 300}}, "brake", "bad"),
        ({"brake": _status()["brake"] | {"p99": 250.0}}, "brake", "warn"),
        ({"brake": None}, "brake", "note"),
    ],
)
def test_what_a_hub_says_of_itself_is_judged(more: Mapping[str, Any], name: str, state: str) -> None:
    """Each thing that weakens a stop changes exactly one finding."""
    date = formatdate(NOW, usegmt=True)
    found = states(list(judge(_status(**more), date, NOW)))
    plain = states(list(judge(_status(), date, NOW)))
    assert found.get(name) == state
    assert {key: found.get(key) for key in plain if key != name} == {
        key: plain[key] for key in plain if key != name
    }


@pytest.mark.pure
def test_clocks_that_differ_are_said() -> None:
    """Two minutes are a warning with their direction; no date at all is a note."""
    behind = formatdate(NOW - 120, usegmt=True)
    said = [check for check in judge(_status(), behind, NOW) if check.name == "clock"]
    assert [(check.state, check.said) for check in said] == [("warn", "the hub's is 2m00s behind")]
    assert states(list(judge(_status(), "", NOW)))["clock"] == "note"


@pytest.mark.pure
def test_tmux_is_judged_by_what_it_answers() -> None:
    """Passthrough and a long escape-time are warnings; a tmux that does not answer is one too."""
    answers = {"-V": "tmux 3.3a", "set-clipboard": "on", "allow-passthrough": "all", "escape-time": "500"}
    found = states(list(tmux(lambda *words: answers.get(words[-1], ""))))
    assert found == {
        "tmux": "ok", "tmux clipboard": "ok", "tmux passthrough": "warn", "tmux escape": "warn",
    }  # fmt: skip
    assert states(list(tmux(lambda *_: ""))) == {"tmux": "warn"}


@pytest.mark.pure
def test_a_check_that_breaks_hides_no_other() -> None:
    """What was found before stays, and the break is a finding of its own."""

    def broken(asked: Asked) -> Iterator[Check]:
        yield Check("one", "ok", "fine")
        raise OSError("no such device")

    found = guarded("area", broken, Asked(NONE, {}))
    assert [(check.name, check.state) for check in found] == [("one", "ok"), ("area", "bad")]
    assert "no such device" in found[1].said
