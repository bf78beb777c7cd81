"""A stock-taker: reads orders one after another and changes nothing."""

from interlock.gameday.agent.shift import Shift

__all__ = ["work"]

_LOOKS = 6


def work(shift: Shift) -> None:
    """Compare a few orders with the shelf, and say that they agree."""
    first, of = shift.share
    begin = (shift.done * of + first) * _LOOKS
    with shift.run("stock", "stock-reader", "Compare the morning's orders with the shelf", "no gaps") as run:
        for n in range(begin, begin + _LOOKS):
            run.check_cancelled()
            row = shift.desk.lookup_order(f"A-{1001 + n % 16}")
            shift.learns(row)
            shift.thinks(run, "stock", **row)
            shift.rests(1.0, 4.0)
        run.finish("done", "the shelf and the book agree")
    shift.rests(2.0, 8.0)
