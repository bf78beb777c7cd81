"""The command ``interlock``: one command a file in ``commands``, loaded when it is asked for.

Without a command it starts the console, and a local hub first if none answers.
"""

import gc
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn

from interlock.errors import ConfigError, InterlockError
from interlock.text import visible_line
from interlock_console import commands
from interlock_console.output import EXITS, Exit, dump, fail

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see :mod:`interlock_console.output`). Prints, never raises."""
    if argv is None:
        gc.disable()
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    as_json = "--json" in words
    try:
        code = _dispatch(words)
        sys.stdout.flush()
    except InterlockError as error:
        return fail(error, as_json)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes once more on its way out; there is nobody left to flush to.
        sys.stdout = None
        return Exit.PIPE
    return code


def _dispatch(words: list[str]) -> int:
    if not words or words[0].startswith("-"):
        return _console(words)
    name, rest = words[0], words[1:]
    if name == "help" and not rest:
        return _console(["--help"])
    if name not in commands.names():
        raise ConfigError("no command", value=name, fix=_nearest(name))
    command = commands.load(name)
    _collect()
    if command.add_arguments is None:
        return command.run(Namespace(rest=rest))
    parser = _parser(words)(
        prog=f"interlock {name}", description=command.help, epilog=EXITS, allow_abbrev=False
    )
    command.add_arguments(parser)
    return command.run(parser.parse_args(rest))


def _parser(words: list[str]) -> type[ArgumentParser]:
    """Return what reads the words. What is wrong with them it says visibly, and in JSON too where they ask for JSON."""
    as_json = "--json" in words

    class Parser(ArgumentParser):
        def error(self, message: str) -> NoReturn:
            said = visible_line(message)
            if as_json:
                problem = f"{said}; '{self.prog} --help' says what it takes"
                dump({"error": {"code": "usage", "problem": problem}})
            super().error(said)

    return Parser


def _collect() -> None:
    """Begin to collect garbage, if this process does not yet, and never among what was imported.

    Imports make none, and to look for it then and once more at the end took a fifth of a short command's time.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _console(words: list[str]) -> int:
    from interlock_console.commands import _console as console

    _collect()
    parser = _parser(words)(
        prog="interlock",
        usage="interlock [options] | interlock COMMAND [options]",
        description="The on-call console for AI agents in production.",
        epilog=_listing() if {"-h", "--help"} & set(words) else None,
        formatter_class=console.formatter(),
        allow_abbrev=False,
    )
    console.add_arguments(parser)
    options, rest = parser.parse_known_args(words)
    for word in rest:
        if word in commands.names():
            raise ConfigError(
                "options stand before the command",
                value=word,
                fix=f"the command comes first: 'interlock {word} ...'",
            )
    return console.run(parser.parse_args(words, options))


def _listing() -> str:
    found = [(name, commands.load(name).help) for name in commands.names()]
    width = max(len(name) for name, _ in found)
    listed = "\n".join(f"  {name:<{width}}  {said}" for name, said in found)
    return f"commands:\n{listed}\n\n{EXITS.replace('; ', chr(10) + '  ').replace(': ', ':' + chr(10) + '  ')}"


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, commands.names(), 1)
    return f"did you mean 'interlock {close[0]}'?" if close else "'interlock --help' lists what there is"


if __name__ == "__main__":
    sys.exit(main())
