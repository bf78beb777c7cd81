"""``interlock`` without a command: the console, with a local hub started first if none answers."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec

from interlock.errors import ConfigError, HubUnavailable
from interlock_console.client import Client, Hub, find_hub, ready_file
from interlock_console.commands._common import add_hub_options, add_who
from interlock_console.commands._execute import program
from interlock_console.contexts import LOCAL
from interlock_console.finding import chosen

__all__ = ["add_arguments", "formatter", "run"]

_START = 15.0
"""Seconds a local hub may take until it is ready."""


def formatter() -> type[argparse.HelpFormatter]:
    """Return how the help is laid out: the list of commands keeps its lines."""
    return argparse.RawDescriptionHelpFormatter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of the console."""
    from interlock import __version__

    add_hub_options(parser, json=False)
    add_who(parser)
    parser.add_argument("--read-only", action="store_true", help="take the keys that act away")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII only")
    parser.add_argument("--view", metavar="NAME", default="", help="begin with this view, or saved view")
    parser.add_argument("--theme", metavar="NAME", default="", help="otherwise the theme of the context")
    parser.add_argument(
        "--keymap", metavar="NAME|FILE", default="", help="otherwise your own keymap.toml, if there is one"
    )
    parser.add_argument(
        "--mouse", action="store_true", help="let the mouse click; it is off, so that it selects"
    )
    parser.add_argument(
        "--linear", action="store_true", help="lines only, for screen readers, pipes and dumb terminals"
    )
    parser.add_argument("--no-hub", action="store_true", help="never start a local hub")
    parser.add_argument("--version", action="version", version=f"interlock {__version__}")


def run(args: argparse.Namespace) -> int:
    """Start the console. Raises ConfigError that names the extra if the terminal part is not installed."""
    if args.linear:
        from interlock_console.linear import run as start_linear

        return start_linear(_hub(args))
    _fit(os.environ)
    hub = _hub(args)
    from interlock_console.app import run as start

    return start(hub, args)


def _fit(environ: Mapping[str, str]) -> None:
    """Raise ConfigError where the console cannot be drawn, and name what can be had instead."""
    if find_spec("textual") is None:
        raise ConfigError("the console is not installed here", fix="pip install 'interlock[console]'")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "the console needs a terminal",
            fix="'interlock --linear' reads and writes plain lines, and so do 'interlock runs' and 'interlock tail'",
        )
    if environ.get("TERM", "") in ("", "dumb"):
        raise ConfigError(
            "the console cannot be drawn on a terminal of the kind",
            value=environ.get("TERM", ""),
            fix="'interlock --linear' writes plain lines, or set TERM to what your terminal is",
        )


def _hub(args: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Hub:
    """Return the hub; one that is only looked at with ``--read-only`` is sent nothing that acts, by any way."""
    hub = _found(args, environ)
    return hub._replace(
        who=args.who, context=hub.context._replace(read_only=args.read_only or hub.context.read_only)
    )


def _found(args: argparse.Namespace, environ: Mapping[str, str]) -> Hub:
    local = chosen(args.url, environ, args.context).name == LOCAL
    try:
        hub = find_hub(args.url, args.token_file, environ, args.context)
        if local:
            Client(hub, timeout=3.0).get("/v1/status")
    except HubUnavailable:
        if not local or args.no_hub:
            raise
        return start_local(environ)
    return hub


def start_local(environ: Mapping[str, str] = os.environ) -> Hub:
    """Start a hub on this machine that outlives this process, and return it once it answers.

    Raises ConfigError if the hub is not installed, HubUnavailable if it does not come up.
    """
    if find_spec("uvicorn") is None:
        raise ConfigError(
            "no hub answers, and none is installed here", fix="pip install 'interlock[hub]', or give --url"
        )
    ready = ready_file(environ)
    ready.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = program("interlock.hub", ["--data", str(ready.parent), "--listen", "127.0.0.1:0"])
    began = time.monotonic()
    child = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=dict(environ),
    )
    while (waited := time.monotonic() - began) < _START and child.poll() is None:
        try:
            hub = find_hub(None, None, environ, LOCAL)
            Client(hub, timeout=3.0).get("/v1/status")
        except (HubUnavailable, ConfigError):
            time.sleep(0.05)
            continue
        print(
            f"interlock: no hub answered, so one was started at {hub.url} (pid {child.pid}); it goes on "
            "after the console, 'kill' and that pid end it",
            file=sys.stderr,
        )
        return hub._replace(source=f"{hub.source}, started by this console as pid {child.pid}")
    raise HubUnavailable(
        f"start a local hub (its log is {str(ready.parent / 'hub.log')!r})", url=str(ready), waited=waited
    )
