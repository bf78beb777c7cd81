"""``interlock context``: the hubs an operator knows by name, and where the token of each lives."""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from interlock import shelf
from interlock.errors import ConfigError, HubUnavailable, InterlockError
from interlock_console import contexts, vault
from interlock_console.commands._common import add_hub_options
from interlock_console.contexts import LOCAL, Book, Context
from interlock_console.finding import chosen, find_hub
from interlock_console.output import Exit, columns, dump, line

HELP = "name hubs, and say which one is in use (add, use, list, show, remove)"

Json = dict[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="add|use|list|show|remove")
    _add_arguments(what.add_parser("add", help="name a hub and keep its token", allow_abbrev=False))
    for name, said in (
        ("use", "make this the hub of every command; 'local' is the one of this machine"),
        ("remove", "forget a hub, and its token"),
    ):
        one = what.add_parser(name, help=said)
        one.add_argument("name", metavar="NAME")
        one.add_argument("--json", action="store_true", help="print JSON instead of text")
    listing = what.add_parser("list", help="print every context")
    listing.add_argument("--json", action="store_true", help="print JSON instead of text")
    show = what.add_parser("show", help="say which hub a command would talk to, and why that one")
    add_hub_options(show)


def _add_arguments(add: ArgumentParser) -> None:
    add.add_argument("name", metavar="NAME", help="letters, digits, '.', '_' and '-'")
    add.add_argument("--url", metavar="URL", required=True, help="its address: https, or this machine")
    add.add_argument("--production", action="store_true", help="it looks different, and acting asks for more")
    add.add_argument(
        "--read-only", action="store_true", help="nothing that acts is ever sent to it from here"
    )
    add.add_argument("--theme", metavar="T", default="", help="the theme of the console there")
    add.add_argument(
        "--token-from",
        metavar="stdin|env:VAR|file:PATH",
        help="where the token is read now; otherwise it is asked for, without echo",
    )
    add.add_argument(
        "--store",
        metavar="keyring|file|env:VAR|file:PATH",
        default=vault.KEYRING,
        help="where it is kept: the keyring (default), a private file of ours that is not encrypted, or a "
        "variable or private file of yours that is read each time",
    )
    add.add_argument(
        "--insecure-http",
        action="store_true",
        help="allow plain http to another machine; shown as PLAIN HTTP",
    )
    add.add_argument("--replace", action="store_true", help="write over the context of this name")
    add.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: Namespace) -> int:
    """Do what was asked: exit 0, or 2 with a sentence and nothing changed."""
    return {"add": _add, "use": _use, "list": _list, "show": _show, "remove": _remove}[args.what](args)


def _add(args: Namespace) -> int:
    from interlock_console.contextfile import changing, put

    made = Context(
        contexts.named(args.name), contexts.address(args.url, args.insecure_http), args.production,
        args.read_only, _theme(args.theme), _store(args.store), args.insecure_http,
    )  # fmt: skip
    with changing() as book:
        old = book.get(made.name) if made.name in book.names else None
        if old is not None and not args.replace:
            raise ConfigError("there is a context", value=made.name, fix="--replace writes over it")
        token = "" if ":" in made.token else _token(args)
        words = vault.keep(made, token)
        put(book, made)
    if old is not None and (old.token, old.url) != (made.token, made.url):
        _tidied(old, made)
    if args.json:
        dump({"context": _json(made)})
        return Exit.OK
    print(f"context {made.name}: {_nature(made)}; its token is in {line(words)}")
    print(f"'interlock context use {made.name}' makes it the one of every command")
    return Exit.OK


def _tidied(old: Context, made: Context) -> None:
    """Forget where the token was before, unless it is the same place."""
    if old.token == made.token and old.token != vault.KEYRING:
        return
    try:
        vault.forget(old)
    except ConfigError as error:
        print(f"interlock: the token of before is still in {line(old.token)}: {line(error)}", file=sys.stderr)


def _theme(name: str) -> str:
    if name and name not in shelf.files("themes"):
        raise ConfigError("no theme", value=name, fix=f"there are {', '.join(shelf.files('themes'))}")
    return name


def _store(text: str) -> str:
    if text.startswith("file:"):
        text = f"file:{Path(text.removeprefix('file:')).expanduser().absolute()}"
    return contexts.store(text)


