"""What the commands about access have in common: lengths of time, and a secret that is told once."""

import os
import re
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

from interlock.errors import ConfigError
from interlock_console.client import Client, segment
from interlock_console.commands._common import (
    add_hub_options,
    add_who,
    at_production,
    connect,
    connect_to_act,
)
from interlock_console.commands._orders import reason
from interlock_console.output import Exit, age, columns, dump, line

__all__ = [
    "acting",
    "add_acting",
    "add_life",
    "life",
    "list_tokens",
    "make",
    "recorded",
    "revoke",
    "said_to_act",
]

Json = dict[str, Any]

_LIFE = re.compile(r"([1-9][0-9]{0,6})([smhd])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def life(text: str) -> int:
    """Return a length of time such as ``90s``, ``30m``, ``12h`` or ``7d`` in seconds."""
    found = _LIFE.match(text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no length of time: write 90s, 30m, 12h or 7d")
    return int(found[1]) * _SECONDS[found[2]]


def add_life(parser: ArgumentParser) -> None:
    """Add how long a token is good for, and where it goes."""
    parser.add_argument(
        "--expires", metavar="TIME", type=life, help="how long it is good for: 90s, 30m, 12h, 7d"
    )
    parser.add_argument(
        "--to", metavar="FILE", help="write it into a new file for you alone, instead of printing it"
    )


def add_acting(parser: ArgumentParser, *, why: bool = True) -> None:
    """Add what every command has that changes something."""
    if why:
        parser.add_argument(
            "--reason", metavar="TEXT", type=reason, required=True, help="why; it is recorded"
        )
    add_who(parser)
    add_hub_options(parser)


def acting(args: Namespace, path: str, body: Json) -> tuple[Client, Json]:
    """Ask by POST; return the client and the answer."""
    client = connect_to_act(args)
    return client, client.post(path, body)


def said_to_act(client: Client) -> None:
    """Print that this was production, where it was."""
    warning = at_production(client.hub.context)
    if warning:
        print(warning)


def recorded(answer: Json) -> Exit:
    """Return the exit code: what holds and could not be written is not all well."""
    if answer.get("unrecorded"):
        print("UNRECORDED: it holds, and is written down once there is room")
    return Exit.EARLIER if answer.get("unrecorded") else Exit.OK


def make(args: Namespace, path: str, body: Json) -> int:
    """Make a token and tell it once: on stdout, or into a file of the person's own."""
    number = _file(args.to) if args.to else None
    try:
        client, answer = acting(args, path, {**body, "expires_s": args.expires})
    except BaseException:
        if number is not None:
            os.close(number)
            Path(args.to).unlink(missing_ok=True)
        raise
    if number is not None:
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(answer.pop("secret") + "\n")
    if args.json:
        dump({**answer, "file": args.to})
        return Exit.OK
    said_to_act(client)
    made = answer["token"]
    ends = made.get("expires")
    until = "" if ends is None else f", for {age(ends - time.time())}"
    print(f"{line(made['token'])} is made, and on record{until}")
    print(f"it is in {line(args.to)}" if args.to else f"told once: {line(answer['secret'])}")
    return Exit.OK


def _file(path: str) -> int:
    """Open the file before anything is asked for: a token that cannot be kept is not made."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"cannot write the token ({error.strerror})", value=path, fix="name a file that is not there yet"
        ) from None


def list_tokens(args: Namespace, kind: str) -> int:
    """Print the tokens of a kind, the newest first."""
    tokens = [each for each in connect(args).get("/v1/tokens")["tokens"] if each["kind"] == kind]
    if args.json:
        dump({"tokens": tokens})
        return Exit.OK
    head = ("TOKEN", "OF", "MADE BY", "SEEN", "STATE")
    print(columns([head, *(_row(each, time.time()) for each in tokens)]))
    return Exit.OK


def _row(token: Json, now: float) -> tuple[str, ...]:
    whose = f"{token['agent']} as {token['role']}, asked by {token['owner']}"
    if token["kind"] == "operator":
        whose = str(token["operator"])
    seen = token.get("seen_at")
    ago = "never" if seen is None else f"{age(now - float(seen))} ago"
    return line(token["token"]), line(whose, 60), line(token["by"], 24), ago, _state(token, now)


def _state(token: Json, now: float) -> str:
    if token.get("revoked_at") is not None:
        return f"revoked by {line(token['revoked_by'], 24)}"
    ends = token.get("expires")
    return "good" if ends is None else f"good for {age(float(ends) - now)}"


def revoke(args: Namespace) -> int:
    """Let a token open nothing any more."""
    client, answer = acting(args, f"/v1/tokens/{segment(args.token)}/revoke", {"reason": args.reason})
    if args.json:
        dump(answer)
        return Exit.EARLIER if answer["unrecorded"] else Exit.OK
    said_to_act(client)
    print(f"{line(answer['token']['token'])} opens nothing any more")
    return recorded(answer)
