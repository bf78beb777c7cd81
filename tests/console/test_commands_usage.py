"""What is wrong with the words of a command is said as JSON too where they ask for JSON, by every command."""

from __future__ import annotations

import json

import pytest

from interlock.hub.server.access_answers import GlassRequest
from interlock_console import commands
from interlock_console.cli import main
from interlock_console.output import Exit
from tests.hostile.oracle import forbidden_in_lines

pytestmark = pytest.mark.pure

OWN = frozenset(name for name in commands.names() if commands.load(name).add_arguments is None)
"""Commands that read their words themselves, and start something instead of answering."""


@pytest.mark.parametrize("name", sorted(set(commands.names()) - OWN))
def test_words_that_are_wrong_have_an_answer(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One object on stdout with a code and a sentence that says where to look; usage on stderr; exit 2."""
    with pytest.raises(SystemExit) as ended:
        main([name, "--nonsense-\x1b]0;x\x07", "--json"])
    said, usage = capsys.readouterr()
    error = json.loads(said)["error"]
    assert (ended.value.code, error["code"]) == (2, "usage")
    assert f"'interlock {name}" in error["problem"]
    assert usage.startswith(f"usage: interlock {name}")
    assert forbidden_in_lines(usage.encode()) == forbidden_in_lines(error["problem"].encode()) == []


@pytest.mark.parametrize("words", [["runs"], []])
def test_without_it_they_are_text(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is on stdout, for whoever reads it, and what is on stderr does nothing to a terminal."""
    with pytest.raises(SystemExit):
        main([*words, "--nonsense-\x1b]0;x\x07"])
    said, usage = capsys.readouterr()
    assert (said, forbidden_in_lines(usage.encode())) == ("", [])
    assert "--nonsense-" in usage


def test_a_reason_of_break_glass_that_is_too_short_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told in an emergency, so it names what is missing, and no schema."""
    assert main(["break-glass", "start", "--role", "admin", "--reason", "fire"]) == 2
    assert "nothing was taken: too short a reason 'fire': say why in 8 letters" in capsys.readouterr().err


def test_the_shortest_reason_of_break_glass_is_the_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command refuses no reason that the hub takes, and lets none through that the hub refuses."""
    least = GlassRequest.model_json_schema()["properties"]["reason"]["minLength"]
    monkeypatch.setenv("INTERLOCK_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("INTERLOCK_TOKEN", "0" * 64)
    words = ["break-glass", "start", "--role", "admin", "--reason"]
    assert main([*words, "x" * (least - 1)]) == Exit.USAGE
    assert main([*words, "x" * least]) == Exit.UNAVAILABLE
