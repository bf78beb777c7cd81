"""A request that is answered with an error."""

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

    def __init__(self, code: str, problem: str, fix: str, *, status: int | None = None) -> None:
        super().__init__(problem)
        self.code, self.problem, self.fix = code, problem, fix
        self.status = status or _STATUS.get(code, 409)
