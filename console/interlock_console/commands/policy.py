"""``interlock policy``: check a policy, compare two, try one over runs, and change the hub's."""

from argparse import ArgumentParser, Namespace
from importlib import import_module
from typing import Protocol

from interlock_console.commands._common import add_hub_options, add_who

HELP = "check, diff and try policies; push, stage, promote or roll back the hub's"

_NAMED = "a YAML file; or 'active', 'candidate' or the number of a version, which are the hub's"
_DOERS = {
    "check": "_policy_files", "diff": "_policy_files", "try": "_policy_try", "show": "_policy_hub",
    "versions": "_policy_hub", "sides": "_policy_hub", "push": "_policy_hub", "stage": "_policy_hub",
    "promote": "_policy_hub", "withdraw": "_policy_hub", "rollback": "_policy_hub",
}  # fmt: skip
"""What does each of them. Loaded when it is asked for: most of them need no hub, and some no policy."""


class _Parsers(Protocol):
    def add_parser(self, name: str, *, help: str, allow_abbrev: bool = ...) -> ArgumentParser: ...  # noqa: A002


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="|".join(_DOERS))
    _add_files(what)
    _add_try(what.add_parser("try", help="say what a policy would have denied, asked and let through"))
    _add_looking(what)
    push = what.add_parser("push", help="make a file the hub's policy, at once at every gate")
    push.add_argument("file", metavar="FILE")
    push.add_argument(
        "--stage", dest="share", type=float, metavar="S", help="the same as 'policy stage --share S'"
    )
    stage = what.add_parser("stage", help="let a share of the runs take a file's policy first")
    stage.add_argument("file", metavar="FILE")
    stage.add_argument("--share", type=float, required=True, metavar="S", help="between 0 and 1, such as 0.1")
    back = what.add_parser("rollback", help="make an earlier version active again")
    back.add_argument("n", metavar="N", type=int)
    promote = what.add_parser("promote", help="make the candidate the active policy")
    withdraw = what.add_parser("withdraw", help="take the candidate back from its runs")
    for named in (promote, withdraw):
        named.add_argument(
            "digest",
            metavar="DIGEST",
            help="the candidate's, as 'interlock policy show' prints it, or 8 characters of it at least",
        )
    for acting in (push, stage, back, promote, withdraw):
        acting.add_argument("--reason", required=True, metavar="R", help="why, for the record")
        add_who(acting)
        add_hub_options(acting)


def _add_files(what: _Parsers) -> None:
    check = what.add_parser("check", help="say everything that is wrong with a file: exit 0, or 1")
    check.add_argument("file", metavar="FILE", nargs="+")
    check.add_argument("--json", action="store_true", help="print JSON instead of text")
    compare = what.add_parser("diff", help="print every bound in which two policies differ")
    compare.add_argument("old", metavar="OLD", help=_NAMED)
    compare.add_argument("new", metavar="NEW", help=_NAMED)
    add_hub_options(compare)


def _add_try(parser: ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUNS", nargs="+", help="recordings (*.jsonl.gz, *.jsonl), or runs of the hub (r-...)"
    )
    parser.add_argument("--policy", required=True, metavar="P", help=_NAMED)
    parser.add_argument("--role", metavar="R", help="judge every run as this role, instead of its own")
    parser.add_argument("--dial", metavar="L", help="with the dial at this level")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N runs")
    add_hub_options(parser, json=False)
    parser.add_argument("--json", action="store_true", help="print one JSON object a run, one a line")


def _add_looking(what: _Parsers) -> None:
    add_hub_options(
        what.add_parser("show", help="print the active policy's version, the candidate, the dials")
    )
    add_hub_options(what.add_parser("sides", help="print the figures of both sides of a staged rollout"))
    versions = what.add_parser("versions", help="list the versions, or print one as it was pushed")
    versions.add_argument("n", metavar="N", nargs="?", type=int)
    versions.add_argument("--limit", type=int, default=50, metavar="N", help="at most N (default 50)")
    add_hub_options(versions)


def run(args: Namespace) -> int:
    """Do what was asked. ``check`` exits 1 where a file is no policy; every other one as all commands do."""
    module = import_module(f"interlock_console.commands.{_DOERS[args.what]}")
    done: int = module.DOES[args.what](args)
    return done
