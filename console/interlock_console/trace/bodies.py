"""Texts kept by reference, fetched a slice at a time: the first page is there at once, whatever the length."""

from dataclasses import dataclass
from typing import Any

from interlock.errors import HubError, NotFound
from interlock_console.client import Client, segment
from interlock_console.trace.asking import Asking, late

__all__ = ["AHEAD", "SLICE", "Bodies", "Fetched"]

Json = dict[str, Any]

SLICE = 524_288
"""Characters of one slice."""
AHEAD = 4_000_000
"""Characters of a body that are fetched without being asked for; further ones as somebody reads on."""
_KEPT = 48_000_000
"""Characters of fetched bodies that are kept."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of asking for a body: its ``text`` so far, or a ``problem`` in words (late is not empty).

    ``total`` is how many characters the whole has. ``checked`` is False where the hub took a secret out of it.
    """

    text: str | None
    problem: str = ""
    total: int = 0
    checked: bool = True

    @property
    def whole(self) -> bool:
        """Whether all of it is here."""
        return self.text is not None and len(self.text) >= self.total


class Bodies:
    """Fetched texts by their digest. ``version`` grows with every answer."""

    def __init__(self, asking: Asking) -> None:
        self.texts: dict[str, Fetched] = {}
        self.version = 0
        self._asking = asking

    def want(self, digest: str, *, further: bool = False) -> None:
        """Ask for the next slice of a body, unless all of it is here, or enough of it and nobody reads on."""
        got = self.texts.get(digest)
        have = len(got.text) if got is not None and got.text is not None else 0
        if got is not None and (got.whole or (have >= AHEAD and not further)):
            return
        path = f"/v1/bodies/{segment(digest)}"

        def job(client: Client) -> Json:
            try:
                return client.get(path, **{"from": have, "length": SLICE})
            except (NotFound, HubError) as error:
                return {"problem": late(error)}

        def done(answer: Json) -> None:
            self.version += 1
            if "problem" in answer:
                # What is here of it stays: a late end does not take the beginning away.
                before = self.texts.get(digest) or Fetched(None)
                self._keep(digest, Fetched(before.text, answer["problem"], before.total, before.checked))
                self._asking.rest(f"body {digest}")
                return
            text = (got.text or "" if got is not None else "") + answer["text"]
            total = answer["total"] if answer["text"] else len(text)
            self._keep(digest, Fetched(text, "", total, answer["checked"]))

        self._asking.ask(f"body {digest}", job, done)

    def _keep(self, digest: str, got: Fetched) -> None:
        self.texts.pop(digest, None)
        self.texts[digest] = got
        kept = sum(len(body.text or "") for body in self.texts.values())
        while kept > _KEPT and len(self.texts) > 1:
            dropped = self.texts.pop(next(iter(self.texts)))
            kept -= len(dropped.text or "")
