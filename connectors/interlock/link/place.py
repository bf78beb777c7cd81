"""Where the hub is and what lets an agent in: arguments, then the environment, then the local hub's files."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from interlock.errors import ConfigError

__all__ = ["Place", "find", "state_folder"]


class Place(NamedTuple):
    """A hub's address, ``http://HOST:PORT``, and the agent token for it."""

    url: str
    token: str

    @property
    def socket(self) -> str:
        """The WebSocket address of the agent's side."""
        return "ws" + self.url.removeprefix("http").rstrip("/") + "/v1/agent"

    def __repr__(self) -> str:
        return f"Place({self.url!r})"


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return the local hub's data folder, whether or not it exists."""
    configured = environ.get("XDG_STATE_HOME", "")
    home = Path(environ.get("HOME") or Path.home())
    base = Path(configured) if configured.startswith("/") else home / ".local" / "state"
    return base / "interlock"


def find(url: str | None = None, token: str | None = None, environ: Mapping[str, str] = os.environ) -> Place:
    """Return the hub to connect to. Raises ConfigError that says what to set.

    ``INTERLOCK_TOKEN`` is an operator's and is never looked at: an agent must not hold one.
    """
    url = url or environ.get("INTERLOCK_URL")
    token = token or environ.get("INTERLOCK_AGENT_TOKEN")
    if url and token:
        return Place(_checked(url), token)
    ready = state_folder(environ) / "ready.json"
    told = _ready(ready)
    if told is None:
        what = "INTERLOCK_URL is set, INTERLOCK_AGENT_TOKEN is not" if url else "no hub to connect to"
        fix = f"start one with 'interlock hub', or set INTERLOCK_URL and INTERLOCK_AGENT_TOKEN ({ready} is not there)"
        raise ConfigError(what, fix=fix)
    if url and url.rstrip("/") != told["url"].rstrip("/"):
        raise ConfigError("no agent token for this hub", value=url, fix="set INTERLOCK_AGENT_TOKEN")
    return Place(_checked(told["url"]), token or _token(Path(told["agent_token_file"])))


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("this is no address of a hub", value=url, fix="use http://HOST:PORT")
    if parts.username or parts.password or parts.query:
        raise ConfigError("a hub's address holds no token", fix="set INTERLOCK_AGENT_TOKEN instead")
    return url


def _ready(path: Path) -> dict[str, str] | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {"url": str(told["url"]), "agent_token_file": str(told["agent_token_file"])}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            "the local hub's file cannot be read", value=str(path), fix="start the hub again"
        ) from None


def _token(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(
                "others may read the token file", value=str(path), fix="chmod 600 it, then try again"
            )
        token = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise ConfigError(
            "the agent token cannot be read", value=str(path), fix="start the hub again"
        ) from None
    if not token:
        raise ConfigError("the agent token file is empty", value=str(path), fix="start the hub again")
    return token
