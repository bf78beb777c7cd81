"""One model call, gated and recorded: ``with run.model(name, messages) as m: m.finished(text, ...)``."""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from interlock.gate.gated import Gated, Json
from interlock.gate.interrupt import Interrupt
from interlock.gate.passage import admit
from interlock.gate.reading import ascreened, screened
from interlock.gate.texts import plain, told_error
from interlock.gate.waits import adrive, drive

if TYPE_CHECKING:
    from interlock.gate.run import Run

__all__ = ["ModelCall"]

_FACTS = ("served", "tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "finish")


class ModelCall(Gated):
    """A model call. Entering it passes guardrails and gate; leaving it without :meth:`finished` ends it without a text.

    With ``async with``, a kill cancels what is awaited inside and becomes KillSignal.
    """

    def __init__(
        self,
        run: "Run",
        name: str | None,
        messages: Any,
        *,
        call_id: str | None = None,
        recorded: int | None = None,
    ) -> None:
        super().__init__(run, name or "model", "model", call_id)
        self._event: Json = {"kind": "model.started", "call": self.id}
        if name:
            self._event["asked"] = name[:512]
        if messages is not None:
            self._event["messages"] = plain(messages)
        self._messages = messages
        self._recorded = recorded
        self._over = False
        self._interrupt: Interrupt | None = None

    def starting(self, permit: str | None) -> Json:
        """Return the event that says it started."""
        del permit  # a model call needs none
        return self._event

    def emit(self, event: Json, recorded: int | None = None) -> None:
        """Report an event of this call."""
        super().emit(event, self._recorded if event is self._event else recorded)

    def finished(  # noqa: PLR0913 - one keyword for each thing a provider says of a call
        self,
        text: str | None = None,
        *,
        served: str | None = None,
        tokens_in: int | None = None,
        tokens_out: int | None = None,
        tokens_cached: int | None = None,
        tokens_reasoning: int | None = None,
        cost: float | None = None,
        finish: str | None = None,
        error: str | BaseException | None = None,
        recorded: int | None = None,
    ) -> None:
        """Report the end: what came back, which model served it, tokens as counted by it, US dollars."""
        if self._over:
            return
        self._over = True
        facts = (served, tokens_in, tokens_out, tokens_cached, tokens_reasoning, finish)
        event: Json = {"kind": "model.finished", "call": self.id, "ms": self.ms()}
        event |= {key: fact for key, fact in zip(_FACTS, facts, strict=True) if fact is not None}
        if cost is not None:
            event["cost"] = float(cost)
        if text is not None:
            event["text"] = text
        if error is not None:
            event["error"] = told_error(error)
        self.emit(event, recorded)
        self.land()

    def __enter__(self) -> Self:
        screened(self, self._messages)
        drive(admit(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finished(error=error)

    async def __aenter__(self) -> Self:
        await ascreened(self, self._messages)
        await adrive(admit(self))
        self._interrupt = Interrupt(self, asyncio.current_task())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        interrupt = self._interrupt
        killed = interrupt.over(error) if interrupt else None
        self.finished(error=killed or error)
        if killed is not None:
            raise killed from None
