"""A request that is answered with an error."""

from typing import Any

__all__ = ["Problem"]

_STATUS = {
    "not_found": 404,
    "ambiguous": 409,
    "late": 404,
    "conflict": 409,
    "malformed": 400,
    "limit": 413,
    "erased": 410,
}


class Problem(Exception):
    """A request that is answered with an error: ``status``, stable ``code``, and two sentences."""

    def __init__(
        self,
        code: str,
        problem: str,
        fix: str,
        *,
        status: int | None = None,
        problems: list[dict[str, Any]] | None = None,
    ) -> None:
        """``problems`` has the place of each thing that is wrong in a file, where the body was one."""
        super().__init__(problem)
        self.problems = problems
        self.code, self.problem, self.fix = code, problem, fix
        self.status = status or _STATUS.get(code, 409)
