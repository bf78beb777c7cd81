"""A policy for the gate's tests, and an agent that calls in a thread of its own while a test decides."""

import threading
from collections.abc import Callable
from typing import Any, Self

from interlock import Run
from interlock.policy import Policy, load

__all__ = ["POLICY", "Agent", "told"]

POLICY: Policy = load("""
version: 1
tools:
  look: {class: read}
  fetch: {class: read, targets: [url]}
  peek: {class: danger}
  refund: {class: write, virtual: {refund_id: "VIRTUAL", order_id: "args.order_id"}}
  order: {class: read, reads_virtual: {of: refund, where: {order_id: order_id}, set: {state: refunded}}}
  wipe: {class: danger}
  slow: {class: write, wait: 0.2s}
roles:
  support-agent:
    default: deny
    tools:
      look: allow
      fetch: {ask_when: {url: not in goal}}
      order: allow
      peek: allow
      slow: ask
      wipe: {never: irreversible}
      refund:
        args: {order_id: string, amount: "> 0, <= 200"}
        ask_when: {amount: "> 100"}
""")


class Agent:
    """Calls something in a thread, inside the run; ``end`` is what came of it."""

    def __init__(self, run: Run, call: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._run, self._call = run, call
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> Self:
        """Begin to call."""
        self._thread.start()
        return self

    def _work(self) -> None:
        try:
            with self._run.attach():
                self.result = self._call()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    @property
    def ended(self) -> bool:
        """Whether something came of it."""
        return not self._thread.is_alive()

    def end(self) -> "Agent":
        """Wait for its end."""
        self._thread.join(40)
        assert not self._thread.is_alive(), "the call did not end"
        return self


def told(events: list[dict[str, Any]], *verdicts: str) -> list[dict[str, Any]]:
    """Return the decisions among a run's events, those with these verdicts."""
    return [one for one in events if one["kind"] == "gate.decided" and one["verdict"] in verdicts]
