"""``python -m interlock.trial MODULE:TOOL --args FILE --effects COMMAND``: what ``interlock contract test`` runs.

Exit code 0 where everything it found is as the contract says, 1 where something is not, 2 where it could not be tried.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from interlock.errors import ConfigError, InterlockError
from interlock.gate import connect
from interlock.text import Untrusted, visible_line
from interlock.trial.counting import counter
from interlock.trial.relay import Relay, aimed
from interlock.trial.scene import Scene
from interlock.trial.steps import Line, Trial
from interlock.trial.subject import found

Json = dict[str, Any]

HOLD_MORE_S = 0.3
HOLD_S = 1.0


def main(words: Sequence[str] | None = None) -> int:
    """Try one tool and say what it does."""
    given = _parser().parse_args(words)
    try:
        with ExitStack() as stack:
            lines = _tried(given, stack)
    except (InterlockError, ImportError) as error:
        print(f"interlock: {visible_line(Untrusted(str(error)))}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps({"tool": given.tool, "lines": [line.to_json() for line in lines]}))
    return 1 if any(line.ok is False for line in lines) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="interlock contract test", allow_abbrev=False)
    parser.add_argument(
        "tool", metavar="MODULE:TOOL", help="or MODULE:FACTORY.TOOL, of what FACTORY(gate) returns"
    )
    parser.add_argument(
        "--args", type=Path, required=True, metavar="FILE", help="its arguments as JSON, or a list"
    )
    parser.add_argument(
        "--effects", required=True, metavar="COMMAND", help="prints how many effects there are"
    )
    parser.add_argument("--proxy", metavar="VAR", help="the variable with HOST:PORT or URL of its downstream")
    parser.add_argument(
        "--limit", type=float, metavar="S", help="wait so long at most, where its own limit is longer"
    )
    parser.add_argument("--wrong", default="{}\n", metavar="TEXT", help="what a wrong answer is")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _tried(given: argparse.Namespace, stack: ExitStack) -> list[Line]:
    args, effects = _arguments(given.args), counter(given.effects)
    effects()
    scene = stack.enter_context(Scene())
    relay = _between(given, stack)
    gate = stack.enter_context(connect())
    subject = found(given.tool, gate, given.limit)
    hold_s = HOLD_S if subject.limit_s is None else subject.limit_s + HOLD_MORE_S
    if relay is not None:
        relay.hold_s = hold_s
    lines: list[Line] = []
    for line in Trial(scene, gate, subject, args, effects, relay, hold_s).lines():
        lines.append(line)
        if not given.json:
            print(_shown(line), flush=True)
    return lines


def _arguments(file: Path) -> list[Json]:
    fix = "write the arguments by name as one JSON object, or a list of such"
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"no arguments ({error})", value=str(file), fix=fix) from None
    listed = cast("list[object]", read) if isinstance(read, list) else [read]
    found_ = [cast("Json", one) for one in listed if isinstance(one, dict)]
    if not found_ or len(found_) < len(listed):
        raise ConfigError("no arguments", value=str(file), fix=fix)
    return found_


def _between(given: argparse.Namespace, stack: ExitStack) -> Relay | None:
    if given.proxy is None:
        return None
    address = os.environ.get(given.proxy, "")
    try:
        before, host, port, after = aimed(address)
    except ValueError:
        fix = "set it to HOST:PORT, or to a URL with a port, of the sandbox"
        raise ConfigError(
            f"the variable {given.proxy!r} names no downstream", value=address, fix=fix
        ) from None
    relay = stack.enter_context(Relay(host, port, hold_s=HOLD_S, wrong=given.wrong.encode()))
    os.environ[given.proxy] = f"{before}127.0.0.1:{relay.port}{after}"
    return relay


_WORDS = {True: "as it should", False: "NOT as it should", None: "not judged"}


def _shown(line: Line) -> str:
    found_ = visible_line(Untrusted(line.found))
    return f"{line.step:<7}{_WORDS[line.ok]:<18}{line.did}; effects {line.effects}; {found_}"


if __name__ == "__main__":
    sys.exit(main())
