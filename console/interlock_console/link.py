"""The feed of the hub, kept open in a thread of its own and folded there, whatever the screen is doing."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from interlock.errors import InterlockError
from interlock_console.client import Client, Hub
from interlock_console.state import Fleet

if TYPE_CHECKING:
    from interlock_console.witness import Witness

__all__ = ["Link"]

_OPEN = 5.0
_PAUSES = (0.1, 0.25, 0.5, 1.0, 2.0)
"""Seconds between attempts, one after another; the last one stays."""


class Link(threading.Thread):
    """Connects, folds every frame into ``fleet``, and reconnects from where it broke off until :meth:`stop`."""

    def __init__(
        self, hub: Hub, fleet: Fleet, clock: Callable[[], float] = time.monotonic, who: str = ""
    ) -> None:
        """``who`` is the person at this console, as that person says; others see it beside the operator."""
        super().__init__(name="interlock feed", daemon=True)
        self._said = {"who": who[:64] or None, "read_only": hub.context.read_only}
        self._hub, self._fleet, self._clock = hub, fleet, clock
        self._witness: Witness | None = None
        """What this console saw of the hub's record, before this start too."""
        self._ending = threading.Event()

    def stop(self, within: float = 2.0) -> None:
        """End the thread; wait for it at most ``within`` seconds."""
        self._ending.set()
        if self.is_alive():
            self.join(within)

    def run(self) -> None:
        """Keep the link up. Everything that goes wrong is said in the fleet's head, never raised."""
        tries = 0
        while not self._ending.is_set():
            try:
                if self._once():
                    tries = 0
            except Exception as error:  # noqa: BLE001 - the thread is the only one that can tell the screen
                self._fleet.unlinked(self._sentence(error))
            if self._ending.wait(_PAUSES[min(tries, len(_PAUSES) - 1)]):
                return
            tries += 1

    def _once(self) -> bool:
        """Follow one connection to its end. Return whether it brought anything."""
        # Here and not above: it takes longer to import than the first frame may wait.
        from websockets.sync.client import connect

        from interlock_console.witness import Witness

        address = "ws" + self._hub.url.removeprefix("http") + "/v1/console"
        headers = {"Authorization": f"Bearer {self._hub.token}"}
        heard = False
        self._witness = self._witness or Witness(self._hub.url)
        self._look_back(self._witness)
        with connect(
            address,
            additional_headers=headers,
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=_OPEN,
            close_timeout=0.2,
        ) as socket:
            watch = {"kind": "watch", "v": 1, "since": self._fleet.pos, **self._said}
            socket.send(orjson.dumps(watch).decode())
            self._fleet.linked()
            while not self._ending.is_set():
                try:
                    raw = socket.recv(timeout=0.25)
                except TimeoutError:
                    continue
                heard = True
                frame = orjson.loads(raw)
                self._judge(frame.get("hub"))
                if not self._fleet.feed(frame, self._clock()):
                    # Not counted as a good connection: if it happens again and again, the attempts grow rare.
                    self._fleet.unlinked("events were missing in the feed; asking for a snapshot")
                    return False
        return heard

    def _look_back(self, witness: "Witness") -> None:
        """Ask the hub for the entry that was its newest when this console saw it last."""
        if witness.seen is None or not witness.seen.n:
            return
        client = Client(self._hub, timeout=_OPEN)
        try:
            witness.recall(str(client.get(f"/v1/audit/{witness.seen.n}")["entry"]["hash"]))
        except (InterlockError, KeyError, TypeError):
            # No such entry, or no answer: the head that the feed brings says the one, the link the other.
            return
        finally:
            client.close()

    def _judge(self, hub: dict[str, Any] | None) -> None:
        """Put beside what the hub says of itself what this console knows of it from before."""
        if hub is not None and self._witness is not None:
            hub["rolled_back"] = self._witness.saw(hub.get("head")) or str(hub.get("witness") or "")

    def _sentence(self, error: Exception) -> str:
        from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

        if isinstance(error, InvalidStatus):
            status = error.response.status_code
            if status in (401, 403):
                return f"the hub refuses the token from {self._hub.source} (status {status})"
            return f"the hub answered with status {status}"
        if isinstance(error, ConnectionClosed):
            return "the hub closed the link"
        if isinstance(error, TimeoutError):
            return f"no answer in {_OPEN:.0f} s"
        if isinstance(error, ConnectionRefusedError):
            return "nobody listens there"
        if isinstance(error, (OSError, InvalidHandshake)):
            return f"{type(error).__name__}: {error}"
        return f"the feed could not be read ({type(error).__name__}: {error})"
