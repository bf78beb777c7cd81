"""The record and the trace as the server uses them: who writes on which thread, and what is redacted before it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from interlock import ids
from interlock.hub.core.effects import Fact
from interlock.hub.record import Record
from interlock.hub.record.pending import Pending
from interlock.hub.server.cut import encode_item
from interlock.hub.server.indexing import Indexing
from interlock.hub.trace import Line, Trace
from interlock.model import Model
from interlock.redact import Redactor

__all__ = ["Store"]

Json = dict[str, Any]


class Store:
    """Both stores of one data folder, open."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        """Open and check them. Raises StoreError or ChainBroken."""
        self.folder, self._redactor = folder, redactor
        self.record = Record.open(folder)
        self.trace = Trace.open(folder)
        self.indexing = Indexing(folder, self.record)
        """What makes searches in the record fast."""
        self.pending = Pending(folder)
        """Exact arguments of what waits for people; written on the record's thread."""

    def write(
        self,
        lines: Sequence[tuple[str, str, Any]],
        chunks: Sequence[tuple[str, str]],
        facts: Sequence[Fact] = (),
    ) -> list[tuple[int, bytes]]:
        """Store events and chunks without the secrets in them, in one transaction; return items for the feed.

        Runs on the telemetry thread. A line is ``(run, gate, envelope)``; the hub's own have no gate, and instead
        of an envelope ``(trace, Unix seconds, event)``. A chunk keeps the digest of what was sent as its name.
        ``facts`` are those the table of stops follows.
        """
        made = [
            Line(run, gate, self._clean(envelope) if gate else _own(run, *envelope))
            for run, gate, envelope in lines
        ]
        kept = [(digest, self._redactor.text(text)) for digest, text in chunks]
        items = self.trace.write(made, kept, facts)
        return [(item["pos"], encode_item(item)) for item in items]

    def _clean(self, envelope: Json) -> Json:
        event = self._redactor.event(envelope["event"])
        return envelope if event is envelope["event"] else {**envelope, "event": event}

    def clean(self, text: str) -> str:
        """Return a text without secrets."""
        return self._redactor.text(text)

    def close(self) -> None:
        """Close both."""
        self.indexing.close()
        self.record.close()
        self.trace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _own(run: str, trace: str, at: float, event: Model) -> Json:
    return {
        "v": 1,
        "run": run,
        "at": at,
        "trace": trace,
        "span": ids.new_span(),
        "event": event.model_dump(mode="json", exclude_none=True),
    }
