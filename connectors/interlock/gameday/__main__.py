"""``python -m interlock.gameday``: the sandbox company, its agents, a hub and the console, with one command.

On a terminal the console comes to the front, and everything ends with it. Without one a fixed incident and a few
decisions are played and printed, and the exit code says whether the ledger agrees with what was claimed: 0 yes, 1 no,
2 usage.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from interlock.errors import InterlockError
from interlock.gameday.afterwards import told, where
from interlock.gameday.cast import house, replay, staff
from interlock.gameday.commands import Operator
from interlock.gameday.decisions import agreed, counted
from interlock.gameday.plain import plain
from interlock.gameday.scenes import SCENARIOS, listed, play
from interlock.gameday.stage import Hub, Stage, StageError
from interlock.gameday.till import Till
from interlock.text import visible_line

AGENTS_MAX = 500
LOOK_SECONDS = 15.0
"""After so long a colleague pauses a healthy run, so that a paused one is on the screen."""


def main(words: Sequence[str] | None = None) -> int:
    """Play the sandbox; return the exit code."""
    given = _parser().parse_args(words)
    if given.list_scenarios:
        print(listed(as_json=given.json))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="interlock-demo-"))
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and not given.json
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _told_to_end)
    try:
        with Stage(folder, given.seed) as stage:
            return _terminal(stage, given) if terminal else plain(stage, given)
    except InterlockError as error:
        print(f"interlock demo: {visible_line(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
        if terminal or given.keep:
            print("\n".join(where(folder, given.keep)))


def _told_to_end(sign: int, _: object) -> None:
    """Leave by the way that ends everything that was started."""
    sys.exit(128 + sign)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="interlock demo", description="The sandbox company, on this machine.", allow_abbrev=False
    )
    parser.add_argument(
        "--agents",
        type=_count,
        default=4,
        metavar="N",
        help="agents of the company (default 4); with more than 8 a whole role has lost its way",
    )
    parser.add_argument(
        "--replay", type=Path, nargs="+", default=[], metavar="FILE", help="recorded runs to play beside them"
    )
    parser.add_argument("--replay-runs", type=int, metavar="N", help="at most so many of them")
    parser.add_argument(
        "--seed", type=int, default=7, metavar="N", help="what the scripted model says (default 7)"
    )
    parser.add_argument(
        "--scenario",
        nargs="+",
        choices=[scenario.name for scenario in SCENARIOS],
        metavar="NAME",
        help="play only these; --list-scenarios names them",
    )
    parser.add_argument(
        "--list-scenarios", action="store_true", help="say what there is to see and do, and end"
    )
    parser.add_argument("--keep", action="store_true", help="leave the folder with record, ledger and logs")
    parser.add_argument(
        "--json",
        action="store_true",
        help="play the incident, its end as JSON, its lines on stderr; or the list",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="end after S seconds (without a terminal 120, with --scenario 30)",
    )
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= AGENTS_MAX:
        raise argparse.ArgumentTypeError(f"not a number from 1 to {AGENTS_MAX}: {text!r}")
    return int(text)


def _staff(stage: Stage, given: argparse.Namespace, hub: Hub, till: Till) -> None:
    if given.scenario:
        play(stage, hub, till, given.scenario)
    else:
        staff(stage, given.agents, hub, till)
        play(stage, hub, till, [scenario.name for scenario in SCENARIOS])
    if given.replay:
        replay(stage, hub, given.replay, given.replay_runs)


def _terminal(stage: Stage, given: argparse.Namespace) -> int:
    print("starting the sandbox: ledger, hub and agents; the console follows", flush=True)
    hub, till = house(stage, given.agents)
    where = f"--url {hub.url} --token-file {stage.folder / 'hub' / 'operator.token'}"
    print(f"in another terminal: interlock escalations {where}", flush=True)
    _staff(stage, given, hub, till)
    operator = Operator(hub)
    looks = threading.Timer(LOOK_SECONDS, _look, (operator,))
    looks.daemon = True
    looks.start()
    console = operator.sits_down("--no-hub")
    try:
        return console.wait(given.seconds)
    except subprocess.TimeoutExpired:
        return 0
    finally:
        looks.cancel()
        if console.poll() is None:
            console.terminate()
        console.wait()
        _sum_up(hub, stage)
        for said in stage.failed(("support", "lead", "unsure", "runaway", "office", "scenes", "expenses")):
            print(said, file=sys.stderr)


def _sum_up(hub: Hub, stage: Stage) -> None:
    """Say what became of it, as the hub and the ledger have it; the demo is over either way."""
    print("demo: asking the hub and the ledger how it ended", flush=True)
    try:
        for said in (*told(hub, stage.effects), counted(*agreed(hub, stage.effects))):
            print(f"demo: {visible_line(said)}", flush=True)
    except KeyError:
        print("demo: how it ended could not be asked: the hub does not answer any more", file=sys.stderr)
    except (StageError, subprocess.SubprocessError) as error:
        print(f"demo: how it ended could not be asked: {visible_line(str(error))}", file=sys.stderr)


def _look(operator: Operator) -> None:
    """A colleague pauses the newest healthy run and leaves it so."""
    try:
        for run in operator.asks("runs", "--limit", "50")[1]["runs"]:
            if run["agent"] == "support" and run["phase"] == "running" and not (run["hold"] or run["stop"]):
                reason = "looking at the tone of these replies, back in ten minutes"
                code, _ = operator.types("pause", run["run"], "--reason", reason, "--wait", "recorded")
                if code == 0:
                    return
    except (StageError, KeyError, subprocess.SubprocessError):
        return  # the demo may be ending right now; a colleague more or less is no reason to disturb the screen


if __name__ == "__main__":
    sys.exit(main())
