"""What the hub's own canary may order: its own runs, and nothing else."""

from collections.abc import Container

from interlock.hub.server.asker import asker
from interlock.hub.server.order_answers import OrderRequest
from interlock.hub.server.problem import Problem
from interlock.reserved import CANARY

__all__ = ["ordered_by"]


def ordered_by(operator: str, asked: OrderRequest, own: Container[str]) -> str:
    """Return whose order this is: the operator's, or the canary's. ``own`` are the runs of the hub's own agents.

    Raises Problem where the canary's token names any other run.
    """
    if asker.get().kind != "canary-operator":
        return operator
    if not asked.runs or any(run not in own for run in asked.runs):
        raise Problem(
            "role",
            "the canary gives orders to its own runs and nothing else",
            "use an operator's",
            status=403,
        )
    return CANARY
