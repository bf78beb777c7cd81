"""The mouse is off, so that it selects text as everywhere in a terminal; it can be had, and then never acts.

Textual 8.2.8 decides once, at the start; this tells its driver later. Textual is pinned to that release.
"""

from textual.app import App

__all__ = ["SHIFT", "is_on", "turn"]

SHIFT = "mouse on: hold shift to select text; a click chooses, two open, none gives an order"


def _driver(app: App[None]) -> object:
    found: object = getattr(app, "_driver", None)
    return found


def is_on(app: App[None]) -> bool:
    """Return whether the terminal was asked to report the mouse."""
    driver = _driver(app)
    return hasattr(driver, "_enable_mouse_support") and bool(getattr(driver, "_mouse", False))


def turn(app: App[None], on: bool) -> str:
    """Turn the mouse on or off and return what to say."""
    driver = _driver(app)
    turned = getattr(driver, f"_{'enable' if on else 'disable'}_mouse_support", None)
    if driver is None or turned is None:
        return "this terminal has no mouse to turn on or off"
    if on:
        driver.__dict__["_mouse"] = True
        turned()
        return SHIFT
    turned()
    driver.__dict__["_mouse"] = False
    return "the mouse is off: it selects text as everywhere in the terminal"
