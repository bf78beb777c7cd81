"""Contexts: the hubs an operator knows by a name, in one file that a person may edit.

``$XDG_CONFIG_HOME/interlock/contexts.toml`` (``~/.config`` without it)::

    use = "prod"

    [context.prod]
    url = "https://interlock.example.com"
    production = true
    read_only = true
    theme = "dusk"
    token = "keyring"          # or "file", "file:/a/path", "env:A_NAME"; the token itself is never in this file

Only the entry that is used is judged: a mistake in one context keeps nobody from another. What this console does not
know is kept as it is, and said by ``interlock context list`` and ``interlock doctor``.
"""

import os
import re
import stat
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from interlock.errors import ConfigError

__all__ = [
    "LOCAL",
    "Book",
    "Context",
    "address",
    "config_folder",
    "named",
    "path_of",
    "plain_http",
    "read",
    "store",
]

LOCAL = "local"
"""The name that always means the hub of this machine; no context of the file may have it."""

SIZE_MAX = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_TOKEN = re.compile(r"keyring|file|env:[A-Za-z_][A-Za-z0-9_]{0,99}|file:/[^\x00-\x1f\x7f]{1,1000}")
_TEXTS = ("url", "theme", "token")
_SWITCHES = ("production", "read_only", "insecure_http")


class Context(NamedTuple):
    """One hub as the operator named it; with ``store`` and ``why`` filled in once it is the one in use.

    ``token`` is how the token is kept, as the file has it; ``store`` the same in words for the screen (``keyring``,
    ``env INTERLOCK_TOKEN``, ``file 0600``); ``why`` says what made this the hub to talk to. ``name`` is empty for a
    hub given by its address, and ``local`` for the hub of this machine.
    """

    name: str = ""
    url: str = ""
    production: bool = False
    read_only: bool = False
    theme: str = ""
    token: str = ""
    insecure_http: bool = False
    store: str = ""
    why: str = ""

    @property
    def plain_http(self) -> bool:
        """Whether token and orders cross a network that others may read."""
        return plain_http(self.url)


class Book(NamedTuple):
    """The file as it was read: its text, and the same as a table. Both are empty where there is no file."""

    path: Path
    text: str
    table: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """The names in the file, sorted, good ones and bad ones."""
        return sorted(_entries(self.table))

    @property
    def use(self) -> str:
        """The name of the context in use, empty for none. Raises ConfigError if it is no text."""
        found = self.table.get("use", "")
        if not isinstance(found, str):
            raise _wrong(self, "", "use", "'use' must be the name of a context in quotes")
        return found

    def get(self, name: str) -> Context:
        """Return one context. Raises ConfigError, with line and column, if it is not there or not right."""
        entries = _entries(self.table)
        if name not in entries:
            raise ConfigError(
                "no context",
                value=name,
                fix=f"there are {', '.join(sorted(entries)) or 'none'}; 'interlock context add' makes one",
            )
        return _context(self, name, entries[name])

    def strange(self) -> list[str]:
        """Return a sentence for each key that means nothing to this console, wherever it is in the file."""
        said = [f"{key!r} means nothing here" for key in self.table if key not in ("use", "context")]
        for name, table in _entries(self.table).items():
            for key in cast("dict[str, object]", table) if isinstance(table, dict) else ():
                if key not in _TEXTS + _SWITCHES:
                    line, _ = _place(self.text, name, key)
                    said.append(f"{key!r} of context {name!r} means nothing here (line {line})")
        return said


def config_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the user's folder for settings of Interlock, whether or not it exists."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    home = Path(environ.get("HOME") or Path.home())
    return (Path(configured) if configured.startswith("/") else home / ".config") / "interlock"


