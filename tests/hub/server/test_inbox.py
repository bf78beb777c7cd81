"""The inbox of gates' frames: in order, in slices, and never without end."""

import asyncio
from collections.abc import Callable
from functools import partial

from interlock.hub.server.inbox import MOST, SLICE, Inbox


def spinning() -> tuple[Inbox, Callable[[], None]]:
    """Return an inbox whose clock goes only when told, and a step that uses up a slice."""
    now = [100.0]

    def spin() -> None:
        now[0] += 1.2 * SLICE

    return Inbox(asyncio.get_running_loop(), lambda: now[0]), spin


def test_frames_are_taken_at_once_and_in_order_while_there_are_few() -> None:
    """Nothing waits for another turn of the loop."""

    async def main() -> list[int]:
        inbox, _ = spinning()
        taken = list[int]()
        for number in range(100):
            inbox.put(partial(taken.append, number))
        return list(taken)

    assert asyncio.run(main()) == list(range(100))


def test_others_have_their_turn_while_there_are_many() -> None:
    """A slice that is used up leaves the rest to later turns: what the loop was asked for meanwhile comes between."""

    async def main() -> tuple[list[int | str], list[int | str]]:
        inbox, spin = spinning()
        taken = list[int | str]()

        def slow(number: int) -> None:
            spin()
            taken.append(number)

        inbox.put(spin)
        for number in range(10):
            inbox.put(partial(slow, number))
        asyncio.get_running_loop().call_soon(lambda: taken.append("order"))
        before = list(taken)
        await inbox.emptied(60)
        return before, taken

    before, taken = asyncio.run(main())
    assert before == []
    assert taken.index("order") < 9
    assert [each for each in taken if each != "order"] == list(range(10))


def test_a_flood_waits_for_itself() -> None:
    """Past the limit each frame that comes in has one taken: what waits has an end, and so does memory."""

    async def main() -> tuple[int, int]:
        inbox, spin = spinning()
        taken = list[int]()
        inbox.put(spin)
        for _ in range(MOST + 500):
            inbox.put(lambda: taken.append(1))
        reached = len(taken)
        inbox.drain()
        return reached, len(taken)

    assert asyncio.run(main()) == (500, MOST + 500)


def test_a_flood_keeps_nobody_else() -> None:
    """What another connection says while ten thousand frames of one wait is taken next, each in its own order."""

    async def main() -> list[str]:
        inbox, spin = spinning()
        taken = list[str]()
        inbox.put(spin, 1)
        for _ in range(10_000):
            inbox.put(partial(taken.append, "flood"), 1)
        for number in range(3):
            inbox.put(partial(taken.append, f"other {number}"), 2)
        await inbox.emptied(60)
        return taken

    taken = asyncio.run(main())
    assert [each for each in taken[:6] if each != "flood"] == ["other 0", "other 1", "other 2"]
    assert len(taken) == 10_003


def test_one_connection_is_drained_by_itself() -> None:
    """What a gate that went away or came back said is taken at once; what others said goes on waiting."""

    async def main() -> list[str]:
        inbox, spin = spinning()
        taken = list[str]()
        inbox.put(spin, 1)
        for conn in (1, 2, 1):
            inbox.put(partial(taken.append, f"of {conn}"), conn)
        inbox.drain(2)
        before = list(taken)
        inbox.drain()
        return [*before, "then", *taken]

    assert asyncio.run(main()) == ["of 2", "then", "of 2", "of 1", "of 1"]
