"""The sinks of policy, breakers and access on the stage of ``sink_drive``: what holds, versions, tools, operators."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget

from interlock_console.screens.breakers import BreakerList
from interlock_console.screens.operators import OperatorsHead, OperatorsView
from interlock_console.screens.policy import PolicyHead, PolicyList, PolicyTitle, PolicyView
from tests.console.feed import Feed
from tests.console.hostile import hostile_access, hostile_policy

__all__ = ["STAGED"]

Staged = tuple[Widget, Callable[[str], None]]

_CUT = 400


def _view() -> PolicyView:
    return PolicyView(Feed().station())


def _head() -> Staged:
    view = _view()
    made = PolicyHead(view)

    def fill(text: str) -> None:
        text = text[:_CUT]
        told = hostile_policy(text)
        view.problem = text
        view.told = {**told, "dials": hostile_access(text)["dial"]["dials"]} if len(text) % 2 else None
        made.renew()

    return made, fill


def _list() -> Staged:
    made = PolicyList()

    def fill(text: str) -> None:
        made.put("v1", {**hostile_policy(text[:_CUT])["active"], "stands": "active", "wall": 1.0})
        made.reorder()

    return made, fill


def _title() -> Staged:
    view = _view()
    made = PolicyTitle(view)

    def fill(text: str) -> None:
        view.problem = view.remark = text[:_CUT]
        made.renew()

    return made, fill


def _breakers() -> Staged:
    made = BreakerList()

    def fill(text: str) -> None:
        text = text[:_CUT]
        row = {"tool": text, "endpoint": text, "gate": text, "state": text, "since": 1.0, "now": 1}
        made.put(("a", "b", "c"), row)
        made.reorder()

    return made, fill


def _operators() -> Staged:
    feed = Feed()
    feed.snapshot()
    view = OperatorsView(feed.station())
    made = OperatorsHead(view)

    def fill(text: str) -> None:
        feed.pulse(operator=text[:_CUT], role=text[:_CUT])
        view.problem = text[:_CUT]
        made.renew()

    return made, fill


STAGED: dict[str, Callable[[], Staged]] = {
    "screens.policy.PolicyHead": _head,
    "screens.policy.PolicyList": _list,
    "screens.policy.PolicyTitle": _title,
    "screens.breakers.BreakerList": _breakers,
    "screens.operators.OperatorsHead": _operators,
}
