"""The commands, one a file: the file's name is the command's, with a hyphen for an underscore.

Files that start with an underscore serve others.

A command has ``HELP``, ``add_arguments(parser)`` and ``run(args) -> int``. One without ``add_arguments`` hands its
words on as they are, in ``args.rest``, to a program of its own.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

__all__ = ["Command", "load", "names"]


class Command(NamedTuple):
    """One command as its file describes it."""

    name: str
    help: str
    add_arguments: Callable[[ArgumentParser], None] | None
    run: Callable[[Namespace], int]


def names() -> list[str]:
    """Return the name of every command, sorted, without loading any."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem.replace("_", "-") for file in files if not file.name.startswith("_"))


def load(name: str) -> Command:
    """Import one command."""
    file = import_module(f"{__name__}.{name.replace('-', '_')}")
    return Command(name, file.HELP, getattr(file, "add_arguments", None), file.run)
