"""``:lift o-ab12``: lift a standing order, by the beginning of its id; it asks for the end of it as proof."""

from typing import Any

from textual.app import App

from interlock.text import visible_line
from interlock_console.colon import Colon
from interlock_console.screens import View


def _standing(view: View, words: list[str]) -> list[str]:
    hub: dict[str, Any] = view.station.head().hub or {}
    return [str(order["order"]) for order in hub.get("standing") or ()] if not words else []


def _lift(app: App[None], view: View, words: list[str]) -> str | None:
    orders = _standing(view, [])
    if not orders:
        return "no order stands, as far as the feed tells"
    found = [order for order in orders if words and order.startswith(words[0])]
    if not words and len(orders) == 1:
        found = orders
    if len(words) > 1 or len(found) != 1:
        about = visible_line(words[0], 20) if words else "nothing"
        return f"{about} names {len(found)} of {len(orders)} standing orders; :orders lists them"
    from interlock_console.screens.lift import LiftDialog

    app.push_screen(LiftDialog(view.station, found[0]))
    return None


COMMAND = Colon(("lift",), "lift a standing order; asks for proof", "lift ORDER", _lift, True, _standing)
