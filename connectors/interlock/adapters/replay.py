"""``python -m interlock.adapters.replay FILE...``: recorded runs, played as live agents through the gate.

Every recorded event becomes one event that carries its own number in ``recorded``; what the gate adds beside it
carries none. Every tool call asks the gate, so pause, cancel and kill work on a replayed run as on any other. The
hub is the one INTERLOCK_URL and INTERLOCK_AGENT_TOKEN name, else the local one.

Exit codes: 0 everything was played, or ended by an operator's order; 1 something was not (named on stderr); 2 usage;
4 no hub answered, or it went away; 5 it did not accept the token; 130 interrupted.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from interlock.adapters._crew import Crew, Summary
from interlock.adapters._recording import Malformed, Recording, read
from interlock.errors import ConfigError, HubUnavailable, InterlockError, Unauthorised
from interlock.gate import connect
from interlock.text import visible_line

__all__ = ["main"]

CONNECT_SECONDS = 4.0
CLOSE_SECONDS = 60.0
SHOWN = 20
"""Problems that are named on stderr; JSON has all of them."""


def main(words: Sequence[str] | None = None) -> int:
    """Play the files and print a summary; return the exit code."""
    given = _parser().parse_args(words)
    try:
        files = [_file(name) for name in given.file]
        summary = _perform(files, given)
    except InterlockError as error:
        _say(f"interlock replay: {visible_line(str(error))}", sys.stderr)
        return _code(error)
    except KeyboardInterrupt:
        _say("interlock replay: interrupted", sys.stderr)
        return 130
    _tell(summary, given.json)
    return 0 if summary.complete else 1


def _perform(files: list[Path], given: argparse.Namespace) -> Summary:
    began = time.monotonic()
    with connect(given.url, timeout=CONNECT_SECONDS) as gate:
        summary = Crew(gate, given.together, given.speed).perform(itertools.islice(_runs(files), given.limit))
        gate.close(CLOSE_SECONDS)
        summary.unsent = gate.shed
        summary.seconds = time.monotonic() - began
    return summary


def _runs(files: list[Path]) -> Iterator[Recording | Malformed]:
    for file in files:
        yield from read(file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="interlock replay",
        description="Play recorded runs as live agents through the gate.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="+", help="recordings: *.jsonl.gz or *.jsonl")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N|max", help="N times as recorded, or max (default 1)"
    )
    parser.add_argument("--limit", type=_count, metavar="N", help="at most N runs")
    parser.add_argument(
        "--together", type=_count, default=12, metavar="N", help="runs played at the same time (default 12)"
    )
    parser.add_argument(
        "--url", metavar="URL", help="the hub; otherwise INTERLOCK_URL, otherwise the local one"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    return parser


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e6:
        raise argparse.ArgumentTypeError(f"neither a number above 0 nor max: {text!r}")
    return speed


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"not a number of runs: {text!r}")
    return int(text)


def _file(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise ConfigError("no recording", value=name, fix="name files of the kind *.jsonl.gz")
    return path


def _code(error: InterlockError) -> int:
    if isinstance(error, ConfigError):
        return 2
    if isinstance(error, HubUnavailable):
        return 4
    return 5 if isinstance(error, Unauthorised) else 1


def _tell(summary: Summary, as_json: bool) -> None:
    said = [*summary.malformed, *summary.problems]
    for problem in said[:SHOWN]:
        _say(f"interlock replay: {visible_line(problem)}", sys.stderr)
    if len(said) > SHOWN:
        _say(f"interlock replay: and {len(said) - SHOWN} more; --json has them", sys.stderr)
    if as_json:
        _say(json.dumps(summary.to_json()), sys.stdout)
        return
    ends = ", ".join(
        f"{count} {end}" for end, count in summary.ends.items() if count or end in ("finished", "killed")
    )
    _say(f"runs      {summary.runs}: {ends}", sys.stdout)
    _say(f"events    {summary.events} recorded, {summary.own} of the gate's own", sys.stdout)
    if summary.refused or summary.unsent:
        _say(f"missing   {summary.refused} calls refused, {summary.unsent} reports not sent", sys.stdout)
    _say(f"seconds   {summary.seconds:.1f}", sys.stdout)


def _say(line: str, where: TextIO) -> None:
    where.write(line + "\n")
    where.flush()


if __name__ == "__main__":
    sys.exit(main())