def _token(args: Namespace) -> str:
    kind, _, rest = (args.token_from or "").partition(":")
    if kind == "stdin":
        return vault.clean(sys.stdin.readline(8192), "stdin")
    if kind == "env" and rest:
        return vault.clean(os.environ.get(rest, ""), rest)
    if kind == "file" and rest:
        return vault.clean(vault.private_text(Path(rest), "token file"), rest)
    if kind:
        raise ConfigError("not a place for a token", value=args.token_from, fix="stdin, env:VAR or file:PATH")
    if not sys.stdin.isatty():
        raise ConfigError("nobody to ask for the token", fix="--token-from stdin, env:VAR or file:PATH")
    from getpass import getpass

    return vault.clean(getpass(f"operator token of {line(args.name)} (not shown): "), "what was typed")


def _use(args: Namespace) -> int:
    from interlock_console.contextfile import changing, use

    with changing() as book:
        made = Context(LOCAL) if args.name == LOCAL else book.get(args.name)
        use(book, args.name)
    if args.json:
        dump({"use": args.name})
    else:
        print(f"in use: {made.name}, {_nature(made)}")
    try:
        picked = chosen()
        if picked.name != args.name:
            print(f"interlock: but here it is not, {line(picked.why)}", file=sys.stderr)
    except ConfigError as error:
        print(f"interlock: but here it is not, {line(error)}", file=sys.stderr)
    return Exit.OK


def _remove(args: Namespace) -> int:
    from interlock_console.contextfile import changing, drop

    with changing() as book:
        gone = book.get(args.name)
        said = vault.forget(gone)
        drop(book, args.name)
    if args.json:
        dump({"removed": args.name, "token": said})
    else:
        print(f"removed {gone.name}; {line(said)}")
    return Exit.OK


def _list(args: Namespace) -> int:
    book = contexts.read()
    rows = [_row(book, name) for name in book.names]
    if args.json:
        dump({"use": book.use or None, "contexts": rows, "problems": book.strange()})
        return Exit.OK
    if not rows:
        print("no contexts; 'interlock context add NAME --url URL' makes one, until then it is the local hub")
    else:
        cells = [
            ("*" if row["name"] == book.use else "", line(row["name"]), line(row["url"]), line(row["says"]))
            for row in rows
        ]
        print(columns([("", "NAME", "URL", "WHAT"), *cells]))
    for problem in book.strange():
        print(f"interlock: {line(problem)}", file=sys.stderr)
    return Exit.OK


def _row(book: Book, name: str) -> Json:
    try:
        made = book.get(name)
    except ConfigError as error:
        return {"name": name, "url": "", "says": f"NOT RIGHT: {error}", "problem": str(error)}
    return {**_json(made), "says": f"{_nature(made, url=False)}, token in {made.token.replace(':', ' ', 1)}"}


def _show(args: Namespace) -> int:
    picked = chosen(args.url, context=args.context)
    problem = ""
    try:
        picked = find_hub(args.url, args.token_file, context=args.context).context
    except HubUnavailable:
        problem = "no hub of this machine says that it is ready"
    except InterlockError as error:
        problem = str(error)
    if args.json:
        dump({"context": {**_json(picked), "store": picked.store, "why": picked.why}, "problem": problem})
        return Exit.OK if not problem else Exit.USAGE
    print(f"{line(picked.name or 'a hub without a name')}: {line(picked.why)}")
    rows = [
        ("url", line(picked.url or "not known")), ("what", _nature(picked, url=False)),
        ("token", line(picked.store or "not there")), ("theme", line(picked.theme or "the default")),
        ("problem", line(problem)),
    ]  # fmt: skip
    print(columns([row for row in rows if row[1]], indent="  "))
    return Exit.OK if not problem else Exit.USAGE


def _nature(made: Context, url: bool = True) -> str:
    said = [line(made.url)] if url and made.url else []
    said.append("PRODUCTION" if made.production else "not production")
    said += ["read-only"] * made.read_only + ["PLAIN HTTP"] * made.plain_http
    return ", ".join(said)


def _json(made: Context) -> Json:
    return {
        "name": made.name, "url": made.url, "production": made.production, "read_only": made.read_only,
        "theme": made.theme, "token": made.token, "plain_http": made.plain_http,
    }  # fmt: skip
