"""Both sides of a staged rollout: what each policy decided, counted in the transaction that stores the decisions."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from interlock.hub.core.effects import Fact
from interlock.hub.sqlite import Reader, Writer

__all__ = ["RULES_MAX", "SHOWN", "SIDES", "Counted", "Decided", "Sides", "counted", "decided"]

Json = dict[str, Any]

SIDES = "sides"
"""The kind of a fact that is in no record: which two policies are counted from now on, or none any more."""
RULES_MAX = 1000
"""Rules of one policy that are counted by name; what gates make up beyond is counted under one."""
SHOWN = 100
_RULE = 200
_OTHER = "(other rules)"
_VERDICTS = ("allow", "ask", "deny", "shadow")

_ADD = 'INSERT INTO side VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "count" = "count" + excluded."count"'
_ADD_RUN = "INSERT OR IGNORE INTO side_run VALUES (?, ?)"
_BEGIN = "INSERT INTO side_stage VALUES (?, ?, ?, ?)"


class Decided(NamedTuple):
    """One decision of a gate: of which policy, by which rule, what, and about a call of which run (its row)."""

    digest: str
    rule: str
    verdict: str
    run: int


def decided(event: Json, run: int) -> Iterable[Decided]:
    """Yield the decision that an event is, if it says by which policy. A call that was approved is counted as asked."""
    if event["kind"] == "gate.decided" and event.get("policy") and not event.get("escalation"):
        verdict = event["verdict"]
        if verdict in _VERDICTS:
            yield Decided(event["policy"], event.get("rule", "")[:_RULE], verdict, run)


class Sides:
    """Counts. Only the writing thread uses it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._stage: tuple[Any, ...] = ()
        self._rules: dict[str, set[str]] = {}
        self.again()

    def again(self) -> None:
        """Read what is on disk: at the start, and after a transaction that did not happen."""
        rows = list(self._writer.rows('SELECT "order", since, active, candidate FROM side_stage'))
        self._stage = rows[0] if rows else ()
        self._rules = {digest: set() for digest in self._stage[2:]}
        for digest, rule in self._writer.rows("SELECT DISTINCT digest, rule FROM side"):
            self._rules.setdefault(digest, set()).add(rule)

    def begin(self, facts: Iterable[Fact]) -> None:
        """Count for the newest of these stages from now on, from zero unless it is the one that is counted already."""
        for fact in facts:
            if fact.kind == SIDES:
                body = fact.body
                stage = (fact.order, body["since"], body["active"], body["candidate"]) if fact.order else ()
                if (stage[:1], stage[2:]) != (self._stage[:1], self._stage[2:]):
                    self._anew(stage)

    def _anew(self, stage: tuple[Any, ...]) -> None:
        for table in ("side", "side_run", "side_stage"):
            self._writer.many(f"DELETE FROM {table}", [()])  # noqa: S608
        if stage:
            self._writer.many(_BEGIN, [stage])
        self._stage, self._rules = stage, {digest: set() for digest in stage[2:]}

    def add(self, found: Sequence[Decided]) -> None:
        """Count decisions, within a transaction."""
        if not self._stage:
            return
        counts: dict[tuple[str, str, str], int] = {}
        for each in found:
            rules = self._rules.get(each.digest)
            if rules is not None:
                rule = each.rule if each.rule in rules or len(rules) < RULES_MAX else _OTHER
                rules.add(rule)
                key = each.digest, rule, each.verdict
                counts[key] = counts.get(key, 0) + 1
        if counts:
            self._writer.many(_ADD, ((*key, count) for key, count in counts.items()))
            self._writer.many(
                _ADD_RUN, {(each.digest, each.run) for each in found if each.digest in self._rules}
            )


class Counted(NamedTuple):
    """What is counted: since when (Unix seconds), and by policy the runs and the rules with verdict and count."""

    since: float
    runs: dict[str, int]
    rules: dict[str, list[tuple[str, str, int]]]

    def side(self, digest: str) -> Json:
        """Return one side, the rules that decided most first."""
        rules = sorted(self.rules.get(digest, ()), key=lambda row: (-row[2], row))
        sums = {verdict: sum(row[2] for row in rules if row[1] == verdict) for verdict in _VERDICTS}
        shown = [{"rule": rule, "verdict": verdict, "count": count} for rule, verdict, count in rules[:SHOWN]]
        calls = sum(sums.values())
        return {"digest": digest, "runs": self.runs.get(digest, 0), "calls": calls, **sums, "rules": shown}


def counted(reader: Reader, order: str) -> Counted | None:
    """Return the figures of the stage that this order began; None where it is not counted (yet). From any thread."""
    since = reader.rows('SELECT since FROM side_stage WHERE "order" = ?', (order,))
    if not since:
        return None
    rules: dict[str, list[tuple[str, str, int]]] = {}
    for digest, rule, verdict, count in reader.rows('SELECT digest, rule, verdict, "count" FROM side'):
        rules.setdefault(digest, []).append((rule, verdict, count))
    runs = dict(reader.rows("SELECT digest, count(*) FROM side_run GROUP BY digest"))
    return Counted(since[0][0], runs, rules)
