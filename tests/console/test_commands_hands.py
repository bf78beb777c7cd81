"""claim, note and who against a real hub: what scripts read, and the exit codes they rely on."""

import pytest

from interlock import ids
from tests.console.test_commands import Asked
from tests.hub.server.raw import raw_console, raw_gate
from tests.support.hubs import HubProcess


def test_a_shift_is_handed_over_from_the_shell(hub: HubProcess) -> None:
    """One claims, another is refused with exit 1 and takes it over, notes, releases; ``who`` follows."""
    run = ids.new_run()
    with raw_gate(hub) as gate, raw_console(hub):
        gate.open(run)
        first = Asked(hub, "claim", run, "--as", "Ann Ö", "--json")
        assert (first.code, first.json["claimed_by"].endswith("(says Ann Ö)")) == (0, True)
        refused = Asked(hub, "claim", run[:10], environ={"INTERLOCK_WHO": "Bo"})
        assert (refused.code, refused.out) == (1, "")
        assert "in the hands of" in refused.err
        taken = Asked(hub, "claim", run[:10], "--take", environ={"INTERLOCK_WHO": "Bo"})
        assert (taken.code, "(says Bo)" in taken.out, "0 notes" in taken.out) == (0, True, True)
        assert Asked(hub, "note", run, "it waits", "--as", "Bo", "--json").json["notes"] == 1
        who = Asked(hub, "who", "--json").json
        assert [claim["last_note"] for claim in who["claims"] if claim["run"] == run] == ["it waits"]
        assert (len(who["consoles"]), who["complete"]) == (1, True)
        assert run in Asked(hub, "who").out
        released = Asked(hub, "claim", run, "--release", "--as", "Bo")
        assert (released.code, "nobody's hands" in released.out) == (0, True)
        assert run not in Asked(hub, "who", "--json").out


@pytest.mark.parametrize(("words", "code"), [(["claim", "r-0000000000000000"], 6), (["note", "r-0000"], 2)])
def test_what_is_not_there_has_its_exit_code(hub: HubProcess, words: list[str], code: int) -> None:
    """An unknown run is 6, a missing word 2."""
    assert Asked(hub, *words).code == code
