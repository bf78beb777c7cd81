"""Questions to the sandbox's own hub over its HTTP API, without a process for each. Standard library only."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

from interlock.gameday.stage import Hub, StageError

__all__ = ["ask", "pages", "record"]

Json = dict[str, Any]

GUARD_SECONDS = 20.0
_PAGE = 500


def ask(hub: Hub, method: str, path: str, body: Json | None = None) -> Json:
    """Return what the hub answers to its operator. Raises StageError with the hub's own words for a refusal."""
    headers = {"Authorization": f"Bearer {hub.operator_token}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(hub.url + path, sent, headers, method=method)  # noqa: S310 - the sandbox's own hub
    try:
        with urllib.request.urlopen(asked, timeout=GUARD_SECONDS) as answer:  # noqa: S310
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            raise StageError(f"{method} {path} was refused: {error.read().decode()[:400]}") from None
    except OSError as error:
        raise StageError(f"{method} {path} was not answered: {error}") from None


def record(hub: Hub) -> Iterator[Json]:
    """Yield every entry of the record, oldest first, as ``GET /v1/audit`` gives them."""
    return pages(hub, "/v1/audit", "entries", after="0")


def pages(hub: Hub, path: str, of: str, after: str = "", size: int = _PAGE) -> Iterator[Json]:
    """Yield what a list of the hub holds ``of`` something, page by page, ``size`` at a time, from a cursor on."""
    while True:
        asked = {"limit": str(size), **({"after": after} if after else {})}
        page = ask(hub, "GET", f"{path}?{urllib.parse.urlencode(asked)}")
        yield from page[of]
        if page["next"] is None:
            return
        after = str(page["next"])
