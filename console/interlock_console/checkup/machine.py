"""Python and the packages: whether they are what this release was built for."""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version

from interlock.errors import ConfigError
from interlock_console import vault
from interlock_console.checkup import BAD, NOTE, OK, WARN, Asked, Check

__all__ = ["look"]

_USED = ("orjson", "pydantic", "websockets", "keyring", "apsw", "uvicorn")
_OLDEST = (3, 11)


def look(asked: Asked) -> Iterable[Check]:
    """Look at the interpreter, the packages, the keyring, and the release of Textual the second net hangs on."""
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= _OLDEST
    yield Check(
        "python", OK if good else BAD, f"{found} on {sys.platform}", "" if good else "use 3.11 or later"
    )
    yield Check("interlock", OK, _version("interlock"))
    yield _textual()
    yield _keyring(asked)
    there = {name: _version(name) for name in _USED}
    yield Check("packages", OK, ", ".join(f"{name} {said}" for name, said in there.items() if said))
    if missing := [name for name, said in there.items() if not said]:
        yield Check("packages", NOTE, f"not installed: {', '.join(missing)}", "pip install 'interlock[all]'")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _textual() -> Check:
    found, pinned = _version("textual"), _pinned()
    if not found:
        return Check("textual", WARN, "not installed: commands and --linear work, the console does not",
                     "pip install 'interlock[console]'")  # fmt: skip
    if pinned and found != pinned:
        return Check("textual", BAD, f"{found}, and this release needs {pinned}: the net against hostile text "
                     "hangs on it", f"pip install 'textual=={pinned}'")  # fmt: skip
    return Check("textual", OK, f"{found}, as pinned")


def _pinned() -> str:
    for line in requires("interlock") or ():
        if line.startswith("textual=="):
            return line.removeprefix("textual==").partition(";")[0].strip()
    return ""


def _keyring(asked: Asked) -> Check:
    try:
        return Check("keyring", OK, vault.name_of(vault.backend(asked.environ)))
    except ConfigError as error:
        return Check("keyring", NOTE, error.what, error.fix)
