"""Where a token lives: the keyring of the system, a variable, or a private file; which one is always said.

Nothing here falls back to another place by itself. keyring's own choice is not trusted blindly: without a real
keyring it falls to one that fails, one that forgets, or, where ``keyrings.alt`` is installed, to one that writes
plain text to disk and says nothing. Those are refused by class. What an operator chose by ``PYTHON_KEYRING_BACKEND``
is taken if it is not one of them. Importing keyring costs as much as a short command, so it is done only when a
token is in it.
"""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar, cast

from interlock.errors import ConfigError
from interlock_console.contexts import Context, config_folder

__all__ = ["KEYRING", "backend", "clean", "fetch", "forget", "keep", "name_of", "own_file", "private_text"]

KEYRING = "keyring"
_SERVICE = "interlock"
_REFUSED = ("keyrings.alt", "keyring.backends.fail", "keyring.backends.null")
_TRUSTED = (
    "keyring.backends.SecretService", "keyring.backends.libsecret", "keyring.backends.kwallet",
    "keyring.backends.macOS", "keyring.backends.Windows",
)  # fmt: skip
_PROBE = "interlock-probe"

T = TypeVar("T")


class Ring(Protocol):
    """What is used of a keyring's backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret, or None."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""
        ...


def fetch(context: Context, environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Return the token of a context, and in words where it came from. Raises ConfigError that says what to do."""
    kind, _, rest = context.token.partition(":")
    if kind == "env":
        if not environ.get(rest):
            raise ConfigError(f"context {context.name!r} has its token in a variable that is not set", value=rest,
                              fix="export it, or add the context again with another --store")  # fmt: skip
        return clean(environ[rest], rest), f"env {rest}"
    if kind == "file":
        path = Path(rest) if rest else own_file(context.name, environ)
        return clean(private_text(path, "token file"), str(path)), "file 0600"
    found = _call(lambda: backend(environ).get_password(_SERVICE, _account(context)), "be read")
    if not found:
        raise ConfigError(
            f"the keyring has no token for context {context.name!r} at",
            value=context.url,
            fix=f"'interlock context add {context.name} --replace' asks for it",
        )
    return clean(found, KEYRING), KEYRING


def keep(context: Context, token: str, environ: Mapping[str, str] = os.environ) -> str:
    """Keep the token where ``context.token`` says, and return that in words. Raises ConfigError and keeps nothing."""
    kind, _, rest = context.token.partition(":")
    if kind == KEYRING:
        ring = backend(environ)
        _call(lambda: _proven(ring), "be used")
        _call(lambda: ring.set_password(_SERVICE, _account(context), token), "keep the token")
        return f"keyring ({name_of(ring)})"
    if kind == "file" and not rest:
        _write(own_file(context.name, environ), token)
        return f"a file for you alone, 0600, not encrypted: {own_file(context.name, environ)}"
    return fetch(context, environ)[1] + ", which is yours to keep"


def forget(context: Context, environ: Mapping[str, str] = os.environ) -> str:
    """Delete what :func:`keep` kept, and return a sentence about it. Raises ConfigError if it cannot."""
    kind, _, rest = context.token.partition(":")
    if kind == KEYRING:
        ring, account = backend(environ), _account(context)
        if _call(lambda: ring.get_password(_SERVICE, account), "be read") is None:
            return "the keyring had no token of it"
        _call(lambda: ring.delete_password(_SERVICE, account), "delete the token")
        return "its token is deleted from the keyring"
    if kind == "file" and not rest:
        path = own_file(context.name, environ)
        try:
            path.unlink()
        except FileNotFoundError:
            return "its token file was gone already"
        except OSError as error:
            raise ConfigError(
                f"cannot delete the token file ({error.strerror})", value=str(path), fix="delete it by hand"
            ) from None
        return "its token file is deleted"
    return f"its token is where you keep it: {context.token.replace(':', ' ', 1)}"


