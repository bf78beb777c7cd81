"""One row of a trace in full, as blocks to read: what is known of it, then every text in it, whole.

Pure. A body kept by reference becomes a block that names its digest; whoever shows it fetches the text and passes it
back in ``bodies``. A text the feed had shortened says so until the full event is here.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from interlock.text import Untrusted, visible_line
from interlock_console.output import clock, millis
from interlock_console.trace.bodies import Fetched
from interlock_console.trace.deciding import rule_of
from interlock_console.trace.fold import GAP, Row
from interlock_console.trace.layout import EDGE
from interlock_console.trace.paper import Block, signs

__all__ = ["blocks", "cut_items", "size_word"]

Json = dict[str, Any]

_SET_OUT = 1024 * 1024
"""Characters up to which JSON is set out; what is longer is shown as it is stored."""
_COUNTED = 256 * 1024
"""Characters up to which unsafe characters are counted before the text is shown."""


Bodies = Mapping[str, Fetched]


def size_word(count: int) -> str:
    """Return a number of characters or bytes as a person reads it."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f} k" if count < 1_000_000 else f"{count / 1_000_000:.1f} M"


def cut_items(row: Row) -> list[int]:
    """Return the numbers of the events of this row that the feed had shortened."""
    return [item["n"] for item in row.items if item.get("cut")]


def blocks(row: Row, bodies: Bodies) -> list[Block]:
    """Return the row in full: facts first, then what was said, asked and answered."""
    page = _Page(row, bodies)
    _TELL.get(row.kind, _unknown)(page)
    if row.kind not in (GAP, EDGE):
        page.block("events", Untrusted("\n".join(map(_stamp, row.items))), "dim")
    return page.blocks


class _Page:
    """The blocks of one row while they are being put together."""

    def __init__(self, row: Row, bodies: Bodies) -> None:
        self.row, self.bodies = row, bodies
        self.blocks: list[Block] = []
        self._facts: list[str] = []

    def fact(self, name: str, *said: object) -> None:
        """Note one thing that fits on a line; nothing is noted when there is nothing to say."""
        words = "  ".join(visible_line(str(part)) for part in said if part not in (None, ""))
        if words:
            self._facts.append(f"{name:<10} {words}")

    def facts(self) -> None:
        """Put what was noted so far on the page."""
        if self._facts:
            self.blocks.append(Block("", Untrusted("\n".join(self._facts))))
            self._facts = []

    def block(self, title: str, text: Untrusted, tone: str = "text", note: str = "") -> None:
        """Put a text on the page, with how long it is and how much of it is shown as signs."""
        self.facts()
        self.blocks.append(Block(title, text, tone, note))

    def body(
        self, title: str, body: Any, tone: str = "text", look: Callable[[str], str] | None = None
    ) -> str | None:
        """Put a body on the page, whole; return its text, or None while it is not here."""
        if body is None:
            return None
        more = ""
        if not isinstance(body, dict):
            text = str(body)
        else:
            ref = cast("Json", body)
            got = self.bodies.get(ref["sha256"])
            if got is None or got.text is None or not got.whole:
                self._part(title, ref, got, tone)
                return None
            text, more = got.text, "" if got.checked else "the hub took a secret out of it"
        note = ", ".join(filter(None, (self._note(text), more)))
        self.block(title, Untrusted(look(text) if look else text), tone, note)
        return text

    def _part(self, title: str, ref: Json, got: Fetched | None, tone: str) -> None:
        """Put on the page what is here of a body: the beginning the event carries, or the slices that came."""
        if got is None or got.text is None:
            text = str(ref.get("head", ""))
            note = f"{size_word(ref['size'])} bytes, {got.problem if got else 'asking the hub for it'}; its beginning:"
        else:
            text = got.text
            note = f"{size_word(len(text))} of {size_word(got.total)} characters here"
            note += f", {got.problem}" if got.problem else ", more is coming as it is read"
        self.facts()
        self.blocks.append(Block(title, Untrusted(text), tone, note, ref["sha256"]))

    def _note(self, text: str) -> str:
        if not text:
            return "empty"
        notes = [f"{size_word(len(text))} characters"]
        if any(item.get("cut") for item in self.row.items):
            notes.append("may be shortened by the feed, asking the hub for all of it")
        if len(text) > _COUNTED:
            notes.append("unsafe characters are shown as signs")
        elif unsafe := signs(text):
            notes.append(f"{unsafe} unsafe character{'s' * (unsafe != 1)} shown as signs")
        return ", ".join(notes)


