"""The card of one call that waits, or of several identical ones: read it all, then approve, edit, or reject.

Approve opens once every line of it was on the screen. ``y`` gives it, Enter never; no key counts before 400 ms of
focus, none that is held down, none that comes in one piece with others. What proof a danger call needs is typed here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from interlock.ids import shorten
from interlock_console.decisions import Decision, rejected
from interlock_console.inbox.closed import Stand, closed, voted
from interlock_console.inbox.facts import pretty
from interlock_console.inbox.reading import Hand
from interlock_console.keys import Key
from interlock_console.output import line
from interlock_console.proof import Proof
from interlock_console.screens import Dialog, View, app_of
from interlock_console.screens.approvals_words import foot, head
from interlock_console.station import Station
from interlock_console.watching import Watching
from interlock_console.widgets.card import CardBoard, CardPage
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Pieces

__all__ = ["CardDialog"]

Json = dict[str, Any]

_HEX = "0123456789abcdef"
_ACTS = ("approve", "reject", "edit")


class CardDialog(Dialog):
    """About these calls, by their ids. It stays after the decision and says what came of it."""

    KEYS = (
        Key(
            "ask.yes",
            "y",
            "approve",
            "approve",
            "approve exactly what is shown, once all of it was read",
            foot=1,
        ),
        Key(
            "ask.reject",
            "x",
            "reject",
            "reject",
            "reject it; asks for the reason, which the agent gets",
            foot=1,
        ),
        Key(
            "ask.edit",
            "E,e",
            "edit",
            "edit",
            "edit the arguments; a difference is shown before they run",
            foot=2,
        ),
        Key("ask.trace", "t", "trace", "its run", "go to the run that asks", foot=3),
        Key("ask.close", "q,escape", "leave", "close", "close; what was decided stands", foot=1),
    )
    AUTO_FOCUS = "CardPage"

    def __init__(self, station: Station, names: Sequence[str], *, reject: bool = False) -> None:
        """``names`` are escalations; more than one are decided together and must be identical."""
        super().__init__(station)
        self._rejects = reject
        self.watching = Watching(station, names)
        self.found: Json | None = None
        self.others: list[Json] = []
        self.edited: str | None = None
        self.proof: Proof | None = None
        self.sent: list[Decision] = []
        self.said = ""
        """A problem of the editor, or that it is something else than what was read."""
        self._hand = Hand()
        self.page = CardPage(id="card-page")
        self.head = CardBoard(lambda width: head(self, width), id="card-head", row="bar")
        self.foot_board = CardBoard(lambda width: foot(self, width), id="card-foot")
        self.keys = Footer(self.KEYS)

    def compose(self) -> ComposeResult:
        """Put what it is above, the page in the middle, and what keys do below."""
        with Vertical(id="card"):
            yield self.head
            yield self.page
            yield self.foot_board
        yield self.keys

    def on_mount(self) -> None:
        """Ask for it."""
        self.pulse()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.call_after_refresh(self.renew)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let no key act in a console that only looks."""
        if action in _ACTS and self.station.looks_only:
            return False
        return super().check_action(action, parameters)

    # What is known.

    def pulse(self) -> None:
        """Follow what waits, and what came of the decision."""
        self.watching.pulse(decided=bool(self.sent))
        if self.watching.fresh:
            self._take(self.watching.take())
        self._settle()
        self.page.dim(bool(self.stale))
        self.renew()
        if self._rejects and self.armed and self.found is not None:
            self._rejects = False
            self.action_reject()

    @property
    def stale(self) -> str:
        """``STALE 7s`` while the data is not current, also where the hub does not answer about this call."""
        return self.station.head().age_word or self.watching.stale

    def _take(self, found: Sequence[Json]) -> None:
        first = next((one for one in found if one["state"] == "waiting"), found[0] if found else None)
        if self.sent or first is None:
            first = next((one for one in found if self.found and one["id"] == self.found["id"]), first)
        if first is None:
            return
        before, self.found = self.found, first
        self.others = [one for one in found if one is not first and one["group"] == first["group"]]
        if not self.sent:
            self.others = [one for one in self.others if one["state"] == "waiting"]
        if before is not None and before["digest"] != first["digest"] and not self.sent:
            self._changed(first)
        self._ask_proof(first)
        self.page.tell(first, self.edited, self.others)

    def _changed(self, found: Json) -> None:
        """Nothing that was read or typed is about what it is now."""
        by = next((line(vote["by"], 40) for vote in reversed(found["votes"]) if vote["edited"]), "")
        self.said = f"it is not what you read any more: {'edited by ' + by if by else 'it was changed'}; read it again"
        self.edited, self.proof = None, None
        self.page.forget()
        self.rearm()

    def _ask_proof(self, found: Json) -> None:
        expected, alphabet = "", ""
        if found["cls"] == "danger":
            expected, alphabet = str(found["digest"])[-4:], _HEX
        elif self.others:
            expected, alphabet = str(len(self.others) + 1), "0123456789"
        if not expected:
            self.proof = None
        elif self.proof is None:
            self.proof = Proof(expected, alphabet)
        elif self.proof.expected != expected:
            self.proof.renew(expected)

    def _settle(self) -> None:
        """Take back what the hub did not take, so that another decision can be made; nothing typed is lost."""
        if self.sent and all(each.problem and not each.waiting for each in self.sent):
            self.said = "; ".join(dict.fromkeys(line(each.problem) for each in self.sent))
            self.sent = []
            self.watching.now()
        for each in self.sent:
            if each.answer is not None:
                self.watching.answered(each.answer)
                each.follow(self.watching.known(each.escalation) or each.answer)
                self.station.drafts.pop(self._draft, None)
        if self.sent and all((each.answer or {}).get("state") == "waiting" for each in self.sent):
            self._counted()

    def _counted(self) -> None:
        """One vote of several is on record: whoever gave it may still reject, which decides for all."""
        if self.watching.fresh:
            self._take(self.watching.take())
        self.sent, self.edited, self.proof = [], None, None
        self.page.tell(self.found, None, self.others)

    # Whether approve is open.

    def stand(self) -> Stand:
        """Return what approve depends on, as of now."""
        hub = self.station.head().hub or {}
        proof = self.proof
        asks = ""
        if proof is not None and not proof.given:
            asks = "type what is asked for first"
        return Stand(
            self.found,
            self.page.seen.count,
            len(self.page.page),
            str(hub.get("operator") or ""),
            self.station.looks_only,
            self.stale,
            bool(self.sent),
            asks,
            self.edited is not None,
        )

    @property
    def together(self) -> str:
        """Why these must not be decided together; empty where they may."""
        if self.others and any(one["cls"] == "danger" for one in (self.found or {}, *self.others) if one):
            return "danger calls are approved one by one: close this, and t in the list shows each"
        return ""

    # Keys.

    def on_key(self, event: events.Key) -> None:
        """Take note of every key, and give it to the proof once keys count; Enter is never one."""
        self._hand.note(event.key, self.station.clock(), self._focused_at)
        proof = self.proof
        if proof is None or self.sent or self.station.looks_only or event.key in ("q", "escape"):
            return
        typed = bool(event.character) and str(event.character) in proof.alphabet
        if typed and not self.armed:
            event.stop()
            event.prevent_default()
        elif proof.take(event.key, event.character):
            event.stop()
            event.prevent_default()
            self.renew()

    def action_approve(self) -> None:
        """Approve exactly what is shown, or the edited arguments. Each call gets a decision of its own."""
        found = self.found
        if found is None or not self._hand.answers or self.together or closed(self.stand()):
            self.renew()
            return
        self.said = ""
        self.sent = []
        for one in (found, *self.others):
            body: Json = {"digest": one["digest"], "args": self.edited, "reason": ""}
            self.sent.append(Decision(self.station, str(one["id"]), "approve", body))
        for decision in self.sent:
            decision.send()
        self.pulse()

    def action_reject(self) -> None:
        """Ask for the reason; Enter there rejects."""
        found = self.found
        if not self.armed or found is None or found["state"] != "waiting" or self.sent:
            return
        from interlock_console.screens.approvals_reject import RejectLine

        digests = {str(one["id"]): str(one["digest"]) for one in (found, *self.others)}
        what = shorten(next(iter(digests))) if len(digests) == 1 else f"all {len(digests)}"
        app_of(self).push_screen(
            RejectLine(self.station, digests, what, lambda reason: self._reject(digests, reason))
        )

    def _reject(self, digests: dict[str, str], reason: str) -> None:
        self.said = ""
        self.sent = rejected(self.station, digests, reason)

    def action_edit(self) -> None:
        """Open the arguments in an editor; what comes back is shown with its difference and approved like the rest."""
        found = self.found
        if not self.armed or found is None or found["state"] != "waiting" or self.sent:
            return
        if self.others:
            self.said = "several are decided together as they are: open one of them to edit it"
            self.renew()
            return
        from interlock_console.editing import edit

        text, problem = edit(app_of(self), self.station.drafts.get(self._draft) or pretty(found["args"]))
        self.rearm()
        self.edit(text, problem)

    def edit(self, text: str | None, problem: str) -> None:
        """Take what came back from the editor."""
        from interlock_console.inbox.facts import differences, object_of

        found = self.found
        if found is None:
            return
        self.said = problem
        if text is not None:
            self.station.drafts[self._draft] = text
            self.said = object_of(text)
            if not self.said:
                self.edited = text if differences(found["args"], text) else None
                self.said = "" if self.edited else "nothing was changed"
                self.page.tell(found, self.edited, self.others)
                self.page.forget()
        self.renew()

    @property
    def _draft(self) -> tuple[str, ...]:
        return ("edit", str((self.found or {}).get("id")))

    def action_trace(self) -> None:
        """Go to the run that asks."""
        found, app = self.found, app_of(self)
        if found is None or not self.armed:
            return
        self.dismiss()
        view = next((screen for screen in reversed(app.screen_stack) if isinstance(screen, View)), None)
        if view is not None:
            view.open_run(str(found["run"]))

    def action_leave(self) -> None:
        """Close. What was decided stands."""
        if self.armed:
            self.dismiss()

    # What is shown.

    def on_card_page_turned(self) -> None:
        """Say how much of it was on the screen by now, once it is painted."""
        self.call_after_refresh(self.renew)

    def renew(self) -> None:
        """Show it."""
        self.head.fit()
        self.foot_board.fit()
        self.keys.show(tuple(self.usable()))

    def usable(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        waits = self.found is not None and self.found["state"] == "waiting" and not self.sent
        mine = self.edited is None and voted(self.found, self.stand().me)
        for key in self.KEYS:
            if key.action == "approve" and mine:
                continue
            if key.action not in _ACTS or (waits and not self.station.looks_only):
                yield key

    def above(self, width: int) -> list[Pieces]:
        """Return the lines above the page."""
        return head(self, width)