def backend(environ: Mapping[str, str] = os.environ) -> Ring:
    """Return the keyring to use. Raises ConfigError, saying why, where there is none that keeps a secret."""
    try:
        import keyring
        from keyring.backends.chainer import ChainerBackend

        chosen = keyring.get_keyring()
        parts = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
        found = cast("list[Ring]", list(parts))
    except Exception as error:  # noqa: BLE001 - backends of others load here, and raise what they like
        raise _no_keyring(f"{type(error).__name__}: {error}") from None
    named = bool(environ.get("PYTHON_KEYRING_BACKEND"))
    for ring in found:
        if not _is(ring, _REFUSED) and (named or _is(ring, _TRUSTED)):
            return ring
    raise _no_keyring(", ".join(map(name_of, found)) or "nothing")


def own_file(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the file in which the store ``file`` keeps a context's token."""
    return config_folder(environ) / "tokens" / f"{name}.token"


def clean(token: str, source: str) -> str:
    """Return a token that may stand in a header. Raises ConfigError, without the token."""
    stripped = token.strip()
    if not stripped or len(stripped) > 4096 or not stripped.isascii() or not stripped.isprintable():
        raise ConfigError("what is there is not a token", value=source, fix="copy it again, on one line")
    return stripped


def private_text(path: Path, what: str) -> str:
    """Return the text of a file that must be private, without the blanks around it.

    Raises ConfigError when it cannot be read, is empty, is no plain file (a link is none), belongs to somebody else,
    or group or others have any right to it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "it is a link" if path.is_symlink() else error.strerror
        raise ConfigError(
            f"cannot read the {what} ({why})", value=str(path), fix="name a file of your own"
        ) from None
    with open(handle, "rb") as file:  # noqa: PTH123 - opened without following a link, by its number
        status = os.fstat(handle)
        _judge(status, path, what)
        text = file.read(65_536).decode("utf-8", "replace").strip()
    if not text:
        raise ConfigError(f"nothing in the {what}", value=str(path), fix="write the token into it")
    return text


def _judge(status: os.stat_result, path: Path, what: str) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"the {what} is no plain file", value=str(path), fix="name a file of your own")
    if status.st_uid != os.geteuid():
        raise ConfigError(
            f"the {what} belongs to somebody else", value=str(path), fix="name a file of your own"
        )
    if mode & 0o077:
        raise ConfigError(
            f"others may use the {what} (mode {mode:04o})", value=str(path), fix="make it private: chmod 600"
        )


def _account(context: Context) -> str:
    """The address is part of the account: a token does not go to another hub because a line of a file was changed."""
    return f"{context.name} {context.url}"


def _is(ring: Ring, modules: tuple[str, ...]) -> bool:
    names = [kind.__module__ for kind in type(ring).__mro__]
    return any(name == module or name.startswith(module + ".") for name in names for module in modules)


def name_of(ring: Ring) -> str:
    """Return the whole name of a keyring's class."""
    return f"{type(ring).__module__}.{type(ring).__qualname__}"


def _no_keyring(found: str) -> ConfigError:
    return ConfigError(
        f"no keyring here that keeps a secret ({found})",
        fix="pass --store file for a private file that is not encrypted, or --store env:NAME for a variable",
    )


def _proven(ring: Ring) -> None:
    """Keep, read and delete something: a keyring that takes and forgets is found out here."""
    ring.set_password(_SERVICE, _PROBE, _PROBE)
    found = ring.get_password(_SERVICE, _PROBE)
    ring.delete_password(_SERVICE, _PROBE)
    if found != _PROBE:
        raise _no_keyring(f"{name_of(ring)} does not give back what it was given")


def _call(ask: Callable[[], T], doing: str) -> T:
    try:
        return ask()
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - a backend of others: locked, without a session, or broken
        raise ConfigError(
            f"the keyring cannot {doing} ({type(error).__name__}: {error})",
            fix="unlock it, or use another --store",
        ) from None


def _write(path: Path, token: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - made private before a byte is in it
            file.write(token.encode() + b"\n")
            file.flush()
            os.fsync(handle)
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(
            f"cannot keep the token ({error.strerror})",
            value=str(path),
            fix="make room there, or use another --store",
        ) from None
