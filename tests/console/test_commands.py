"""The one-shot commands against a real hub: what they print as JSON, and the exit codes that scripts rely on."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import interlock
from tests.support import forked
from tests.support.hubs import HubProcess


class Asked:
    """What a command printed, and how it ended."""

    def __init__(self, hub: HubProcess, *words: str, environ: dict[str, str] | None = None) -> None:
        done = forked.run(
            [sys.executable, "-P", "-m", "interlock_console.cli", *words],
            env=hub.environment()
            | {"INTERLOCK_URL": hub.url, "INTERLOCK_TOKEN": hub.operator_token}
            | (environ or {}),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)


def _stopped(hub: HubProcess, gate: interlock.Gate, made: list[str]) -> None:
    with gate.run(agent="clerk", role="support", goal="answer A-1") as run:
        made.append(run.id)
        run.reasoning("nothing is owed")
        listed = Asked(hub, "runs", "--json").json["runs"]
        assert [(entry["agent"], entry["word"]) for entry in listed if entry["run"] == run.id] == [
            ("clerk", "RUN")
        ]
        paused = Asked(hub, "pause", run.id, "--reason", "to look", "--wait", "confirmed", "--json")
        assert (paused.code, paused.json["receipts"][0]["stages"][-1]["stage"]) == (0, "drained")
        assert Asked(hub, "resume", run.id[:12], "--reason", "looks good", "--json").code == 0
        killed = Asked(hub, "kill", run.id, "--reason", "it loops", "--json")
        receipt = killed.json["receipts"][0]
        assert (killed.code, receipt["run"], receipt["waits_for"]) == (0, run.id, [])
        assert "confirmed" in [stage["stage"] for stage in receipt["stages"]]
        again = Asked(hub, "resume", run.id, "--reason", "undo", "--json")
        assert (again.code, again.json["error"]["code"]) == (1, "conflict")


def test_a_run_is_listed_shown_and_stopped_with_a_receipt(hub: HubProcess, gate: interlock.Gate) -> None:
    """Runs, show, tail, pause, resume and kill agree on one run, and the kill is confirmed with exit 0."""
    made: list[str] = []
    with pytest.raises(interlock.RunKilled):
        _stopped(hub, gate, made)
    shown = Asked(hub, "show", made[0], "--json").json
    assert shown["run"]["stop"] == "confirmed"
    assert "reasoning" in [item["e"]["event"]["kind"] for item in shown["events"]]
    lines = Asked(hub, "tail", made[0], "--no-follow", "--json").out.splitlines()
    assert [json.loads(line)["n"] for line in lines] == list(range(1, len(lines) + 1))[-20:]


def test_an_order_that_got_only_half_way_says_so_with_exit_3(hub: HubProcess, gate: interlock.Gate) -> None:
    """A cancel is recorded at once and ends when the agent does: without that the exit code is 3."""
    with gate.run(agent="clerk", role="support", goal="answer A-2") as run:
        words = ("cancel", run.id, "--reason", "no need any more", "--wait", "confirmed", "--timeout", "0.2")
        asked = Asked(hub, *words, "--json")
        assert asked.code == 3
        assert asked.json["receipts"][0]["waits_for"]
        assert Asked(hub, *words[:-2], "--wait", "recorded").code == 0


def test_the_record_is_listed_and_verified(hub: HubProcess, gate: interlock.Gate) -> None:
    """Audit list gives entries in order, and audit verify finds the chain unbroken, through the hub and without it."""
    entries = Asked(hub, "audit", "list", "--limit", "3", "--json").json["entries"]
    assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
    for words in ((), ("--data", str(hub.data))):
        verdict = Asked(hub, "audit", "verify", *words, "--json")
        assert (verdict.code, verdict.json["ok"], verdict.json["first_bad"]) == (0, True, None)


def test_the_record_is_searched_exported_and_verified_anywhere(
    hub: HubProcess, gate: interlock.Gate, tmp_path: Path
) -> None:
    """A filter, one entry, both formats, and a verdict that needs the export and the key alone."""
    with gate.run(agent="clerk", role="support", goal="answer A-3") as run:
        said = f"=HYPERLINK(1)\nsecond line of {run.id}"
        Asked(hub, "note", run.id, said)
    notes = Asked(hub, "audit", "list", "--run", run.id, "--kind", "note", "--json").json["entries"]
    assert [entry["why"] for entry in notes] == [said]
    assert len(Asked(hub, "audit", "list", "--run", run.id, "--kind", "note").out.splitlines()) == 2
    assert Asked(hub, "audit", "list", "--newest", "--limit", "1", "--json").json["next"]
    shown = Asked(hub, "audit", "show", str(notes[0]["n"]), "--json").json
    assert shown["entry"] == notes[0]
    key = Asked(hub, "audit", "key").out.strip()
    file = str(tmp_path / "export.jsonl")
    made = Asked(hub, "audit", "export", "--output", file, "--json").json
    assert made["key"] == key
    words = ("audit", "verify", "--export", file, "--key", key)
    verdict = Asked(hub, *words, "--json").json
    assert (verdict["ok"], verdict["complete"], verdict["entries"]) == (True, True, made["entries"])
    assert Asked(hub, *words[:-1], f"{key.upper()} ", "--json").json == verdict
    data = Path(file).read_text().replace(f"second line of {run.id}", "other words")
    Path(file).write_text(data)
    broken = Asked(hub, *words)
    assert (broken.code, f"BROKEN at entry {notes[0]['n']}" in broken.out) == (1, True)
    table = Asked(hub, "audit", "export", "--format", "csv", "--run", run.id, "--kind", "note").out
    (_, record) = csv.reader(io.StringIO(table, newline=""))
    assert record[5] == f"'{said}"
    assert Asked(hub, "audit", "export", "--output", file).code == 2


def test_a_backup_is_made_beside_the_hub_and_restored(hub: HubProcess, tmp_path: Path) -> None:
    """The commands say what is in it, and which epoch begins."""
    file, folder = str(tmp_path / "b.tar"), str(tmp_path / "back")
    made = Asked(hub, "backup", file, "--data", str(hub.data), "--json").json
    assert made["entries"] >= 1
    told = Asked(hub, "restore", file, "--into", folder, "--reason", "a drill", "--json").json
    assert told["from"]["n"] == made["entries"]
    assert Asked(hub, "audit", "verify", "--data", folder, "--json").json["ok"]
    again = Asked(hub, "restore", file, "--into", folder, "--reason", "a drill")
    assert (again.code, "not empty" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "environ", "code", "said"),
    [
        (("kill", "r-0000", "--reason", "x"), {}, 6, "no run 'r-0000'"),
        (("kill", "r-0000000000000001", "--reason", " "), {}, 2, "it is empty"),
        (("kill", "r-0000000000000001"), {}, 2, "--reason"),
        (("runs",), {"INTERLOCK_TOKEN": "0" * 64}, 5, "token"),
        (("runs",), {"INTERLOCK_URL": "http://127.0.0.1:9"}, 4, "is 'interlock hub' running?"),
        (("--url", "http://127.0.0.1:9", "runs"), {}, 2, "the command comes first: 'interlock runs ...'"),
        (("rums",), {}, 2, "did you mean 'interlock runs'?"),
        (("audit", "verify", "--data", "nowhere"), {}, 2, "cannot verify (there is no record) 'nowhere'"),
        (("audit", "verify", "--export", "x", "--key", "mistyped"), {}, 2, "no public key: 'mistyped'"),
        (("compensate", "plan", "A-1001"), {}, 2, "'interlock runs' lists runs"),
        ((), {}, 2, "the console needs a terminal"),
    ],
)
def test_what_goes_wrong_has_its_code_and_a_sentence(
    hub: HubProcess, words: tuple[str, ...], environ: dict[str, str], code: int, said: str
) -> None:
    """Each kind of failure has an exit code of its own and says on stderr what to do."""
    asked = Asked(hub, *words, environ=environ)
    assert (asked.code, asked.out) == (code, "")
    assert said in asked.err


@pytest.mark.parametrize("words", [("--help",), ("kill", "--help"), ("runs", "--help")])
def test_help_names_the_exit_codes(hub: HubProcess, words: tuple[str, ...]) -> None:
    """Whoever writes a script finds the codes where they look first."""
    asked = Asked(hub, *words)
    assert asked.code == 0
    assert "only an earlier stage was" in " ".join(asked.out.split())


def test_a_hub_says_as_json_where_it_is(tmp_path: Path) -> None:
    """``interlock hub --json`` prints what the ready file holds."""
    hub = HubProcess(tmp_path / "data", options=("--json",))
    hub.start()
    try:
        said = json.loads(hub.output().splitlines()[0])
        assert (said["url"], said["pid"]) == (hub.url, hub.pid)
        assert Path(said["operator_token_file"]).read_text().strip() == hub.operator_token
    finally:
        hub.stop()
