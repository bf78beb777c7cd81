"""What every keymap keeps to, a newcomer in one file of the operator's own among them; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock_console import cli, keymap
from interlock_console.app import Console
from interlock_console.discovery import tables
from interlock_console.keymap import Keymap, find, load, start
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.help import HelpScreen
from interlock_console.screens.kill import KillDialog
from tests.console.feed import Feed
from tests.console.looks import WIDE, lines, noted, settle, text
from tests.console.newcomers import KEYMAP

TABLES = tables()


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the operator's own keymap would be."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "config" / "interlock" / "keymap.toml"
    path.parent.mkdir(parents=True)
    return path


def _read(own: Path, said: str) -> Keymap:
    own.write_text(said, encoding="utf-8")
    return load(own, TABLES)


@pytest.mark.parametrize("name", [*keymap.packaged(), "a newcomer"])
def test_a_keymap_holds_without_a_problem(name: str, own: Path) -> None:
    """Every id of it is known, no two things share a key, and nothing acts or confirms by a key that must not."""
    own.write_text(KEYMAP, encoding="utf-8")
    path = find("" if name == "a newcomer" else name)
    assert path is not None
    found = load(path, TABLES)
    assert found.problems == ()
    assert found.keys


async def test_a_newcomer_s_keys_are_the_keys() -> None:
    """The new keys work, the old one does not, and last line and help write the new ones."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    feed.began(2)
    app = Console(feed.station(), keymap=_kept(KEYMAP))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        view = app.screen
        assert isinstance(view, FleetView)
        assert "ctrl+x stop" in lines(pilot)[-1]
        assert "f4 filter" in lines(pilot)[-1]
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await settle(pilot)
        assert "f4 /" in text(pilot)
        assert "ctrl+x K" in text(pilot)
        await pilot.press("q", "f4")
        assert app.focused is view.ask
        await pilot.press("escape", "right_square_bracket")
        await pilot.press("ctrl+x")
        await settle(pilot)
        assert isinstance(app.screen, KillDialog)
    app.station.desk.close()


def _kept(said: str) -> Keymap:
    path = keymap.own()
    path.write_text(said, encoding="utf-8")
    found = start("")
    assert found.problems == ()
    return found


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('"fleet.filer" = "f4"', "fleet.filer: there is no such key; did you mean fleet.filter?"),
        ('"fleet.open" = "f4"', "fleet.open: this key belongs to the list itself and stays"),
        ('"fleet.filter" = "z"', "fleet.filter: z would be fleet.filter and fleet.keep in the fleet view"),
        ('"fleet.filter" = "3"', "fleet.filter: 3 would be fleet.filter and view.3 in the fleet view"),
        ('"fleet.filter" = "j"', "fleet.filter: j moves in the list in the fleet view"),
        ('"run.kill" = "enter"', "run.kill: enter never acts"),
        ('"run.pause" = "ctrl+x,y"', "run.pause: y confirms in a dialog, and must not open one"),
        ('"kill.yes" = "enter"', "kill.yes: enter never confirms"),
        ('"kill.yes" = "K"', "kill.yes: K gives an order, and must not confirm one"),
        ('"fleet.filter" = "ctrl+shift+x"', "no terminal can be relied on to send it 'ctrl+shift+x'"),
        ('"fleet.filter" = "ctrl+i"', "a terminal sends the same for both 'ctrl+i': write tab"),
        ('"fleet.filter" = "ctrl+c"', "ctrl+c copies, and never ends the console"),
        ('"fleet.filter" = 7', "fleet.filter: no keys '7'"),
        ('"fleet.filter" = ""', "fleet.filter: no keys ''"),
        ('"\\u001b[2J" = "f4"', "\u241b[2J: there is no such key"),
    ],
)
def test_what_would_do_harm_is_left_as_built_and_told(own: Path, said: str, problem: str) -> None:
    """The entry is not used, the sentence says why, and a good entry beside it holds."""
    found = _read(own, f'{said}\n"last" = "f9"\n')
    assert len(found.problems) == 1
    assert problem in found.problems[0]
    assert found.keys == {"last": "f9"}


def test_two_that_take_one_another_s_key_may_change_places(own: Path) -> None:
    """A swap is no conflict; a key that only one of them leaves is."""
    assert _read(own, '"fleet.filter" = "z"\n"fleet.keep" = "/"\n').problems == ()
    half = _read(own, '"fleet.filter" = "z"\n"fleet.keep" = "enter,z"\n')
    assert half.keys == {}
    assert len(half.problems) == 2


def test_a_proof_moved_onto_an_order_s_new_key_is_refused(own: Path) -> None:
    """The confirming key is never the one that opens the dialog, whichever of the two was moved."""
    found = _read(own, '"run.kill" = "f5"\n"kill.yes" = "f5"\n')
    assert found.keys == {}
    assert len(found.problems) == 2


def _broken(own: Path, said: bytes) -> Keymap:
    own.write_bytes(said)
    return start("")


@pytest.mark.parametrize("said", [b'"fleet.filter = ', b"\xff\xfe", b"= 3"])
async def test_a_broken_file_is_the_keys_as_built_and_a_sentence(own: Path, said: bytes) -> None:
    """The console starts, every key is as it was, and the ticker says that the file is not used."""
    found = _broken(own, said)
    feed = Feed()
    feed.snapshot()
    assert found.keys == {}
    app = Console(feed.station(), keymap=found)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "keymap: the keymap is not used" in noted(pilot)
        await pilot.press("slash")
        assert isinstance(view := app.screen, FleetView)
        assert app.focused is view.ask
    app.station.desk.close()


def test_the_command_checks_and_shows(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``keymap check`` ends with 1 for a problem, ``show`` has every key with its name; both can be JSON."""
    own.write_text('"fleet.filter" = "z"\n"last" = "f9"\n', encoding="utf-8")
    assert cli.main(["keymap", "check"]) == 1
    assert "1 changed, 1 left as built" in capsys.readouterr().out
    assert cli.main(["keymap", "check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert cli.main(["keymap", "show", "--json"]) == 0
    shown = {row["id"]: row for row in json.loads(capsys.readouterr().out)["keys"]}
    assert shown["last"] | {"in": ""} == {
        "id": "last",
        "keys": "f9",
        "built": "minus",
        "does": "the view before this one",
        "acts": False,
        "in": "",
    }
    assert shown["run.kill"]["acts"] is True
    assert cli.main(["keymap", "show"]) == 0
    assert "built in: minus" in capsys.readouterr().out
    assert cli.main(["keymap", "check", "no-such"]) == 2
    own.unlink()
    assert cli.main(["keymap", "check"]) == 0
