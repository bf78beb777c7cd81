"""``interlock dial`` against a real hub: what it prints, what it asks for, and what it refuses."""

import gc
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interlock_console.cli import main
from tests.support.afterwards import raise_all
from tests.support.hubs import HubProcess

Ask = Callable[..., tuple[int, str, str]]
WHY = ("--reason", "odd refunds")
DONE = (0, 3)
"""A dial that was lowered holds; where the disk is slow it says that it is not on it yet."""

# A one-shot command leaves its connection to the end of its process, and here several share one.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture
def ask(hub: HubProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return what runs a command, and returns its exit code and what it printed."""
    monkeypatch.setenv("INTERLOCK_URL", hub.url)
    monkeypatch.setenv("INTERLOCK_TOKEN", hub.operator_token)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        gc.collect()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(autouse=True)
def _raised(hub: HubProcess) -> Iterator[None]:
    """Turn every dial back up that a test left lowered."""
    yield
    raise_all(hub)


def test_a_dial_is_lowered_shown_and_raised_with_proof(ask: Ask) -> None:
    """Down without a question; up only with the order's last four characters, which the refusal names."""
    assert "holds anything back" in ask("dial", "show")[1]
    code, out, _ = ask("dial", "set", "shadow", "--role", "billing", *WHY)
    assert (code in DONE, out.splitlines()[0]) == (
        True,
        "the dial of role billing stands at shadow; it was auto",
    )
    shown = ask("dial", "show")[1]
    assert all(word in shown for word in ("role billing", "shadow", "odd refunds"))
    dials: list[Any] = json.loads(ask("dial", "show", "--json")[1])["dials"]
    order = dials[0]["order"]
    code, _, err = ask("dial", "set", "auto", "--role", "billing", *WHY)
    assert (code, order in err) == (2, True)
    assert ask("dial", "set", "auto", "--role", "billing", "--proof", "zzzz", *WHY)[0] == 1
    up = ask("dial", "set", "auto", "--role", "billing", "--proof", order[-4:], *WHY)
    assert (up[0], "nothing is held back" in up[1]) == (0, True)


def test_what_the_policy_holds_back_is_said_beside_the_dial(ask: Ask, hub: HubProcess) -> None:
    """A role in shadow by its policy is not at auto, whatever its dial was and is."""
    rules = "version: 1\ntools: {refund: {class: write}}\n"
    rules += "roles: {trainee: {autonomy: shadow, tools: {refund: allow}}}\n"
    # A second try finds it pushed; the same once more would be refused.
    if hub.get("/v1/policy")["active"] is None:
        assert hub.ask("POST", "/v1/policy", {"source": rules, "reason": "a test", "stage": None})[0] == 200
    code, out, _ = ask("dial", "set", "ask", "--role", "trainee", *WHY)
    assert code in DONE
    assert out.splitlines()[:2] == [
        "the dial of role trainee stands at ask; it was auto",
        "in force was shadow, by the policy's roles.trainee.autonomy; now it is shadow, by the same",
    ]


def test_a_dial_of_everything_and_of_one_tool_is_turned_with_json(ask: Ask) -> None:
    """One object, with what it was; a refusal is one too, and says what to do next."""
    made = json.loads(ask("dial", "set", "ask", "--tool", "wire", "--json", *WHY)[1])
    assert (made["was"], made["dial"]["scope"]) == ("auto", {"tool": "wire"})
    fleet = json.loads(ask("dial", "set", "read-only", "--fleet", "--json", *WHY)[1])
    again = ask("dial", "set", "read-only", "--fleet", "--json", *WHY)
    assert (again[0], "unchanged" in again[1] + again[2]) == (1, True)
    proof = fleet["order"][-4:]
    assert ask("dial", "set", "auto", "--fleet", "--proof", proof, "--json", *WHY)[0] == 0


@pytest.mark.parametrize("words", [("ask",), ("loud", "--fleet"), ("ask", "--fleet", "--role", "x")])
def test_what_names_no_scope_or_two_or_no_level_is_refused(ask: Ask, words: tuple[str, ...]) -> None:
    """Before anything is asked of the hub."""
    with pytest.raises(SystemExit) as ended:
        ask("dial", "set", *words, *WHY)
    assert ended.value.code == 2
