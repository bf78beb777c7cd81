"""What a test may leave at a hub that others use after it, whatever became of the test, and how each is taken back."""

from typing import Any

from tests.support.hubs import HubProcess

__all__ = ["lift_all", "mark_all", "raise_all", "reject_all", "stop_all"]

_WHY = "a test is over"
_GONE = 409
"""What was to be taken back has ended meanwhile."""


def lift_all(hub: HubProcess) -> None:
    """Let no order stand any more."""
    for order in hub.get("/v1/orders?standing=true")["orders"]:
        _ask(hub, f"/v1/orders/{order['order']}/lift", proof=order["order"][-4:])


def raise_all(hub: HubProcess) -> None:
    """Turn every dial back up."""
    for dial in hub.get("/v1/status")["dials"]:
        _ask(hub, "/v1/dial", scope=dial["scope"], level="auto", proof=dial["order"][-4:])


def reject_all(hub: HubProcess) -> None:
    """Reject whatever waits for a person now."""
    for found in hub.get("/v1/escalations?state=waiting")["escalations"]:
        _ask(hub, f"/v1/escalations/{found['id']}/reject", digest=found["digest"])


def stop_all(hub: HubProcess) -> None:
    """Let no plan that makes effects good go any further."""
    for plan in hub.get("/v1/compensations?limit=100")["plans"]:
        if plan["state"] in ("running", "waiting"):
            _ask(hub, f"/v1/compensations/{plan['plan']}/stop")


def mark_all(hub: HubProcess) -> None:
    """Let no outcome be unknown any more."""
    for found in hub.get("/v1/unknowns")["unknowns"]:
        _ask(hub, f"/v1/unknowns/{found['permit']}/mark", outcome="failed")


def _ask(hub: HubProcess, path: str, **body: Any) -> None:
    status, answer = hub.ask("POST", path, {"reason": _WHY, **body})
    if status not in (200, _GONE):
        raise RuntimeError(f"POST {path}: {status} {answer}")
