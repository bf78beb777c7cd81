"""The policy: what holds and since when, a candidate's figures beside it, every version with its changes and its text.

``:policy`` opens it. What changes the policy is behind proof, and takes an admin; the rules are read only here: they
are a file, pushed with ``interlock policy push``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from textual.widget import Widget

from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console import allowed, policies
from interlock_console.client import Client
from interlock_console.combined import Row
from interlock_console.desk import Job
from interlock_console.keys import Key
from interlock_console.output import age
from interlock_console.screens import View, app_of
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, fit, said
from interlock_console.widgets.lines import Lines
from interlock_console.widgets.sheet import Sheet

__all__ = ["PolicyHead", "PolicyList", "PolicyTitle", "PolicyView"]

Json = dict[str, Any]

_EVERY = 2.0
_MOST = 100
_PARTS = ("sides", "rules", "dials")
"""What stands above the versions: the two sides of a stage, the rules that hold, the dials."""
_SAYS = {
    "sides": "both sides of the staged policy, beside each other",
    "rules": "every role and its rules, as they hold now",
    "dials": "what is held back, by whom",
}


class PolicyList(Lines[str, Json]):
    """``sides``, ``rules`` and ``dials`` first, then the versions by ``vN``, the newest first."""

    def ranked(self) -> Iterable[str]:
        """Put the newest first."""
        return sorted(self.rows, key=lambda key: (_place(key), -int(self.rows[key].get("n") or 0)))

    known = False
    """Whether the hub has told what holds."""

    def nothing(self, width: int) -> list[Pieces]:
        """Say that none was pushed, and how to; or that nobody has said yet."""
        none = "no policy was pushed: 'interlock policy push FILE' makes the first"
        unknown = "not known yet: the hub has not told which policy holds"
        return [[(said(f"  {none if self.known else unknown}", width), "held")]]

    def pieces(self, key: str, row: Json, width: int) -> Pieces:
        """Return one version in a line, or what a part is about."""
        if key in _PARTS:
            return [(f"{key:<8}", "key"), (fit(_SAYS[key], max(4, width - 8)), "text")]
        now = {"active": "ACTIVE", "candidate": "STAGED"}.get(str(row.get("stands")), "")
        left = f"v{visible_line(str(row['n']), 6):<6} {fit(now, 6)} {visible_line(str(row['digest']), 64)[:8]:<8} "
        ago = f"{age(float(row['wall']) - float(row['at']))} ago"
        why = f"by {said(str(row['by']), 24)}: {said(str(row['reason']))}"
        told = f"{ago:>9}  {_many(int(row['diff_total'])):>11}  {why}"
        tone = {"ACTIVE": "live", "STAGED": "held"}.get(now, "text")
        return [(left, tone), (fit(told, max(4, width - len(left))), "text")]


def _many(changes: int) -> str:
    return f"{changes} change{'s' * (changes != 1)}"


def _place(key: str) -> int:
    return _PARTS.index(key) if key in _PARTS else len(_PARTS)


class PolicyHead(Board):
    """What holds now, in three lines: the active version, the candidate, the dials."""

    ROW = "bar"

    def __init__(self, view: "PolicyView") -> None:
        super().__init__(id="policy-head")
        self._view = view

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return them; before the hub answered, and where it did not, that is said."""
        del height
        view = self._view
        if view.told is None:
            problem = view.problem or "asking the hub"
            stale = f" {view.stale}" if view.stale else ""
            return [[(stale, "alarm"), (said(f" {problem}", width), "fault" if view.problem else "dim")]]
        told, wall = view.told, view.station.wall()
        active, candidate = _of(told, "active"), _of(told, "candidate")
        dials: list[Json] = told.get("dials") or []
        none = "NO POLICY: calls are judged by their class alone"
        lines = [
            _said(
                "active", policies.who(active, wall) if active else none, "text" if active else "held", width
            )
        ]
        if candidate:
            share = f"{100 * float(candidate.get('share') or 0):g} % of runs"
            lines.append(_said("candidate", f"{share}: {policies.who(candidate, wall)}", "held", width))
        else:
            lines.append(
                _said("candidate", "none is staged: 'interlock policy stage FILE --share 0.1'", "dim", width)
            )
        held = "; ".join(row.text for row in policies.dials(dials, wall))
        return [
            *lines,
            _said("dials", f"{len(dials)}: {held}" if dials else held, "held" if dials else "dim", width),
        ]


def _of(told: Json, name: str) -> Json:
    found: Json = told.get(name) or {}
    return found


def _said(label: str, text: str, tone: str, width: int) -> list[Piece]:
    return [(f" {label:<10} ", "dim"), (said(text, max(4, width - 13)), tone)]


