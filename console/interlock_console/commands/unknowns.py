"""``interlock unknowns``: calls that may have had their effect, and finding out which did."""

from argparse import ArgumentParser, Namespace
from typing import Any

from interlock.errors import ConfigError
from interlock_console.client import segment
from interlock_console.commands import _making
from interlock_console.commands._common import add_hub_options, add_who, connect, connect_to_act
from interlock_console.commands._orders import reason
from interlock_console.output import Exit, dump, line

HELP = "list calls whose outcome is unknown; probe them, or mark what you found out"

Json = dict[str, Any]
_WORDS = ("list", "probe", "mark")


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("what", metavar="list|probe|mark", nargs="?", default="list", choices=_WORDS)
    parser.add_argument("permit", metavar="PERMIT", nargs="?", help="the permit of the call (p-...)")
    parser.add_argument("--outcome", choices=("done", "failed"), help="mark: it happened, or nothing did")
    parser.add_argument("--reason", metavar="R", type=reason, help="mark: how you found out, for the record")
    parser.add_argument(
        "--timeout", metavar="S", type=float, default=10.0, help="probe: wait at most S seconds"
    )
    add_who(parser)
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Do what was asked. Exit 0 when it is known now, 3 when a probe did not decide."""
    if args.what == "list":
        answer = connect(args).get("/v1/unknowns")
        dump(answer) if args.json else print(_making.unknowns(answer))
        return Exit.OK
    if args.permit is None:
        raise ConfigError("nothing was done: which call", fix=f"interlock unknowns {args.what} PERMIT")
    return _probe(args) if args.what == "probe" else _mark(args)


def _probe(args: Namespace) -> int:
    path = f"/v1/unknowns/{segment(args.permit)}/probe?timeout={args.timeout:g}"
    client = connect_to_act(args)
    client.timeout += args.timeout
    answer = client.post(path, {})
    if args.json:
        dump(answer)
    elif answer["reconciled"] is not None:
        print(_making.reconciled(answer["reconciled"]))
    elif answer["unknown"] is None:
        print(f"{line(args.permit)}: its own outcome came meanwhile")
    else:
        print(_undecided(answer["unknown"]))
    return Exit.OK if answer["unknown"] is None else Exit.EARLIER


def _undecided(row: Json) -> str:
    answer = row["answer"]
    said = "the probe has not answered yet" if answer is None else line(answer["problem"])
    shown = f"; it said: {line(answer['result'])}" if answer is not None and answer["result"] else ""
    return (
        f"{line(row['permit'])}: still unknown, {said}{shown}\n"
        f"when you know: interlock unknowns mark {line(row['permit'])} --outcome done|failed --reason ..."
    )


def _mark(args: Namespace) -> int:
    if args.outcome is None or args.reason is None:
        raise ConfigError(
            "nothing was written: it needs --outcome and --reason", fix="say what you found, and how you know"
        )
    body = {"outcome": args.outcome, "reason": args.reason}
    answer = connect_to_act(args).post(f"/v1/unknowns/{segment(args.permit)}/mark", body)
    dump(answer) if args.json else print(_making.reconciled(answer["reconciled"]))
    return Exit.OK
