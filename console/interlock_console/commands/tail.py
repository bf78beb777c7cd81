"""``interlock tail [RUN]``: events as lines, as they are stored."""

from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.runs import RunState, apply
from interlock_console.client import segment
from interlock_console.commands import _feed, _watch
from interlock_console.commands._common import add_hub_options, connect
from interlock_console.commands.show import newest
from interlock_console.output import Exit, dump, rest

HELP = "print events as they happen, of one run or of the fleet"

_POLL = 0.25


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", help="one run, until it has ended; otherwise the fleet"
    )
    parser.add_argument(
        "--lines",
        type=int,
        default=20,
        metavar="N",
        help="begin with the newest N events of RUN (default 20)",
    )
    parser.add_argument("--no-follow", action="store_true", help="print those of RUN and stop")
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Print one line an event, or with ``--json`` one stored event a line."""
    if args.run is None:
        return _watch.follow(connect(args).hub, args.json)
    return _follow(args)


def _follow(args: Namespace) -> int:
    client = connect(args)
    state = RunState.from_json(client.get(f"/v1/runs/{segment(args.run)}")["run"])
    path = f"/v1/runs/{segment(state.run)}/events"
    seen = state.n
    for item in newest(client, state, args.lines):
        _print(item, args.json)
    while not (args.no_follow or _over(state)):
        items = client.get(path, after=seen, limit=1000)["items"]
        for item in items:
            _print(item, args.json)
            apply(state, item)
            seen = item["n"]
        if not items:
            rest(_POLL)
    return Exit.OK


def _over(state: RunState) -> bool:
    """A finished run with an unknown outcome may still hear of it; a run being stopped still gets its proof."""
    if state.stop:
        return state.stop == "confirmed"
    return state.phase == "finished" and not state.unknown


def _print(item: dict[str, Any], as_json: bool) -> None:
    if as_json:
        dump(item)
    else:
        print(_feed.line_of(item), flush=True)