class PolicyTitle(Board):
    """One line between the list and what it is about."""

    ROW = "bar"

    def __init__(self, view: "PolicyView") -> None:
        super().__init__(id="policy-title")
        self._view = view

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Say what is below, how old it is, and what went wrong."""
        del height
        view = self._view
        key = view.list.cursor or ""
        of = _SAYS.get(key, f"version {key.removeprefix('v')}: its changes, then its text" if key else "")
        problem = f"  {view.problem}" if view.problem else ""
        stale = f"  {view.stale}" if view.stale else ""
        sought = f"  {view.remark}" if view.remark else ""
        return [
            [
                (f" {of}", "head"),
                (stale, "alarm"),
                (said(sought, width // 2), "key"),
                (said(problem), "fault"),
            ]
        ]


class PolicyView(View):
    """What holds above, versions in the middle, below what the cursor is on; ``tab`` goes between them."""

    NAME = "policy"
    KEYS = (
        Key("policy.open", "enter", "", "read", "go to what the cursor is on; tab goes back", foot=2),
        Key("policy.pane", "tab", "pane", "other pane", "go to the text, and back to the list", foot=3),
    )
    ACTS = (
        Key(
            "policy.promote",
            "P",
            "change('promote')",
            "promote",
            "let the candidate hold for all runs",
            foot=1,
            role="admin",
        ),
        Key(
            "policy.withdraw",
            "W",
            "change('withdraw')",
            "withdraw",
            "let the candidate hold for no run",
            foot=1,
            role="admin",
        ),
        Key(
            "policy.rollback",
            "B",
            "change('rollback')",
            "roll back",
            "let this version hold for all again",
            foot=1,
            role="admin",
        ),
        Key("policy.dial", "D", "dial", "dial", "turn a dial of the fleet", foot=4),
    )

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.head = PolicyHead(self)
        self.list = PolicyList(id="policy")
        self.title_line = PolicyTitle(self)
        self.sheet = Sheet(id="policy-text")
        self.told: Json | None = None
        self.problem = self.remark = ""
        self._sides: Json | None = None
        self._texts: dict[int, Json] = {}
        self._found: Json | None = None
        self._asking: set[str] = set()
        self._asked_at = float("-inf")
        self._sought: tuple[str, str] | None = None

    def body(self) -> Iterable[Widget]:
        """Return what holds, the list, and the text."""
        return [self.head, self.list, self.title_line, self.sheet]

    def seek(self, digest: str, rule: str) -> None:
        """Show the place of a rule in the version of this digest, once the hub told it."""
        self._sought = (digest, rule)

    # Asking.

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Ask what holds now and then, and for the texts of the version under the cursor."""
        del changed, whole
        now = self.station.clock()
        if now - self._asked_at >= _EVERY and "policy" not in self._asking:
            self._asked_at = now
            self._ask("policy", _everything, self._took)
        if self._found is not None:
            found, self._found = self._found, None
            self._take(found)
        self._find()
        self.sheet.tell(self.rows())
        self.head.renew()
        self.title_line.renew()

    def _ask(self, what: str, job: Job, take: Callable[[Json], None]) -> None:
        if what in self._asking:
            return
        self._asking.add(what)

        def done(answer: Json | None, problem: str) -> None:
            if answer is not None:
                take(answer)
            self.problem = problem
            self._asking.discard(what)

        self.station.desk.ask(job, done)

    def _took(self, answer: Json) -> None:
        self._found = answer

    def _take(self, found: Json) -> None:
        self.told, self._sides = found["policy"], found["sides"]
        self.list.known = True
        first = not self.list.order
        told, wall = self.told or {}, self.station.wall()
        standing = {name: _of(told, name).get("n") for name in ("active", "candidate")}
        for n in standing.values():
            if n is not None:
                self._texts_of(int(n))
        parts = {"sides": bool(told.get("candidate")), "rules": bool(told.get("active")), "dials": True}
        for part, there in parts.items():
            if there and found["versions"]:
                self.list.put(part, {})
            else:
                self.list.drop(part)
        for version in found["versions"]:
            stands = next((name for name, n in standing.items() if n == version["n"]), "")
            self.list.put(f"v{version['n']}", {**version, "stands": stands, "wall": wall})
        if first:
            self.list.reorder()

    # What is below.

    @property
    def version(self) -> Json | None:
        """The version under the cursor, None on another row."""
        row = self.list.rows.get(self.list.cursor or "")
        return row or None

    def rows(self) -> Sequence[Row]:
        """Return what the cursor is on, line by line."""
        key, wall = self.list.cursor or "", self.station.wall()
        told = self.told or {}
        if key == "sides":
            return (
                policies.sides(self._sides, wall)
                if self._sides
                else [Row("", "nothing was counted yet", "dim")]
            )
        if key == "dials":
            return policies.dials(told.get("dials") or [], wall)
        version = self.version if key != "rules" else told.get("active")
        if version is None:
            return [Row("", "", "dim")]
        texts = self._texts_of(int(version["n"]))
        if texts is None:
            return [Row("", "asking the hub for its text", "dim")]
        if key == "rules":
            return policies.roles(texts)
        return [
            Row("pushed", policies.who(version, wall), "head"),
            *self._changes(version, texts),
            *policies.text(texts),
        ]

    def _changes(self, version: Json, texts: Json) -> Sequence[Row]:
        """Return what the active version changed when it was pushed, or what another one would change if it held."""
        active = _of(self.told or {}, "active").get("n")
        if active is None or active == version["n"]:
            return policies.changes(version)
        held = self._texts_of(int(active))
        if held is None:
            return [Row("changed", "asking the hub for what is in force", "dim")]
        return policies.would_change(version, texts, held, active)

    def _texts_of(self, n: int) -> Json | None:
        if n not in self._texts and not self.problem:

            def keep(answer: Json) -> None:
                self._texts[n] = answer

            self._ask(f"version {n}", lambda client: client.get(f"/v1/policy/versions/{n}"), keep)
        return self._texts.get(n)

    def _find(self) -> None:
        """Go to the place of the rule that is sought, once its version and its text are here."""
        if self._sought is None or not self.list.order:
            return
        digest, rule = self._sought
        key = next((key for key, row in self.list.rows.items() if row.get("digest") == digest), "")
        if not key:
            self.remark, self._sought = "the policy that decided it is not among the newest versions", None
            return
        self.list.go(key)
        texts = self._texts_of(int(self.list.rows[key]["n"]))
        if texts is None:
            return
        self._sought = None
        line = policies.place(texts.get("source") or "", rule)
        shown = visible_line(rule, 60)
        self.remark = (
            f"line {line}: {shown}" if line else f"{shown} stands nowhere in it: it was not the policy's own"
        )
        self.sheet.tell(rows := self.rows())
        first = next((at for at, row in enumerate(rows) if row.label == "yaml"), 0)
        self.sheet.go(first + line - 1 if line else 0)
        self.sheet.focus()

    # Keys.

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """From the list go to the text."""
        event.stop()
        self.sheet.focus()

    def action_pane(self) -> None:
        """Go to the other pane."""
        (self.sheet if self.list.has_focus else self.list).focus()

    def action_change(self, verb: str) -> None:
        """Ask whether to change the policy; what cannot be, or is not this operator's, is said instead."""
        told = self.told or {}
        hub = self.station.head().hub
        version = self.version if verb == "rollback" else told.get("candidate")
        lacks = allowed.missing(hub, "admin", f"to {verb.replace('rollback', 'roll back')} the policy")
        if lacks:
            self.note(lacks, "held")
        elif version is None:
            none = "no policy is staged: 'interlock policy stage FILE --share 0.1' does that"
            self.note("put the cursor on the version to go back to" if verb == "rollback" else none, "held")
        elif verb == "rollback" and version.get("stands") == "active":
            self.note("this version is the active one already", "held")
        else:
            from interlock_console.screens.policy_change import PolicyDialog

            app_of(self).push_screen(PolicyDialog(self.station, verb, version, self._counted(version)))

    def _counted(self, version: Json) -> str:
        """Return how much of what is in force a version would change, in words."""
        active = _of(self.told or {}, "active").get("n")
        texts, held = self._texts.get(int(version["n"])), self._texts.get(int(active or 0))
        found = policies.against(texts, held) if texts and held else None
        if found is None:
            return "what it changes is not known here: the cursor on it, behind this, asks for the texts"
        many = f"{len(found)} change{'s' * (len(found) != 1)}"
        return f"{many} against version {visible_line(str(active), 12)}, in force now; listed behind this"


def _everything(client: Client) -> Json:
    """Return what holds, the newest versions, and the two sides where one is staged."""
    policy = client.get("/v1/policy")
    versions = client.get("/v1/policy/versions", limit=_MOST)["versions"]
    return {
        "policy": policy,
        "versions": versions,
        "sides": _counted(client) if policy["candidate"] else None,
    }


def _counted(client: Client) -> Json | None:
    from interlock.errors import NotFound

    try:
        return client.get("/v1/policy/sides")
    except NotFound:
        # Nothing was counted yet, or the stage ended between the two questions.
        return None
