"""What every agent of the company does alike: it talks, it thinks with the model, and it paces itself."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from interlock.gameday.agent.desk import Desk
from interlock.gameday.mind import ASKED, SERVED, Mind
from interlock.gameday.till import Till
from interlock.gate import Gate, Run

__all__ = ["Shift"]

Json = dict[str, Any]


@dataclass
class Shift:
    """One agent at work: its gate, its tools, its model, and the conversation it is in."""

    name: str
    seed: str
    pace: float
    gate: Gate
    till: Till
    rounds: int
    """How many times it does its work; 0 for as long as the process lives."""
    share: tuple[int, int] = (0, 1)
    """Which of how many shares of the tickets is this agent's, the first is 0."""
    done: int = 0
    """How many times it has done its work."""
    mind: Mind = field(init=False)
    desk: Desk = field(init=False)
    messages: list[Json] = field(default_factory=list[Json])

    def __post_init__(self) -> None:
        self.mind = Mind(self.name, self.seed, self.pace)
        self.desk = Desk(self.gate, self.till)

    def run(self, agent: str, role: str, goal: str, success: str) -> Run:
        """Return a run with a fresh conversation, to be entered."""
        self.messages = [{"role": "system", "content": f"You are {agent}. Goal: {goal}"}]
        self.mind.forget()
        return self.gate.run(
            agent=agent, role=role, goal=goal, model=ASKED, success=success, labels={"site": "sandbox"}
        )

    def hears(self, run: Run, text: str, who: str) -> None:
        """Let somebody say something to the agent."""
        self.messages.append({"role": "user", "content": text})
        run.message(text, "user", author=who)

    def thinks(self, run: Run, situation: str, **facts: object) -> None:
        """Ask the model what to do now; it takes its time, says it, and says why."""
        with run.model(ASKED, list(self.messages)) as call:
            turn = self.mind.think(situation, **facts)
            time.sleep(turn.seconds)
            call.finished(
                turn.text,
                served=SERVED,
                tokens_in=turn.tokens_in,
                tokens_out=turn.tokens_out,
                cost=turn.cost,
                finish="tool_calls",
            )
        run.reasoning(turn.reasoning)
        self.messages.append({"role": "assistant", "content": turn.text})

    def learns(self, result: object) -> None:
        """Put what a tool gave back into the conversation."""
        self.messages.append({"role": "tool", "content": json.dumps(result)})

    def rests(self, least: float, most: float) -> None:
        """Do nothing for a while, in seconds."""
        time.sleep(self.mind.pause(least, most))