def path_of(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the file of contexts is, or would be."""
    return config_folder(environ) / "contexts.toml"


def read(environ: Mapping[str, str] = os.environ) -> Book:
    """Return the file of contexts. Raises ConfigError that says where it is broken; it is never changed by reading."""
    path = path_of(environ)
    try:
        with path.open("rb") as file:
            _trusted(path, os.fstat(file.fileno()))
            data = file.read(SIZE_MAX + 1)
    except FileNotFoundError:
        return Book(path, "", {})
    except OSError as error:
        raise ConfigError(
            f"cannot read the contexts ({error.strerror})", value=str(path), fix="make it a file of your own"
        ) from None
    if len(data) > SIZE_MAX:
        raise ConfigError(
            "far too long for a file of contexts", value=str(path), fix="move it away, it is not one"
        )
    return parse(path, data)


def parse(path: Path, data: bytes) -> Book:
    """Return a file of contexts from its bytes. Raises ConfigError with line and column."""
    import tomllib

    try:
        text = data.decode("utf-8")
        return Book(path, text, tomllib.loads(text))
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        problem = f"not UTF-8 (at line {line}, column {column})"
    except tomllib.TOMLDecodeError as error:
        problem = str(error)
    raise ConfigError(
        f"the contexts cannot be read: {problem}", value=str(path), fix="mend that line; nothing was changed"
    )


def named(name: str) -> str:
    """Return a name that a context may have. Raises ConfigError."""
    if name == LOCAL:
        raise ConfigError("always the hub of this machine", value=name, fix="take another name")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "not a name for a context", value=name, fix="letters, digits, '.', '_' and '-', at most 40"
        )
    return name


def store(text: str) -> str:
    """Return how a token is kept, as the file has it. Raises ConfigError."""
    if not _TOKEN.fullmatch(text):
        raise ConfigError("not a way to keep a token", value=text, fix="keyring, file, file:PATH or env:NAME")
    return text


def address(url: str, insecure_http: bool = False) -> str:
    """Return the address of a hub without a slash at its end.

    Raises ConfigError if it is malformed, holds credentials or a path, or would send the token over a network in
    plain text and ``insecure_http`` does not say that this is meant.
    """
    if not _well_formed(url):
        raise ConfigError(
            "not the address of a hub",
            value=url,
            fix="it looks like https://hub.example.com or http://127.0.0.1:7117, with no name, no path behind it",
        )
    if plain_http(url) and not insecure_http:
        raise ConfigError(
            "plain http would show the token and every order to the network between here and",
            value=url,
            fix="use https, or 'interlock context add' with --insecure-http if you mean it",
        )
    return url.rstrip("/")


def plain_http(url: str) -> bool:
    """Return whether this address is plain http and not on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _loopback(parts.hostname or "")


def _well_formed(url: str) -> bool:
    # urlsplit takes newlines and tabs out before it looks.
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 300:
        return False
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return good and parts.path in ("", "/") and not re.search(r"[@?#\\]", url)


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _trusted(path: Path, status: os.stat_result) -> None:
    """Whoever may write this file chooses where the token goes."""
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError("not a file", value=str(path), fix="move it away")
    if status.st_uid not in (os.geteuid(), 0):
        raise ConfigError(
            "the contexts belong to somebody else", value=str(path), fix="make a file of your own"
        )
    if status.st_mode & 0o022:
        raise ConfigError(
            f"others may change the contexts (mode {stat.S_IMODE(status.st_mode):04o})",
            value=str(path),
            fix="look whether they are as you left them, then chmod 600",
        )


def _entries(table: dict[str, Any]) -> dict[str, object]:
    found: object = table.get("context", {})
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _context(book: Book, name: str, table: object) -> Context:
    if not isinstance(table, dict):
        raise _wrong(book, name, "", "it must be a table: [context.NAME]")
    fields = cast("dict[str, object]", table)
    for key in _TEXTS:
        if not isinstance(fields.get(key, ""), str):
            raise _wrong(book, name, key, f"{key!r} must be text in quotes")
    for key in _SWITCHES:
        if not isinstance(fields.get(key, False), bool):
            raise _wrong(book, name, key, f"{key!r} must be true or false")
    made = Context(name, **{key: fields[key] for key in _TEXTS + _SWITCHES if key in fields})  # type: ignore[arg-type]
    return _judged(book, made)


def _judged(book: Book, made: Context) -> Context:
    if not _TOKEN.fullmatch(made.token):
        raise _wrong(
            book, made.name, "token", '\'token\' must be "keyring", "file", "file:/PATH" or "env:NAME"'
        )
    try:
        return made._replace(name=named(made.name), url=address(made.url, made.insecure_http))
    except ConfigError as error:
        key = "" if error.value == made.name else "url"
        raise _wrong(book, made.name, key, f"{error.what} {error.value!r}: {error.fix}") from None


def _wrong(book: Book, name: str, key: str, problem: str) -> ConfigError:
    line, column = _place(book.text, name, key)
    where = f"context {name!r} is not right" if name else "the contexts are not right"
    return ConfigError(
        f"{where} at line {line}, column {column}: {problem}; in",
        value=str(book.path),
        fix="mend that line",
    )


def _place(text: str, name: str, key: str) -> tuple[int, int]:
    """Return line and column of a key of a context, of the context where the key is missing, else of the top."""
    found, inside = (1, 1), not name
    header = re.compile(rf"\s*\[\s*context\s*\.\s*([\"']?){re.escape(name)}\1\s*\]\s*(#.*)?")
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("["):
            inside = header.fullmatch(line) is not None
            if inside:
                found = number, line.index("[") + 1
        elif inside and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number, line.index("=") + 2
    return found
