"""The inbox of gates' frames: in order, in slices, and never without end."""

import asyncio
from functools import partial

from interlock.hub.server.inbox import MOST, Inbox


def test_frames_are_taken_at_once_and_in_order_while_there_are_few() -> None:
    """Nothing waits for another turn of the loop."""

    async def main() -> list[int]:
        inbox, taken = Inbox(asyncio.get_running_loop()), list[int]()
        for number in range(100):
            inbox.put(partial(taken.append, number))
        return list(taken)

    assert asyncio.run(main()) == list(range(100))


def test_others_have_their_turn_while_there_are_many() -> None:
    """A slice that is used up leaves the rest to later turns: what the loop was asked for meanwhile comes between."""

    async def main() -> tuple[list[int | str], list[int | str]]:
        loop = asyncio.get_running_loop()
        inbox, taken = Inbox(loop), list[int | str]()
        inbox.put(lambda: _spin(loop))
        for number in range(10):
            inbox.put(partial(_slow, loop, taken, number))
        loop.call_soon(lambda: taken.append("order"))
        before = list(taken)
        await inbox.emptied(60)
        return before, taken

    before, taken = asyncio.run(main())
    assert before == []
    assert taken.index("order") < 9
    assert [each for each in taken if each != "order"] == list(range(10))


def _slow(loop: asyncio.AbstractEventLoop, taken: list[int | str], number: int) -> None:
    _spin(loop)
    taken.append(number)


def _spin(loop: asyncio.AbstractEventLoop) -> None:
    """Use up a slice."""
    until = loop.time() + 0.06
    while loop.time() < until:
        continue


def test_a_flood_waits_for_itself() -> None:
    """Past the limit each frame that comes in has one taken: what waits has an end, and so does memory."""

    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        inbox, taken = Inbox(loop), list[int]()
        inbox.put(lambda: _spin(loop))
        for _ in range(MOST + 500):
            inbox.put(lambda: taken.append(1))
        reached = len(taken)
        inbox.drain()
        return reached, len(taken)

    assert asyncio.run(main()) == (500, MOST + 500)


def test_a_flood_keeps_nobody_else() -> None:
    """What another connection says while ten thousand frames of one wait is taken next, each in its own order."""

    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        inbox, taken = Inbox(loop), list[str]()
        inbox.put(lambda: _spin(loop), 1)
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
        loop = asyncio.get_running_loop()
        inbox, taken = Inbox(loop), list[str]()
        inbox.put(lambda: _spin(loop), 1)
        for conn in (1, 2, 1):
            inbox.put(partial(taken.append, f"of {conn}"), conn)
        inbox.drain(2)
        before = list(taken)
        inbox.drain()
        return [*before, "then", *taken]

    assert asyncio.run(main()) == ["of 2", "then", "of 2", "of 1", "of 1"]
