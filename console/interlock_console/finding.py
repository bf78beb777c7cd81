"""Which hub to talk to, with which token, and why that one: the one place where that is decided.

The first of these that is there: ``--context`` or ``--url``; ``INTERLOCK_URL`` with ``INTERLOCK_TOKEN``;
``INTERLOCK_CONTEXT``; the context in use; the hub of this machine, by its ``ready.json``. ``--token-file`` stands in
front of every other token. ``INTERLOCK_TOKEN`` goes to the hub of ``INTERLOCK_URL`` or ``--url`` and to no other.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from interlock.errors import ConfigError, HubUnavailable
from interlock_console import contexts, vault
from interlock_console.contexts import LOCAL, Context, address
from interlock_console.vault import private_text

__all__ = ["Hub", "chosen", "find_hub", "ready_file"]


class Hub(NamedTuple):
    """Where a hub is. ``source`` says in words where the address and the token came from; ``who`` is who asks it.

    Without ``who`` it is whom :func:`interlock_console.person.person` names.
    """

    url: str
    token: str
    source: str
    context: Context = Context()
    who: str = ""

    def __repr__(self) -> str:
        return f"Hub(url={self.url!r}, source={self.source!r})"


def find_hub(
    url: str | None = None,
    token_file: str | None = None,
    environ: Mapping[str, str] = os.environ,
    context: str | None = None,
) -> Hub:
    """Return the hub to talk to, in the order that stands at the top of this file.

    Raises ConfigError if a setting is malformed, a token is missing, or a file that holds a secret can be read by
    others; HubUnavailable if it comes to the hub of this machine and none says that it is ready.
    """
    picked = chosen(url, environ, context)
    if picked.name == LOCAL:
        return _local(picked, token_file, environ)
    if token_file is not None:
        token = vault.clean(private_text(Path(token_file), "token file"), token_file)
        store, origin = "file 0600", f"token file {token_file}"
    elif picked.name:
        token, store = vault.fetch(picked, environ)
        origin = store
    else:
        token, store = environ.get("INTERLOCK_TOKEN", ""), "env INTERLOCK_TOKEN"
        origin = "INTERLOCK_TOKEN"
        if not token:
            raise ConfigError(
                "no operator token for",
                value=picked.url,
                fix="set INTERLOCK_TOKEN, or name a file with --token-file",
            )
        token = vault.clean(token, origin)
    first = f"context {picked.name}" if picked.name else "--url" if url else "INTERLOCK_URL"
    return Hub(picked.url, token, f"{first}, {origin}", picked._replace(store=store))


def chosen(
    url: str | None = None, environ: Mapping[str, str] = os.environ, context: str | None = None
) -> Context:
    """Return the context that holds, with ``why``, before its token is looked at.

    Its name is empty for a hub given by its address, and :data:`~interlock_console.contexts.LOCAL` for that of this
    machine, whose address is in its ready file. Raises ConfigError.
    """
    if url and context:
        raise ConfigError("--url and --context name two hubs", fix="give one of them")
    if context:
        return _by_name(context, environ, "--context says so")
    if url:
        return Context(url=address(url), why="--url says so")
    if given := environ.get("INTERLOCK_URL"):
        return Context(url=address(given), why="INTERLOCK_URL says so")
    if given := environ.get("INTERLOCK_CONTEXT"):
        return _by_name(given, environ, "INTERLOCK_CONTEXT says so")
    book = contexts.read(environ)
    if book.use:
        return _by_name(book.use, environ, "it is the context in use", book)
    return Context(LOCAL, why="no other hub is named, so it is the one of this machine")


def ready_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the local hub says that it is ready, whether or not it does."""
    state = environ.get("XDG_STATE_HOME", "")
    home = Path(environ.get("HOME") or Path.home())
    base = Path(state) if state.startswith("/") else home / ".local" / "state"
    return base / "interlock" / "ready.json"


def _by_name(name: str, environ: Mapping[str, str], why: str, book: contexts.Book | None = None) -> Context:
    if name == LOCAL:
        return Context(LOCAL, why=why)
    return (book or contexts.read(environ)).get(name)._replace(why=why)


def _local(picked: Context, token_file: str | None, environ: Mapping[str, str]) -> Hub:
    path = ready_file(environ)
    if not path.exists():
        raise HubUnavailable("find a hub", url=str(path), waited=0.0)
    try:
        ready = json.loads(private_text(path, "ready file"))
        url, ours = address(str(ready["url"]), insecure_http=True), Path(ready["operator_token_file"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(
            "not a ready file of a hub",
            value=str(path),
            fix="start 'interlock hub' again, it writes a new one",
        ) from None
    file = path.parent / ours if token_file is None else Path(token_file)
    token = vault.clean(private_text(file, "token file"), str(file))
    made = picked._replace(url=url, store="file 0600")
    return Hub(url, token, f"local hub, token file {ours if token_file is None else token_file}", made)
