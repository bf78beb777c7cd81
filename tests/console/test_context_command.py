"""``interlock context``: tokens go where the operator says, and nowhere else when that does not work."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from keyring.backend import KeyringBackend

from interlock.errors import ConfigError
from interlock_console import contexts
from interlock_console.cli import main
from interlock_console.client import Client, Hub, find_hub
from interlock_console.contexts import Context
from tests.support.ring import Forgetful, Hidden, Locked, Memory, Plaintext, ring

TOKEN = "0123456789abcdef-secret"
PROD = ("--url", "https://hub.example.com", "--production", "--read-only", "--token-from", "stdin")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A settings folder of this test alone."""
    for name in ("INTERLOCK_URL", "INTERLOCK_TOKEN", "INTERLOCK_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


class Told:
    """What one command printed, and how it ended."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(TOKEN + "\n"))
        try:
            self.code: int | str | None = main(["context", *words])
        except SystemExit as error:
            self.code = error.code
        said = capsys.readouterr()
        self.out, self.err = said.out, said.err
        assert TOKEN not in said.out + said.err

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)


def holding(folder: Path) -> list[str]:
    """Return every file below a folder that holds the token."""
    return [path.name for path in folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


@pytest.mark.parametrize("kind", [None, Forgetful, Locked, Plaintext, Hidden])
def test_without_a_keyring_that_keeps_secrets_nothing_is_kept_anywhere(
    kind: type[KeyringBackend] | None,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No backend, one that forgets, one that is locked, one that writes plain text: add refuses, and names --store."""
    with ring(monkeypatch, kind):
        told = Told(capsys, monkeypatch, "add", "prod", *PROD)
    assert (told.code, told.out) == (2, "")
    assert "--store" in told.err
    assert holding(folder) == []
    assert contexts.read().names == []


def test_a_token_in_the_keyring_is_in_no_file_and_goes_with_its_context(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Add keeps it, show says where it is, another address does not get it, remove deletes it."""
    with ring(monkeypatch, Memory) as kept:
        assert isinstance(kept, Memory)
        assert Told(capsys, monkeypatch, "add", "prod", *PROD).code == 0
        assert list(kept.kept.values()) == [TOKEN]
        assert holding(folder) == []
        assert Told(capsys, monkeypatch, "use", "prod").code == 0
        assert find_hub().token == TOKEN
        shown = Told(capsys, monkeypatch, "show", "--json").json["context"]
        assert (shown["name"], shown["store"], shown["why"]) == (
            "prod",
            "keyring",
            "it is the context in use",
        )
        path = contexts.path_of()
        text = path.read_text()
        path.write_text(text.replace("hub.example.com", "evil.example.com"))
        with pytest.raises(ConfigError, match="no token for context 'prod'"):
            find_hub()
        path.write_text(text)
        assert "deleted" in Told(capsys, monkeypatch, "remove", "prod", "--json").json["token"]
        assert kept.kept == {}
    assert contexts.read().names == []


def test_a_token_in_a_file_is_private_and_said_not_to_be_encrypted(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only --store file makes one: 0600 in a 0700 folder; refused once others may read it, and gone at the end."""
    told = Told(
        capsys,
        monkeypatch,
        "add",
        "dev",
        "--url",
        "http://127.0.0.1:1",
        "--token-from",
        "stdin",
        "--store",
        "file",
    )
    assert told.code == 0
    assert "not encrypted" in told.out
    assert holding(folder) == ["dev.token"]
    path = folder / "config" / "interlock" / "tokens" / "dev.token"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert find_hub(context="dev").context.store == "file 0600"
    path.chmod(0o604)
    with pytest.raises(ConfigError, match="others may use the token file"):
        find_hub(context="dev")
    assert Told(capsys, monkeypatch, "remove", "dev").code == 0
    assert not path.exists()


def test_what_is_there_is_not_written_over_unless_that_is_meant(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second add is refused; with --replace it holds, and the token of before is gone from where it was."""
    words = ("--url", "https://h.example.com", "--token-from", "stdin")
    with ring(monkeypatch, Memory) as kept:
        assert isinstance(kept, Memory)
        assert Told(capsys, monkeypatch, "add", "a", *words).code == 0
        assert "--replace" in Told(capsys, monkeypatch, "add", "a", *words).err
        assert Told(capsys, monkeypatch, "add", "a", *words, "--replace", "--store", "file").code == 0
        assert kept.kept == {}
    assert find_hub(context="a").token == TOKEN


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "local", *PROD), "always the hub of this machine"),
        (("add", "a b", *PROD), "not a name for a context"),
        (("add", "a", "--url", "http://10.0.0.1:1", "--token-from", "stdin"), "plain http"),
        (("add", "a", *PROD, "--theme", "nowhere"), "no theme"),
        (("add", "a", *PROD, "--store", "plain"), "not a way to keep a token"),
        (("add", "a", "--url", "https://h"), "nobody to ask for the token"),
        (("add", "a", "--url", "https://h", "--token-from", "env:NOT_SET_HERE"), "not a token"),
        (("add", "a", "--url", "https://h", "--store", "env:NOT_SET_HERE"), "not set"),
        (("use", "nobody"), "no context 'nobody'"),
        (("remove", "nobody"), "no context 'nobody'"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(
    words: tuple[str, ...],
    said: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit 2, the reason on stderr, and no context, no token and no folder of tokens is left behind."""
    told = Told(capsys, monkeypatch, *words)
    assert told.code == 2
    assert said in told.err
    assert contexts.read().names == []
    assert holding(folder) == []


def test_the_list_says_which_is_in_use_and_what_is_misspelt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key nobody knows may be a misspelt production: it is said, and kept."""
    assert json.loads(Told(capsys, monkeypatch, "list", "--json").out)["contexts"] == []
    path = contexts.path_of()
    path.parent.mkdir(parents=True)
    text = (
        'use = "a"\n[context.a]\nurl = "https://h"\ntoken = "file"\nprodution = true\n[context.b]\nurl = 1\n'
    )
    path.write_text(text)
    path.chmod(0o600)
    told = Told(capsys, monkeypatch, "list")
    assert "*  a" in told.out
    assert "NOT RIGHT" in told.out
    assert "'prodution' of context 'a' means nothing here (line 5)" in told.err


def test_a_client_of_a_read_only_context_sends_nothing_that_acts() -> None:
    """It raises before a byte is sent, by post and ahead of it; asking what an order would do is allowed."""
    client = Client(Hub("http://127.0.0.1:9", "t", "a test", Context("prod", read_only=True)))
    for path in ("/v1/orders", "/v1/orders/o-1/lift", "/v1/runs/r-1/notes"):
        with pytest.raises(ConfigError, match="'prod'"):
            client.post(path, {})
    assert client.ahead("/v1/orders", {}, {"Idempotency-Key": "k"}) is None
