"""operator, token, agent-token and break-glass against a real hub: what they print, keep, and refuse."""

import gc
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from interlock_console.cli import main
from tests.support.hubs import HubProcess

Ask = Callable[..., tuple[int, str, str]]
WHY = ("--reason", "for the test")
_names = (f"op{n}" for n in count(1))

# A one-shot command leaves its connection to the end of its process, and here several share one.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture
def name() -> str:
    """An operator whom the hub has never heard of."""
    return next(_names)


@pytest.fixture
def ask(hub: HubProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return what runs a command with a token, and returns its exit code and what it printed."""
    monkeypatch.setenv("INTERLOCK_URL", hub.url)

    def run(*words: str, token: str = "") -> tuple[int, str, str]:
        monkeypatch.setenv("INTERLOCK_TOKEN", token or hub.operator_token)
        code = main(list(words))
        gc.collect()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def found(ask: Ask, *words: str, token: str = "") -> Any:
    """Return the JSON of a command that must end well."""
    code, out, err = ask(*words, "--json", token=token)
    assert code == 0, err
    return json.loads(out)


def test_an_operator_gets_a_role_a_token_and_is_removed(ask: Ask, name: str) -> None:
    """Made, raised, listed, with a token that works until it is revoked; each refusal says what to do."""
    assert ask("operator", "add", name, "--role", "viewer", *WHY)[:2] == (0, f"{name} is viewer\n")
    assert "operator role" in ask("operator", "add", name.capitalize(), "--role", "admin", *WHY)[2]
    assert "operator add" in ask("operator", "role", "nobody", "--role", "admin", *WHY)[2]
    made = found(ask, "token", "new", name, "--expires", "12h")
    own, token = made["secret"], made["token"]["token"]
    assert ask("runs", token=own)[0] == 0
    refused = ask("pause", "--fleet", "--reason", "look", token=own)
    assert (refused[0], "break-glass" in refused[2]) == (1, True)
    assert found(ask, "operator", "role", name, "--role", "approver", *WHY)["operator"]["role"] == "approver"
    assert "approver" in ask("operator", "list")[1]
    listed = ask("token", "list")[1]
    assert (token in listed, own in listed) == (True, False)
    assert "opens nothing" in ask("token", "revoke", token, *WHY)[1]
    assert ask("runs", token=own)[0] == 5
    assert "removed" in ask("operator", "remove", name, *WHY)[1]


def test_a_token_goes_into_a_file_for_its_owner_alone_or_is_not_made(ask: Ask, tmp_path: Path) -> None:
    """The file has mode 0600 and is never one that was there; nothing of the token is printed."""
    ask("operator", "add", "fay", "--role", "viewer", *WHY)
    file = tmp_path / "fay.token"
    code, out, err = ask("token", "new", "fay", "--to", str(file))
    kept = file.read_text(encoding="ascii").strip()
    assert (code, kept in out + err, file.stat().st_mode & 0o777) == (0, False, 0o600)
    assert ask("runs", "--token-file", str(file))[0] == 0
    before = len(found(ask, "token", "list")["tokens"])
    assert ask("token", "new", "fay", "--to", str(file))[0] == 2
    assert len(found(ask, "token", "list")["tokens"]) == before
    assert ask("token", "new", "nobody", "--to", str(tmp_path / "none"))[0] == 6
    assert not (tmp_path / "none").exists()


def test_an_agents_token_is_made_listed_and_revoked(ask: Ask) -> None:
    """It names the agent, its role and who asks for it."""
    ask("operator", "add", "olga", "--role", "responder", *WHY)
    made = found(ask, "agent-token", "new", "--agent", "refund*", "--role", "support", "--owner", "olga")
    assert made["secret"].startswith("ilk_a-")
    assert "refund* as support, asked by olga" in ask("agent-token", "list")[1]
    assert ask("agent-token", "revoke", made["token"]["token"], *WHY)[0] == 0
    assert "revoked by" in ask("agent-token", "list")[1]


def test_the_glass_is_broken_ended_and_reviewed_from_the_shell(ask: Ask, name: str) -> None:
    """A viewer takes approver's rights with a reason and gives them back; somebody else looks at it."""
    ask("operator", "add", name, "--role", "viewer", *WHY)
    own = found(ask, "token", "new", name)["secret"]
    assert "no glass" in ask("break-glass", "end", *WHY, token=own)[2]
    code, out, _ = ask(
        "break-glass", "start", "--role", "approver", "--reason", "no approver awake", token=own
    )
    assert (code, f"{name} as approver, OPEN for" in out) == (0, True)
    assert "now approver by break-glass" in ask("operator", "list")[1]
    ended = found(ask, "break-glass", "end", *WHY, token=own)["break_glass"]
    assert ended["state"] == "ended"
    assert "waits for review" in ask("break-glass", "show", ended["id"])[1]
    assert ask("break-glass", "review", ended["id"], "--note", "mine", token=own)[0] == 1
    assert "reviewed by" in ask("break-glass", "review", ended["id"], "--note", "it was needed")[1]
    assert "reviewed" in ask("break-glass", "show")[1]


@pytest.mark.parametrize("words", [["token", "new", "ann", "--expires", "soon"], ["operator", "add", "x"]])
def test_what_is_no_such_thing_is_usage(ask: Ask, words: list[str]) -> None:
    """A length of time nobody can read, and a role that is not said, end before anything is asked."""
    with pytest.raises(SystemExit, match="2"):
        ask(*words)
