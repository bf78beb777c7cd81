"""The record of who gave and took rights, and what had an effect: searched, read in full, checked, made good from."""

from collections.abc import Iterable

from interlock_console.keys import Key
from interlock_console.record.sieve import Sieve, parse
from interlock_console.record.wording import effect
from interlock_console.screens import app_of
from interlock_console.screens.audit_data import AuditData
from interlock_console.views import SavedView
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.record_list import RecordList

__all__ = ["AuditView"]

_WHERE = ("permit", "order")
"""Fields of an entry by which its place in the trace of its run is found."""


class AuditView(AuditData):
    """The table above, the entry under the cursor below; ``enter`` gives the entry the whole screen."""

    NAME, DIGIT = "audit", "3"
    KEYS = (
        Key("audit.open", "enter", "zoom", "in full", "read the entry on the whole screen, and back", foot=3),
        Key("audit.filter", "slash", "filter", "filter", "run: who: tool: kind: verdict: from: to: words", 2),
        Key("audit.mark", "space", "mark", "mark", "mark the effect under the cursor", foot=6),
        Key("audit.unmark", "U", "unmark", "unmark", "take all marks away"),
        Key(
            "audit.unknowns",
            "u",
            "unknowns",
            "unknown",
            "calls of which nobody knows whether they happened",
            4,
        ),
        Key("audit.plans", "h", "plans", "plans", "plans that were begun, and their receipts", foot=5),
        Key("audit.trace", "t", "trace", "its run", "open the run of this entry where it happened", foot=5),
        Key("audit.follow", "f", "follow", "follow", "stay at the newest entry, or stop to", foot=7),
        Key(
            "audit.proofs",
            "e",
            "proofs",
            "proofs",
            "show the entries that prove the brake, or hide them",
            foot=9,
        ),
        Key("audit.verify", "v", "verify", "check", "check the chain from the first entry on, here", foot=6),
        Key("audit.pane", "tab", "pane", "other pane", "go to the entry's text, and back to the list"),
        Key(
            "audit.close",
            "q,escape",
            "close",
            "quit",
            "close the text; from the list ask whether to leave",
            1,
        ),
    )
    ACTS = (
        Key(
            "audit.make",
            "M",
            "make_good",
            "make good",
            "what would make the marked effects good: a plan",
            foot=2,
            role="approver",
        ),
    )

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of this view; going back is its own, because it closes the text first."""
        return tuple(key for key in super().keys if key.name != "up")

    # What acting keys are about, and what is copied.

    def permits(self) -> tuple[str, ...]:
        """Return the permits of the marked effects, else of the one under the cursor."""
        if self.record.chosen:
            return tuple(self.record.chosen)
        permit = effect(self.record.row)
        return (permit,) if permit else ()

    def moved(self) -> bool:
        """Say so and return True where the cursor went to another entry by itself just before."""
        record = self.record
        if record.chosen or not record.drifting:
            return False
        record.settle()
        self.note(f"the list moved to entry {record.cursor:,} as you pressed: press again", "held")
        return True

    def copied(self) -> str:
        """Return a selection of the mouse, else the entry's text or its row."""
        return self.get_selected_text() or (
            super().copied() if self.detail.has_focus else self.record.copied()
        )

    def copied_data(self) -> object:
        """Return the entry under the cursor as the hub has it."""
        return self.record.row

    def shown(self) -> Iterable[str]:
        """Return the entry that is read on the whole screen; else every entry that is loaded."""
        if self.has_class("zoomed"):
            yield from self.detail.told()
            return
        yield from self.bar.told()
        yield from self.heads.told()
        yield from self.record.told()

    def shown_data(self) -> object:
        """Return what was looked for, what was looked at, and the entries of it."""
        window = self.reader.window
        return {
            "filter": self.sieve.text,
            "from": window.low,
            "to": window.high,
            "last": window.last,
            "entries": list(window.rows.values()),
        }

    # Keys.

    def on_lines_moved(self) -> None:
        """Read the entry the cursor came to."""
        self._moved_at = self.station.clock()
        if self.is_current:
            self._more()
            self._show()

    def on_lines_opened(self) -> None:
        """Read the entry on the whole screen."""
        self.action_zoom()

    def on_record_list_edge(self, event: RecordList.Edge) -> None:
        """Go to the newest entry there is, or to the first one, wherever the list is."""
        record, window = self.record, self.reader.window
        there = window.at_end if event.to < 0 else window.at_start
        record.follow = event.to < 0
        self._aim = event.to
        if not there and event.to < 0:
            self.reader.open(self.sieve)
        elif not there:
            self.reader.open_start(self.sieve)
        self._show()

    def goto(self, n: int) -> None:
        """Show the record around an entry, whatever was looked for before."""
        self.sieve = parse("", self.station.wall(), proofs=True)
        self.record.follow, self._aim = False, -1
        self.reader.open(self.sieve, n + 1)

    def action_mark(self) -> None:
        """Mark the effect under the cursor."""
        if not effect(self.record.row):
            self.note("this entry is about no effect: permits and outcomes can be marked", "held")
        self.record.action_mark()
        self._show()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.record.chosen.clear()
        self.record.mark_chosen()
        self._show()

    def action_follow(self) -> None:
        """Stay at the newest entry, or stop to."""
        if self.record.follow:
            self.record.follow = False
            self._show()
        else:
            self.record.action_edge(-1)

    def action_proofs(self) -> None:
        """Show what proves the brake, or hide it."""
        sought = parse(self.sieve.text, self.station.wall(), self.station.runs, proofs=not self.sieve.proofs)
        self.seek(sought)

    def action_verify(self) -> None:
        """Check the chain up to the newest entry; pressed again meanwhile, stop."""
        proof = self.reader.proving
        if proof.bad:
            self.note(
                f"the chain is broken at entry {proof.bad:,}: nothing behind it can be checked", "alarm"
            )
            return
        proof.top = 0 if proof.more else self.reader.window.last
        if proof.top and not proof.more:
            self.note(f"the chain was checked to entry {proof.n:,}, which is the newest")
        self.reader.prove()
        self._show()

    def action_zoom(self) -> None:
        """Give the entry the whole screen, which it keeps while newer ones come, or the table its place back."""
        self.toggle_class("zoomed")
        self.record.follow = self.record.follow and not self.has_class("zoomed")
        self._focus(text=self.has_class("zoomed"))

    def action_pane(self) -> None:
        """Go from the list to the text and back."""
        if not self.has_class("zoomed"):
            self._focus(text=self.record.has_focus)

    def _focus(self, *, text: bool) -> None:
        (self.detail if text else self.record).focus()

    async def action_close(self) -> None:
        """Close the text that has the whole screen; else go up."""
        if self.has_class("zoomed"):
            self.action_zoom()
        elif self.detail.has_focus:
            self._focus(text=False)
        else:
            await self.run_action("app.up")

    def action_unknowns(self) -> None:
        """Open the inbox of what is unknown."""
        from interlock_console.screens import acting
        from interlock_console.screens.unknowns import UnknownsView

        app_of(self).push_screen(acting(UnknownsView, self.station.read_only)(self.station))

    def action_plans(self) -> None:
        """Open the plans that were begun."""
        from interlock_console.screens import acting
        from interlock_console.screens.plans import PlansView

        app_of(self).push_screen(acting(PlansView, self.station.read_only)(self.station))

    def action_make_good(self) -> None:
        """Show what would make the marked effects good, else the one under the cursor. Nothing happens by it."""
        if self.moved():
            return
        from interlock_console.screens.making import MakingDialog

        if permits := self.permits():
            app_of(self).push_screen(MakingDialog(self.station, {"permits": list(permits)}))
        else:
            self.note(
                "no effect under the cursor: permits and outcomes are effects; space marks several", "held"
            )

    def action_trace(self) -> None:
        """Open the run of the entry at the event that names the same permit, order or escalation."""
        entry = self.record.row
        if entry is None or not entry["run"]:
            self.note("this entry is about no single run", "held")
            return
        run = str(entry["run"])
        word = next((str(entry[name]) for name in _WHERE if entry.get(name)), "")
        word = word or str(entry["body"].get("escalation") or "")
        self.open_run(run)
        view = app_of(self).screen
        if not word:
            return

        def found(n: int | None) -> None:
            from interlock_console.screens.run import RunView

            if n is None:
                self.note(f"its run does not name {word} any more: this is its newest event", "held")
            elif isinstance(view, RunView) and view.is_attached:
                view.see(n)

        self.reader.locate(run, word, found)

    # The filter.

    def action_filter(self) -> None:
        """Type a filter in the place of the bar."""
        self._before = self.sieve
        self.ask.typed, self.ask.problem = self.sieve.text, ""
        self.ask.display, self.bar.display = True, False
        self.set_focus(self.ask)
        self.ask.renew()

    def on_ask_answered(self, event: Ask.Answered) -> None:
        """Look for what was typed, or say what is wrong with it and leave it to be mended; escape shows everything."""
        sought = self._parse(event.text or "")
        if sought.problem:
            self.ask.problem = sought.problem
            self.ask.renew()
            return
        self.ask.display, self.bar.display = False, True
        self._focus(text=False)
        self.seek(sought)

    def on_ask_typed(self, event: Ask.Typed) -> None:
        """Say at once what is wrong with a word; the hub is asked only for what is entered."""
        self.ask.problem = self._parse(event.text).problem
        self.ask.renew()

    def _parse(self, text: str) -> Sieve:
        return parse(text, self.station.wall(), self.station.runs, proofs=self.sieve.proofs)

    def seek(self, sought: Sieve) -> None:
        """Show the newest entries that fit. Marks stay: they are of effects, listed or not."""
        self.sieve = sought
        self.record.follow = True
        self.reader.open(sought)
        self._show()

    @property
    def saved(self) -> SavedView:
        """The filter as it was typed."""
        return SavedView(self.sieve.text, of=self.NAME)

    def use(self, view: SavedView) -> str:
        """Look for what a saved filter means now; a view that is only about to be shown begins with it."""
        sought = self._parse(view.filter)
        if sought.problem:
            return sought.problem
        if self._ready:
            self.seek(sought)
        else:
            self.sieve = sought
        return ""

    def filter(self, text: str) -> str:
        """Look for what a filter means. Return what is wrong with it; then the list is as it was."""
        sought = self._parse(text)
        if not sought.problem:
            self.seek(sought)
        return sought.problem
