"""``:dial role:NAME shadow``: open the dial of an agent, a role, a tool or the fleet. The line turns nothing."""

from textual.app import App

from interlock.levels import LEVELS
from interlock.text import Untrusted, visible_line
from interlock_console.aim import Aim, parse
from interlock_console.colon import Colon
from interlock_console.colon._acting import aims, resolved
from interlock_console.screens import View

_TOOLS = 40


def _dial(app: App[None], view: View, words: list[str]) -> str | None:
    from interlock_console.screens.dial import DialDialog, choices

    if not words:
        if view.moved():
            return "the list moved as you typed; nothing was turned; enter again"
        app.push_screen(DialDialog(view.station, *choices(view)))
        return None
    if len(words) > 2 or (len(words) == 2 and words[1] not in LEVELS):
        said = visible_line(" ".join(words[1:]), 40)
        return f"{said} is no level: {', '.join(LEVELS)}; a name with blanks stands in quotes; nothing was turned"
    aim, problem = _whom(view, words[0])
    if aim is None:
        return problem
    whom, _ = choices(view)
    app.push_screen(DialDialog(view.station, whom, aim, words[1] if len(words) > 1 else ""))
    return None


def _whom(view: View, word: str) -> tuple[Aim | None, str]:
    kind, colon, name = word.partition(":")
    if colon and kind == "tool" and name:
        tools = {tool.raw for state in view.station.runs.values() for tool in state.tools}
        alike = {tool for tool in tools if visible_line(tool) == visible_line(name)}
        if len(alike) > 1:
            return None, f"{len(alike)} tools look like {visible_line(name, 40)}; nothing was turned"
        return Aim("tool", Untrusted(alike.pop() if alike else name)), ""
    typed = parse(word)
    if typed is None or typed.kind == "runs":
        said = visible_line(word, 40)
        return (
            None,
            f"a dial is of agent:NAME, role:NAME, tool:NAME or fleet, not of {said}; nothing was turned",
        )
    return resolved(view, [word])


def _words(view: View, words: list[str]) -> list[str]:
    if words:
        return list(LEVELS) if len(words) == 1 else []
    tools = sorted({f"tool:{tool.raw}" for state in view.station.runs.values() for tool in state.tools})
    return [word for word in (*aims(view, []), *tools[:_TOOLS]) if not word.startswith("r-")]


COMMAND = Colon(("dial",), "how far agents may go by themselves", "dial [WHOM] [LEVEL]", _dial, True, _words)
