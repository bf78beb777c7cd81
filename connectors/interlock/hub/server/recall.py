"""What record and trace still know of an effect: its arguments and its result, exactly, or why they cannot be used."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, cast

from interlock import canonical
from interlock.errors import HubError, NotFound
from interlock.hub.core.planning import Recalled, Seen
from interlock.hub.record.intents import Intent, Intents
from interlock.hub.trace import Trace
from interlock.hub.trace.blanks import ERASED_MARK

__all__ = ["Recall"]

Json = dict[str, Any]
_SECRET = "[secret:"  # noqa: S105 - the mark that stands where a secret was


class Recall:
    """Reads both stores, on a thread of the readers."""

    def __init__(self, intents: Intents, trace: Trace) -> None:
        self._intents, self._trace = intents, trace

    def seen(self, runs: Iterable[str], permits: frozenset[str] | None) -> list[Seen]:
        """Return the effects of these runs, or those of them with these permits, as record and trace have them."""
        by_run: dict[str, list[Intent]] = {}
        for intent in self._intents.of(runs):
            if permits is None or intent.permit in permits:
                by_run.setdefault(intent.run, []).append(intent)
        return [seen for run, intents in by_run.items() for seen in self._of_run(run, intents)]

    def _of_run(self, run: str, intents: list[Intent]) -> list[Seen]:
        calls = frozenset(intent.call for intent in intents)
        events: dict[str, list[Json]] = {}
        for event in self._trace.calls(run, calls):
            events.setdefault(event["call"], []).append(event)
        return [self._seen(intent, events.get(intent.call, [])) for intent in intents]

    def _seen(self, intent: Intent, events: list[Json]) -> Seen:
        args, result = (
            self._args(intent, _last(events, ("tool.proposed", "gate.decided"), "args")),
            self._result(intent, _all(events, ("tool.finished",), "result")),
        )
        names = (intent.n, intent.permit, intent.run, intent.call, intent.tool, intent.cls, intent.at)
        return Seen(*names, args, result)

    def _args(self, intent: Intent, body: Any) -> Recalled:
        text, problem = self._text(body, "its arguments")
        if problem:
            return Recalled(None, problem)
        if canonical.digest(intent.tool, text) != intent.digest and _SECRET not in text:
            if text.startswith(ERASED_MARK):
                return Recalled(None, f"its arguments were erased: {text}")
            return Recalled(None, "the arguments in the trace are not those the record has the digest of")
        try:
            return Recalled(json.loads(text))
        except ValueError:
            return Recalled(None, "the arguments in the trace are no JSON")

    def _result(self, intent: Intent, bodies: list[Any]) -> Recalled:
        """Return the result that the record has the digest of, whatever else the run said later of the same call.

        One that a secret was taken out of has another digest for that alone: then what was said first counts.
        The trace can have the result a moment before the record has the outcome: nothing is said against it then.
        """
        if intent.result is None:
            return Recalled(None, "its outcome is not in the record (not here yet)")
        found = [self._text(body, "its result") for body in bodies] or [self._text(None, "its result")]
        for text, problem in found:
            if not problem and hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() == intent.result:
                return _value(text)
        text, problem = found[0]
        if not problem and text.startswith(ERASED_MARK):
            problem = f"its result was erased: {text}"
        elif not problem and not intent.result:
            problem = "the record has no digest that the result in the trace could be held against"
        elif not problem and _SECRET not in text:
            problem = "the result in the trace is not the one the record has the digest of"
        return Recalled(None, problem) if problem else _value(text)

    def _text(self, body: Any, what: str) -> tuple[str, str]:
        """Return a body's text, or why there is none."""
        if isinstance(body, str):
            return body, ""
        missing = f"{what} is not in the trace (not here yet, or erased)"
        ref: Json = cast("Json", body) if isinstance(body, dict) else {}
        if not isinstance(ref.get("sha256"), str):
            return "", missing
        try:
            whole = self._trace.bodies.whole(ref["sha256"])
        except (NotFound, HubError) as error:
            return "", missing if isinstance(error, NotFound) else f"{what}: {error.problem}"
        if whole is None:
            return "", f"{what} is late: its agent has not sent all of it yet"
        return whole.text, ""


def _all(events: list[Json], kinds: tuple[str, ...], field: str) -> list[Any]:
    return [event[field] for event in events if event["kind"] in kinds and event.get(field) is not None]


def _last(events: list[Json], kinds: tuple[str, ...], field: str) -> Any:
    found = _all(events, kinds, field)
    return found[-1] if found else None


def _value(text: str) -> Recalled:
    """Return what a tool returned. The trace has a text as it is and everything else as JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return Recalled(text)
    if isinstance(value, dict | list):
        return Recalled(value)
    return Recalled(None, "its result may be a text or a number: the trace does not say which")
