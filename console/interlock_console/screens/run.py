"""One run: what it is for, everything it thought, asked and did, and how far the orders given to it got."""

from collections.abc import Iterable

from interlock_console.keys import Key
from interlock_console.rules import decided
from interlock_console.screens import ASKS, ON_A_RUN, acting, app_of
from interlock_console.screens.run_panes import RunPanes
from interlock_console.trace.finder import Seek
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.detail import Detail

__all__ = ["RunView"]

_LEFT, _RIGHT = "left_square_bracket", "right_square_bracket"
_LEFT_CURLY, _RIGHT_CURLY = "left_curly_bracket", "right_curly_bracket"


class RunView(RunPanes):
    """The screen of one run: the keys by which it is read."""

    KEYS = (
        Key("run.open", "enter", "zoom", "read", "read the row under the cursor on the whole screen", foot=5),
        ASKS,
        Key(
            "run.error", _LEFT, "error(-1)", "failure", "the failed or unknown call before", foot=3, cap="[ ]"
        ),
        Key("run.error_next", _RIGHT, "error(1)", "next failure", "the failed or unknown call after"),
        Key("run.turn", _LEFT_CURLY, "turn(-1)", "turn", "the model turn before", foot=3, cap="{ }"),
        Key("run.turn_next", _RIGHT_CURLY, "turn(1)", "next turn", "the model turn after", cap="}"),
        Key("run.follow", "f", "follow", "follow", "go to the newest event and stay there", foot=3),
        Key(
            "run.search",
            "slash",
            "search",
            "search",
            "find a text in the whole run, or in the text you are in",
            5,
        ),
        Key(
            "run.found",
            "n",
            "found(1)",
            "hit",
            "the next hit of the search, loaded or not",
            foot=8,
            cap="n N",
        ),
        Key("run.found_back", "N", "found(-1)", "hit before", "the hit before, loaded or not"),
        Key(
            "run.context",
            "d",
            "context",
            "context",
            "what changed in the model's context since the turn before",
            7,
        ),
        Key("run.tree", "t", "tree", "tree", "the runs above and below this one; enter opens one", foot=7),
        Key(
            "run.fold",
            "left",
            "fold(True)",
            "fold",
            "fold the turn or the call the cursor is in",
            8,
            "\u2190 \u2192",
        ),
        Key("run.unfold", "right", "fold(False)", "unfold", "unfold it again", cap="\u2192"),
        Key(
            "run.fold_all",
            "less_than_sign",
            "fold_all(True)",
            "fold all",
            "fold every turn and sub-agent",
            9,
            "< >",
        ),
        Key(
            "run.unfold_all", "greater_than_sign", "fold_all(False)", "unfold all", "unfold them all", cap=">"
        ),
        Key(
            "run.zoom", "m", "zoom", "maximise", "give the text the whole screen, or the list its place back"
        ),
        Key("run.rule", "P", "rule", "rule", "the place in the policy of what decided the call", foot=8),
        Key("run.receipt", "h", "receipts", "receipt", "how far the orders given to this run got", foot=5),
        Key(
            "run.page", "space", "read(1)", "page text", "page through the text of the row", foot=6, cap="spc"
        ),
        Key("run.page_back", "b", "read(-1)", "page back", "page back through that text"),
        Key("run.close", "q,escape", "close", "back", "close the text, the receipts, the screen", foot=1),
        Key("run.pane", "tab", "pane", "other pane", "go to the text, and back to the list"),
    )

    CSS = """
    RunView #facts { height: 3; }
    RunView #run-bar, RunView #columns { height: 1; }
    RunView #list { height: 1fr; }
    RunView #side { height: 5; }
    RunView.text #side, RunView.receipts #side, RunView.tree #side, RunView.context #side { height: 2fr; }
    RunView.zoomed #side, RunView.tall #side { height: 1fr; }
    RunView #ask { height: 1; display: none; }
    RunView.asking #ask { display: block; }
    RunView.wide #list { width: 12fr; height: 100%; }
    RunView.wide #side { width: 8fr; height: 100%; }
    RunView.wide.tree #list { width: 9fr; }
    RunView.wide.tree #side { width: 11fr; }
    RunView #split { layout: vertical; height: 1fr; }
    RunView.wide #split { layout: horizontal; }
    RunView.low #columns { display: none; }
    RunView.tall #facts { height: 5; }
    RunView #receipts { display: none; }
    RunView.receipts #receipts { display: block; }
    RunView.receipts #detail { display: none; }
    RunView #tree { display: none; height: 1fr; }
    RunView.tree #tree { display: block; }
    RunView.tree #detail { display: none; }
    RunView.zoomed #list { display: none; }
    """

    ACTS = (
        *ON_A_RUN,
        Key(
            "run.make",
            "M",
            "make_good",
            "make good",
            "what would make its effects good: a plan, as a dry run",
            8,
            role="approver",
        ),
    )
    _needle = ""
    """What was last looked for in a text."""

    def target(self) -> str:
        """Return this run: the acting keys are about it wherever the cursor is."""
        return self.run

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of this view; going back is its own, because it closes what is open first."""
        return tuple(key for key in super().keys if key.name != "up")

    # Keys.

    def action_follow(self) -> None:
        """Go to the newest event and stay there; or stay where the cursor is."""
        if self.trace.follow:
            self.trace.follow = False
            return
        self.trace.action_edge(1)
        self.trace.follow = True
        self._renew_bar()

    def action_error(self, by: int) -> None:
        """Go to the failure before or after."""
        self.begin(Seek("error", by))

    def action_turn(self, by: int) -> None:
        """Go to the model turn before or after."""
        state = self.state
        self.finder.turns = ("model",) if state is None or state.models else ("say", "think")
        self.begin(Seek("turn", by))

    def action_found(self, by: int) -> None:
        """Go to the next hit: of the search in the text that is being read, else of the one in the run."""
        if self._reading and self._needle:
            self.detail.find(self._needle, by)
        elif self.finder.quest is None:
            self.remark = "nothing was searched for yet: / does"
            self._renew_bar()
        else:
            self.begin(Seek("hit", by))

    @property
    def _reading(self) -> bool:
        """Whether the keys are about the text of a row and not about the list."""
        return self.detail.has_focus or self.has_class("zoomed")

    def action_make_good(self) -> None:
        """Show what would make every effect of this run good. Nothing happens by it."""
        from interlock_console.screens.making import MakingDialog

        app_of(self).push_screen(MakingDialog(self.station, {"run": self.run}))

    # Folding.

    def action_fold(self, folded: bool) -> None:
        """Fold or unfold the turn or the sub-agent the cursor is in."""
        if not self.trace.fold(folded=folded):
            self.remark = f"nothing to {'fold' if folded else 'unfold'} here"
            self._renew_bar()

    def action_fold_all(self, folded: bool) -> None:
        """Fold or unfold everything."""
        self._hand = self.trace.by_hand  # a fold moves the cursor, and no hand does
        count = self.trace.fold_all(folded=folded)
        self.remark = f"{count:,} turns and sub-agents {'folded' if folded else 'unfolded'}"
        self._renew_bar()

    # Search.

    def action_search(self) -> None:
        """Ask for a text."""
        ask = self.query_one(Ask)
        ask.typed = ""
        ask.label = "find in this text" if self._reading else "search the run"
        self.add_class("asking")
        # Both at once, not with the next frame: the next key must be a letter already, never an order.
        ask.display = True
        self.set_focus(ask)
        self.call_after_refresh(ask.renew)

    def on_ask_answered(self, event: Ask.Answered) -> None:
        """Search for what was typed, or leave the search as it was."""
        event.stop()
        self.remove_class("asking")
        ask = self.query_one(Ask)
        ask.display = False
        within = ask.label == "find in this text"
        self.set_focus(self.detail if within else self.trace)
        if event.text is None:
            return
        if within:
            self._needle = event.text
            self.detail.find(event.text)
        else:
            self.search_for(event.text)

    # Reading.

    def open_row(self) -> None:
        """Enter on a row reads it on the whole screen."""
        self.action_zoom()

    def action_zoom(self) -> None:
        """Give the text the whole screen, or the list its place back."""
        self.remove_class("tree", "receipts")
        self.toggle_class("zoomed")
        self._focus_pane(text=self.has_class("zoomed"))

    def action_pane(self) -> None:
        """Go from the list to the text and back."""
        if not self.has_class("zoomed"):
            self._focus_pane(text=self.trace.has_focus)

    def _focus_pane(self, *, text: bool) -> None:
        self.set_class(text, "text")
        (self._text if text else self.trace).focus()

    @property
    def _text(self) -> Detail:
        return self.receipts if self.has_class("receipts") else self.detail

    def action_read(self, by: int) -> None:
        """Page through the text while the cursor stays in the list."""
        self._text.action_page(by)

    def action_receipts(self) -> None:
        """Show how far the orders got, or the text of the row again."""
        self.remove_class("tree")
        self.toggle_class("receipts")
        if self.has_class("receipts"):
            self.reader.ask_receipts()
            told = self.reader
            self.receipts.tell(told.receipts, told.problem, stale=self.stale, state=self.state)
        if not self.trace.has_focus:
            self._focus_pane(text=True)

    def action_rule(self) -> None:
        """Show the rule that decided the call under the cursor, in the text of its policy."""
        row = self.trace.row
        found = decided(row.items) if row is not None else None
        digest = (found[0] or (self.state.policy if self.state else "")) if found else ""
        if found is None or not digest:
            self.remark = "no policy decided this row: put the cursor on a tool call"
            self._renew_bar()
            return
        from interlock_console.screens.policy import PolicyView

        view = acting(PolicyView, self.station.read_only)(self.station)
        view.seek(digest, found[1])
        app_of(self).push_screen(view)

    async def action_close(self) -> None:
        """Close what was opened last: a search, the whole-screen text, the tree, the receipts, the screen."""
        if self.cancel():
            return
        if self.has_class("zoomed"):
            self.action_zoom()
        elif self.has_class("tree"):
            self.action_tree()
        elif self.has_class("receipts"):
            self.action_receipts()
        else:
            await self.run_action("app.up")

    # What is copied and saved.

    def about(self) -> str:
        """Return the run."""
        return self.run

    def copied_data(self) -> object:
        """Return the events of the row under the cursor, as the hub has them."""
        row = self.trace.row
        return row.items if row is not None and row.items else None

    def shown(self) -> Iterable[str]:
        """Return the text that is read on the whole screen; else the facts and every row that is loaded."""
        if self.has_class("zoomed"):
            yield from self.detail.told()
            return
        yield from self.facts.told()
        window = self.reader.window
        yield f"events {window.first:,} to {window.last:,} of {window.end:,} are loaded and shown here"
        yield from self.trace.told()

    def shown_data(self) -> object:
        """Return the run's state and its loaded events."""
        window, state = self.reader.window, self.state
        return {
            "run": state.to_json() if state else None,
            "first": window.first,
            "last": window.last,
            "end": window.end,
            "items": list(window.items.values()),
        }
