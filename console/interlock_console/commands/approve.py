"""``interlock approve``: let one call run that waits for a person, exactly as it was shown, or as edited."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from interlock.errors import ConfigError
from interlock_console.client import segment
from interlock_console.commands import _escalation
from interlock_console.commands._common import add_hub_options, add_who, at_production, connect_to_act
from interlock_console.output import Exit, dump

HELP = "approve a call that waits, exactly as it was shown; --args lets edited arguments run instead"
ARGS_MAX = 64 * 1024


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "escalation",
        metavar="ID",
        help="what waits, or a unique beginning of its id; 'interlock escalations' lists it",
    )
    parser.add_argument(
        "--digest",
        metavar="D",
        required=True,
        help="of what you read: all of it, or its first 8 characters or more",
    )
    parser.add_argument(
        "--args",
        dest="edited",
        metavar="FILE",
        type=Path,
        help="a file with other arguments as JSON, to run instead",
    )
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; it is recorded")
    add_who(parser)
    add_hub_options(parser)


def run(args: Namespace) -> int:
    """Approve, and print what became of it. Exit 0 once the approval is on disk, also where more people have to."""
    client = connect_to_act(args)
    edited = _read(args.edited) if args.edited is not None else None
    digest = _escalation.whole_digest(client, args.escalation, args.digest)
    body = {"digest": digest, "args": edited, "reason": args.reason}
    answer = client.post(f"/v1/escalations/{segment(args.escalation)}/approve", body)
    if args.json:
        dump(answer)
    else:
        warning = at_production(client.hub.context)
        print(*((warning,) if warning else ()), _escalation.decided(answer), sep="\n")
    return Exit.OK


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(ARGS_MAX + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "cannot read the arguments in", value=str(path), fix=f"check the file ({error})"
        ) from None
    if len(text) > ARGS_MAX:
        raise ConfigError("too long to be approved:", value=str(path), fix=f"at most {ARGS_MAX} characters")
    return text
