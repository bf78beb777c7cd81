"""From one context to another: this process becomes a console of that one, drawn the way this one was."""

from argparse import Namespace

from interlock_console.commands._execute import become

__all__ = ["become_console", "words"]


def words(context: str, args: Namespace) -> list[str]:
    """Return the words of a console on another context: how it is drawn stays, whom it talks to does not."""
    kept = [
        f"--{name.replace('_', '-')}"
        for name in ("ascii", "read_only", "mouse", "no_hub")
        if getattr(args, name, False)
    ]
    if keymap := getattr(args, "keymap", ""):
        kept.append(f"--keymap={keymap}")
    if who := getattr(args, "who", ""):
        kept.append(f"--as={who}")
    return [f"--context={context}", *kept]


def become_console(context: str, args: Namespace) -> int:
    """Replace this process; only called once the terminal is restored and every thread has ended."""
    return become("interlock_console", words(context, args), needs="textual", extra="console")