def _stamp(item: Json) -> str:
    envelope = item["e"]
    return f"{item['n']:>6}  {clock(envelope['at'])}  {visible_line(envelope['event']['kind'])}"


def _set_out(text: str) -> str:
    """Return JSON set out over lines; anything else as it is."""
    if len(text) > _SET_OUT:
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _readable(value)


def _readable(value: object) -> str:
    """Return an object as ``name: value`` with texts in full over their own lines, anything else as JSON."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=2)
    parts: list[str] = []
    for name, inner in cast("Json", value).items():
        if isinstance(inner, str):
            parts.append(f"{name}:\n{inner}" if "\n" in inner or len(inner) > 60 else f"{name}: {inner}")
        else:
            parts.append(f"{name}: {json.dumps(inner, ensure_ascii=False, indent=2)}")
    return "\n".join(parts)


def _first(body: Any) -> str:
    """Return the first line of a text that may be long: what a low pane has room for."""
    text = str(cast("Json", body).get("head", "")) if isinstance(body, dict) else str(body or "")
    return text.strip()[:200].partition("\n")[0]


def _tool(page: _Page) -> None:
    row = page.row
    proposed = row.event("tool.proposed") or {}
    finished, lost = row.event("tool.finished"), row.event("outcome.unknown")
    page.fact(
        "tool",
        proposed.get("tool") or (lost or {}).get("tool"),
        f"class {proposed.get('cls', '?')}",
        row.call,
    )
    page.fact("state", row.word, f"after {millis(row.ms)}" if row.ms is not None else "")
    page.fact("said", _first((finished or {}).get("error")))
    if lost:
        page.fact(
            "UNKNOWN", lost.get("why"), "the effect may have happened", f"permit {lost.get('permit', '')}"
        )
    if finished and finished.get("late"):
        page.fact("late", "the call had been given up as unknown before")
    _verdicts(page)
    if finished:
        page.body("error", finished.get("error"), "fault")
    text = page.body("arguments", proposed.get("args"), look=_set_out)
    if finished:
        page.body("result", finished.get("result"))
    if text and _set_out(text) != text:
        page.body("arguments, the exact text", proposed["args"], "dim")
    started = row.event("tool.started") or {}
    page.fact("permit", started.get("permit"))
    page.fact("attempt", started.get("attempt") if started.get("attempt", 1) > 1 else "")
    page.fact("parent", proposed.get("parent_call"))
    page.fact("digest", proposed.get("digest"))
    page.facts()


def _verdicts(page: _Page) -> None:
    for item in page.row.items:
        event = item["e"]["event"]
        if event["kind"] == "gate.decided":
            waited = f"waited {millis(event['waited_ms'])}" if event.get("waited_ms") else ""
            page.fact(
                "gate", event["verdict"], rule_of(event), event.get("reason"), event.get("permit"), waited
            )
            _edited(page, event)


def _edited(page: _Page, event: Json) -> None:
    """What a person changed runs instead of what the agent proposed: both are shown, and which is which."""
    if event.get("edited_by"):
        page.fact("EDITED", f"by {event['edited_by']}: what runs is not what the agent proposed")
        page.body("arguments that run", event.get("args"), look=_set_out)


def _model(page: _Page) -> None:
    row = page.row
    started, finished = row.event("model.started") or {}, row.event("model.finished") or {}
    asked, served = started.get("asked"), finished.get("served")
    differs = "NOT THE ONE ASKED FOR" if asked and served and asked != served else ""
    page.fact("model", f"asked {asked}" if asked else "", f"served {served}" if served else "", differs)
    page.fact("state", row.word, f"after {millis(row.ms)}" if row.ms is not None else "")
    names = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "cost", "finish")
    page.fact("usage", *(f"{name} {finished[name]}" for name in names if finished.get(name) is not None))
    _verdicts(page)
    page.body("error", finished.get("error"), "fault")
    page.body("answer", finished.get("text"))
    page.body("context it was given", started.get("messages"), look=_conversation)


def _conversation(text: str) -> str:
    """Return a list of messages as a person reads it: who, then what; anything else set out as JSON."""
    if len(text) > _SET_OUT:
        return text
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    messages = cast("list[object]", value) if isinstance(value, list) else [value]
    return "\n\n".join(map(_message, messages))


def _message(value: object) -> str:
    if not isinstance(value, dict):
        return _readable(value)
    message = cast("Json", value)
    if not isinstance(message.get("content"), str):
        return _readable(message)
    rest = {name: inner for name, inner in message.items() if name not in ("role", "content")}
    said = f"[{message.get('role', 'nobody named')}]\n{message['content']}"
    return f"{said}\n{_readable(rest)}" if rest else said


def _text(title: str, field: str) -> Callable[[_Page], None]:
    def tell(page: _Page) -> None:
        event = page.row.items[-1]["e"]["event"]
        page.fact("by", event.get("author"), event.get("role"))
        page.fact("call", event.get("call"))
        page.body(title, event.get(field), look=_conversation if field == "messages" else None)

    return tell


def _start(page: _Page) -> None:
    event = page.row.items[-1]["e"]["event"]
    for name in ("agent", "role", "model", "mode", "parent", "connector"):
        page.fact(name, event.get(name))
    for name, label in cast("Json", event.get("labels") or {}).items():
        page.fact("label", f"{name}={label}")
    page.body("goal", event.get("goal"))
    page.body("success", event.get("success"))


def _end(page: _Page) -> None:
    event = page.row.items[-1]["e"]["event"]
    page.fact("claim", f"the agent claims: {event['claim']}", "(a claim, not a verdict)")
    page.body("error", event.get("error"), "fault")
    page.body("output", event.get("output"))


def _order(page: _Page) -> None:
    event = page.row.items[-1]["e"]["event"]
    for name in ("verb", "order", "by", "reason", "inherited_from", "gate", "note"):
        page.fact(name if name != "inherited_from" else "inherited", event.get(name))
    if event.get("ms") is not None:
        page.fact("after", millis(event["ms"]), "since the hub received the order")
    for call in event.get("in_flight") or ():
        page.fact(
            "in flight", call["tool"], call["cls"], f"for {millis(call.get('ms') or 0.0)}", call.get("permit")
        )
    page.fact("receipt", "h shows how far this order got, with every gate's answer")
    page.facts()


def _call(page: _Page) -> None:
    page.fact("call", page.row.call)
    _verdicts(page)
    page.facts()


def _fields(page: _Page) -> None:
    for name, value in page.row.items[-1]["e"]["event"].items():
        parts = cast("list[object]", value) if isinstance(value, list) else [value]
        page.fact(name if name != "kind" else "event", *map(_worded, parts))
    page.facts()


def _worded(value: object) -> object:
    """Return what is made of parts as words: names and values, as they are."""
    if not isinstance(value, dict):
        return value
    parts = cast("Json", value).items()
    return ", ".join(f"{name} {part}" for name, part in parts if part not in (None, ""))


def _guard(page: _Page) -> None:
    """Each finding by itself: where the text came from, then the words that stand there, framed as such."""
    event = page.row.items[-1]["e"]["event"]
    page.fact("verdict", event["verdict"], event.get("call"))
    page.fact("unread", f"{event['unread']} characters were not looked at" if event.get("unread") else "")
    for found in event.get("findings") or ():
        page.facts()
        title = f"{visible_line(str(found['source']), 80)}: {visible_line(str(found['rule']), 80)}"
        page.block(
            title,
            Untrusted(str(found.get("excerpt", ""))),
            "text",
            f"from character {found.get('offset', 0)}",
        )
    page.facts()


def _unknown(page: _Page) -> None:
    event = page.row.items[-1]["e"]["event"]
    page.fact("kind", event["kind"], "(this console does not know it; every field is kept)")
    for name, value in event.items():
        if name == "kind":
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
        page.block(f"field {visible_line(name, 60)}", Untrusted(text))
    page.facts()


def _missing(page: _Page) -> None:
    last = int(page.row.ms or page.row.n)
    page.fact("missing", f"events {page.row.n} to {last} of this run did not come over the feed")
    page.fact("", "the hub has them; they are being asked for, and this row goes when they are here")
    page.facts()


def _edge(page: _Page) -> None:
    page.fact("not here", f"events {page.row.word} of this run are not loaded")
    page.fact("", "moving on loads them; g is the start, G the end; a search looks at them all the same")
    page.facts()


_TELL: dict[str, Callable[[_Page], None]] = {
    "tool": _tool,
    "model": _model,
    "call": _call,
    "think": _text("reasoning", "text"),
    "say": _text("message", "text"),
    "context": _text("context", "messages"),
    "gate": _fields,
    "order": _order,
    EDGE: _edge,
    "start": _start,
    "end": _end,
    "lost": _fields,
    "shed": _fields,
    "hand": _fields,
    "ask": _fields,
    "breaker": _fields,
    "mend": _fields,
    "rules": _fields,
    "guard": _guard,
    GAP: _missing,
}
