"""A scripted model: no network, the same answers for the same seed, and texts as real support agents write them."""

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

__all__ = ["ASKED", "SERVED", "Mind", "Turn"]

ASKED = "support-2026-10"
SERVED = "support-2026-10-03"
"""Asked and served differ a little, as they do with hosted models."""

_PER_TOKEN_IN, _PER_TOKEN_OUT = 3e-6, 15e-6
"""US dollars."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of the model. ``seconds`` is how long it took to write."""

    text: str
    reasoning: str
    tokens_in: int
    tokens_out: int
    cost: float
    seconds: float


Script = dict[str, list[dict[str, str]]]


@cache
def _script() -> Script:
    found = resources.files("interlock.gameday").joinpath("script.toml").read_text(encoding="utf-8")
    return cast("Script", tomllib.loads(found))


class Mind:
    """The model of one agent. ``pace`` stretches its thinking time: 1 as in life, 0 at once."""

    def __init__(self, agent: str, seed: str, pace: float = 1.0) -> None:
        self._random = random.Random(f"{agent}/{seed}")
        self._pace = pace
        self._context = 700

    def think(self, situation: str, **facts: object) -> Turn:
        """Return what the model says in a situation (a key of the script), filled in with ``facts``."""
        line = self._random.choice(_script()[situation])
        text, reasoning = line["text"].format_map(facts), line["reasoning"].format_map(facts)
        out = (len(text) + len(reasoning)) // 4 + self._random.randrange(40)
        self._context += out + self._random.randrange(300, 900)
        cost = self._context * _PER_TOKEN_IN + out * _PER_TOKEN_OUT
        return Turn(text, reasoning, self._context, out, round(cost, 6), self.pause(0.6, 1.6))

    def forget(self) -> None:
        """Begin a new conversation."""
        self._context = 700

    def choose(self, among: tuple[str, ...]) -> str:
        """Return one of these."""
        return self._random.choice(among)

    def pause(self, least: float, most: float) -> float:
        """Return a number of seconds between the two, at this mind's pace."""
        return self._random.uniform(least, most) * self._pace
