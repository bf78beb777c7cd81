"""Where a value stands in what somebody wrote, and where its problems go. Pure."""

from typing import NamedTuple

from interlock.errors import ContractProblem

__all__ = ["At", "Place"]

Place = tuple[str | int, ...]
"""Keys and positions, from the outermost mapping to the value."""


class At(NamedTuple):
    """One place, and the problems found so far: a reader goes on after each, so that all come at once."""

    place: Place
    problems: list[ContractProblem]

    def below(self, step: str | int) -> "At":
        """Return the place one step further in."""
        return At((*self.place, step), self.problems)

    def wrong(self, problem: str, fix: str) -> None:
        """Note what is wrong here, and what to write instead."""
        self.problems.append(ContractProblem(self.place, problem, fix))
