"""What line 1 says of the brake: when the hub's own canary last proved it, how fast, and what is wrong. Pure."""

from typing import Any, NamedTuple

from interlock.text import visible_line
from interlock_console.output import age

__all__ = ["OLD_AFTER", "Brake", "edge", "judged"]

Json = dict[str, Any]

OLD_AFTER = 2.5
"""Intervals without a good proof after which the last one is old."""


class Brake(NamedTuple):
    """``long`` for a wide line and ``short`` for 80 columns; ``bad`` is shown whatever the room."""

    long: str
    short: str
    tone: str
    bad: bool = False


def judged(brake: Json | None, now: float | None) -> Brake | None:
    """Return the words for ``hub.brake`` at ``now`` (Unix seconds by the hub's clock); None where it tells none."""
    if not brake:
        return None
    proven = brake.get("proven_at")
    since = None if proven is None or now is None else max(0.0, now - float(proven))
    if brake.get("ok") is False:
        last = "never proven" if proven is None else f"last proven {age(since or 0.0)} ago"
        return Brake(f"BRAKE FAILED, {last}", "BRAKE FAILED", "alarm", True)
    if since is None:
        return Brake("brake not proven yet", "brake -", "dim")
    if since > OLD_AFTER * float(brake.get("every_s") or 60):
        return Brake(f"BRAKE {age(since)} OLD", f"BRAKE {age(since)} OLD", "alarm", True)
    p50, p99, slow = (brake.get(name) for name in ("p50", "p99", "slow_ms"))
    if p50 is None or p99 is None:
        return Brake(f"brake proven {age(since)} ago", f"brake {age(since)}", "live")
    times = f"p50 {_ms(p50)} p99 {_ms(p99)} ms"
    if slow and float(p50) > float(slow):
        return Brake(
            f"BRAKE SLOW {times}, proven {age(since)} ago", f"BRAKE SLOW {_ms(p50)} ms", "alarm", True
        )
    tone = "held" if slow and float(p99) > float(slow) else "live"
    return Brake(f"brake proven {age(since)} ago {times}", f"brake {age(since)}", tone)


def edge(before: Json | None, now: Json | None) -> tuple[str, str] | None:
    """Return (text, tone) for the ticker where the brake just failed, or holds again."""
    was, is_ = (before or {}).get("ok"), (now or {}).get("ok")
    if is_ is False and was is not False:
        why = visible_line(str((now or {}).get("problem") or "the hub gives no reason"), 300)
        return f"THE BRAKE IS NOT PROVEN: {why}", "alarm"
    if is_ and was is False:
        return "the brake is proven again", "still"
    return None


def _ms(value: object) -> str:
    ms = float(str(value))
    return f"{ms:.1f}" if ms < 10 else f"{ms:.0f}"
