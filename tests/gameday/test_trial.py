"""``interlock contract test``: every line it prints is what the tool really did, counted outside of the tool."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.errors import ConfigError
from interlock.trial.counting import counter
from interlock.trial.relay import aimed
from tests.gameday.sandbox import GUARD, until
from tests.support import forked

CARELESS = """
import pathlib

BOOK = pathlib.Path("book")

def pay(to: str) -> str:
    with BOOK.open("a") as book:
        book.write(to + "\\n")
    return "paid \\x1b]52;c;aGk=\\x07" + to
"""


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A ledger of its own process; what lets the sandbox's tools find it, and where its effects are."""
    folder = tmp_path / "ledger"
    folder.mkdir()
    ready = folder / "ready.json"
    words = ["--folder", str(folder / "books"), "--ready-file", str(ready), "--more-orders", "20"]
    process = forked.Popen([sys.executable, "-P", "-m", "interlock.gameday.ledger", *words])
    try:
        said: dict[str, Any] = json.loads(until(lambda: _text(ready), "the ledger"))
        yield {
            "GAMEDAY_LEDGER": said["address"],
            "GAMEDAY_KEY": said["key"],
            "effects": str(said["effects"]),
        }
    finally:
        process.terminate()
        process.wait(GUARD)


def _try(
    tool: str, folder: Path, effects: str, *words: str, **environ: str
) -> "subprocess.CompletedProcess[str]":
    count = "import sys; print(sum(1 for _ in open(sys.argv[1])))"
    command = shlex.join([sys.executable, "-c", count, effects])
    given = ["--args", str(folder / "args.json"), "--effects", command, *words]
    return subprocess.run(
        [sys.executable, "-P", "-m", "interlock_console", "contract", "test", tool, *given],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env=os.environ | environ,
        check=False,
    )


def test_the_till_keeps_its_contract_whatever_happens_on_the_way(
    ledger: dict[str, str], tmp_path: Path
) -> None:
    """Twice, at once, late, lost, garbled, cut off: one effect a key each time, and never a false word of it."""
    effects = ledger.pop("effects")
    args = [{"order_id": f"A-10{n:02}", "amount": 1.0} for n in range(1, 7)]
    (tmp_path / "args.json").write_text(json.dumps(args))
    words = ("--proxy", "GAMEDAY_LEDGER", "--limit", "1", "--json")
    done = _try("interlock.gameday.trial:desk.refund", tmp_path, effects, *words, **ledger)
    lines = {line["step"]: line for line in json.loads(done.stdout)["lines"]}
    assert [(line["step"], line["effects"], line["ok"]) for line in lines.values()] == [
        ("once", 1, True),
        ("twice", 0, True),
        ("beside", 1, True),
        ("late", 1, True),
        ("lost", 1, True),
        ("wrong", 1, True),
        ("down", 0, True),
    ]
    assert all(lines[step]["found"].startswith("unknown") for step in ("late", "lost", "wrong"))
    assert done.returncode == 0
    stamped = [json.loads(line) for line in Path(effects).read_text().splitlines()]
    assert len(stamped) == 6
    assert len({effect["known_as"] for effect in stamped}) == 6


def test_a_careless_tool_is_found_out_and_shown_as_text(tmp_path: Path) -> None:
    """It pays twice under one key: that is said, and what it returned reaches no terminal as it is."""
    (tmp_path / "careless.py").write_text(CARELESS)
    (tmp_path / "book").touch()
    (tmp_path / "args.json").write_text('{"to": "ann"}')
    done = _try("careless:pay", tmp_path, str(tmp_path / "book"))
    said = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert done.returncode == 1
    assert "NOT as it should  called again with the same key; effects 1" in said["twice"]
    assert "NOT as it should  called twice at once with one key; effects 2" in said["beside"]
    assert "it has no time limit and waited" in said["late"]
    assert "not tried" in said["lost"]
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_what_cannot_be_tried_says_what_to_write() -> None:
    """The exit code is 2, and the sentence has the whole command."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "interlock_console", "contract", "prove"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "contract test MODULE:TOOL --args FILE" in done.stderr


@pytest.mark.pure
@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:80", ("", "127.0.0.1", 80, "")),
        ("http://u:p@shop:8080/v1?x=1", ("http://u:p@", "shop", 8080, "/v1?x=1")),
    ],
)
def test_an_address_is_taken_apart_and_put_together_again(address: str, parts: tuple[Any, ...]) -> None:
    """Only host and port change where a relay stands in between."""
    assert aimed(address) == parts


@pytest.mark.pure
@pytest.mark.parametrize("address", ["", "shop", "http://shop/v1", "shop:http"])
def test_an_address_without_a_port_is_none(address: str) -> None:
    """There is nothing to stand in front of."""
    with pytest.raises(ValueError, match="HOST:PORT"):
        aimed(address)


def test_effects_that_cannot_be_counted_stop_the_trial() -> None:
    """A command that fails, says no number, or is not there is an error with what to write."""
    for command in ("false", "echo many", "no-such-command", ""):
        with pytest.raises(ConfigError, match="--effects"):
            counter(command)()
    assert counter("echo 12 effects.jsonl")() == 12
