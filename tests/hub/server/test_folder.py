"""The data folder of a real hub (invariants S10, D11): private, one hub at a time, and a true ready file."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.errors import ConfigError
from interlock.hub.cli import main
from interlock.hub.server.folder import Folder, default_folder
from tests.support.hubs import GUARD, HubProcess, running_hub


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def hub_command(data: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """Run a hub that is expected to end by itself."""
    command = [sys.executable, "-P", "-m", "interlock.hub", "--data", str(data)]
    listen = () if "--listen" in more else ("--listen", "127.0.0.1:0")
    return subprocess.run([*command, *listen, *more], capture_output=True, text=True, timeout=2 * GUARD)


def test_everything_in_the_folder_is_private(hub: HubProcess) -> None:
    """The folder is 0700 and every file in it 0600, or stricter."""
    assert mode(hub.data) == 0o700
    modes = hub.files(lambda file: mode(file) & (0o077 if file.is_dir() else 0o177))
    assert {file.name: oct(bits) for file, bits in modes.items() if bits} == {}


def test_the_ready_file_says_where_the_hub_is(hub: HubProcess) -> None:
    """Its url, pid and token files are those of the running process, and the pid has no token in its words."""
    said = json.loads((hub.data / "ready.json").read_text(encoding="utf-8"))
    assert (said["url"], said["pid"]) == (hub.url, hub.process.pid)
    assert Path(said["operator_token_file"]).read_text(encoding="ascii").strip() == hub.operator_token
    words = Path(f"/proc/{said['pid']}/cmdline")
    if words.exists():
        assert hub.operator_token.encode() not in words.read_bytes()


def test_tokens_are_long_random_and_different(hub: HubProcess) -> None:
    """Each has 256 bits in hex, and an operator's is not an agent's."""
    assert len(bytes.fromhex(hub.operator_token)) == len(bytes.fromhex(hub.agent_token)) == 32
    assert hub.operator_token != hub.agent_token


def test_a_second_hub_on_the_same_folder_is_refused_with_a_sentence(hub: HubProcess) -> None:
    """It ends with the code for a wrong setting, and the first one goes on."""
    second = hub_command(hub.data)
    assert second.returncode == 2
    assert "another hub is using the data folder" in second.stderr
    assert json.loads((hub.data / "ready.json").read_text(encoding="utf-8"))["pid"] == hub.process.pid
    hub.get("/v1/status")


def test_a_stopped_hub_leaves_no_ready_file_and_its_folder_can_be_used_again() -> None:
    """SIGTERM ends it with 0; the next start has the same tokens and another name."""
    with running_hub() as hub:
        token, name = hub.operator_token, hub.get("/v1/status")["name"]
        assert hub.stop() == 0
        assert not (hub.data / "ready.json").exists()
        hub.start()
        assert hub.operator_token == token
        assert hub.get("/v1/status")["name"] != name


def test_a_killed_hub_is_no_obstacle_to_the_next() -> None:
    """The lock is the kernel's and does not outlive the process."""
    with running_hub() as hub:
        hub.kill()
        hub.start()
        assert hub.get("/v1/status")["pos"] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--listen", "0.0.0.0:0"], "add --allow-remote"),
        (["--listen", "7117"], "looks like"),
        (["--listen", "somewhere:0"], "name an IP address"),
        (["--listen", "127.0.0.1:0", "--ring", "0"], "number of events"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(
    tmp_path: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code is 2 and the sentence says what to do."""
    listen = [] if "--listen" in words else ["--listen", "127.0.0.1:0"]
    assert main(["--data", str(tmp_path / "data"), *listen, *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(hub: HubProcess, tmp_path: Path) -> None:
    """The second hub names the address it could not have."""
    done = hub_command(tmp_path / "data", "--listen", hub.url.removeprefix("http://"))
    assert done.returncode == 2
    assert "choose another port" in done.stderr


def test_secrets_that_others_may_read_are_refused(tmp_path: Path) -> None:
    """A folder or token file with rights for others is not used, and the fix is named."""
    path = tmp_path / "data"
    with Folder(path) as folder:
        folder.secret("operator.token")
        (path / "operator.token").chmod(0o640)
        with pytest.raises(ConfigError, match="chmod 600"):
            folder.secret("operator.token")
        (path / "operator.token").chmod(0o600)
        (path / "operator.token").write_text("short")
        with pytest.raises(ConfigError, match="delete the file"):
            folder.secret("operator.token")
    path.chmod(0o755)
    with pytest.raises(ConfigError, match="chmod 700"):
        Folder(path)


def test_a_hub_with_a_broken_key_says_which_file(tmp_path: Path) -> None:
    """A key that is no hex is named, with what to do, and no traceback; a folder with odd letters is shown visibly."""
    path = tmp_path / "a\x1b]0;title\x07"
    with HubProcess(path) as hub:
        hub.stop()
    assert "a\u241b]0;title\u2407" in hub.output()
    assert "\x1b" not in hub.output()
    (path / "redact.key").write_text("zz" * 32)
    with pytest.raises(RuntimeError, match=r"ended with 2 .*\n.*\n?.*delete the file") as told:
        hub.start()
    assert "Traceback" not in str(told.value)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file in the way is named."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="cannot use the data folder"):
        Folder(tmp_path / "file" / "data")


@pytest.mark.pure
def test_the_default_folder_follows_the_state_home() -> None:
    """XDG_STATE_HOME counts when absolute, otherwise the user's own state folder."""
    assert default_folder({"XDG_STATE_HOME": "/state", "HOME": "/h"}) == Path("/state/interlock")
    assert default_folder({"XDG_STATE_HOME": "state", "HOME": "/h"}) == Path("/h/.local/state/interlock")
