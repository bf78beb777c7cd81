"""A contract as the mapping it is read from, in its one normal form. Pure."""

import json
from typing import Any

from interlock.contract.action import Action
from interlock.contract.contract import Contract
from interlock.contract.spans import spelled

__all__ = ["mapping"]

Json = dict[str, Any]


def mapping(contract: Contract) -> Json:
    """Return the plain JSON mapping that ``read`` makes this very contract of, with no key that says nothing."""
    found: Json = {}
    for key, value in _said(contract):
        if value is not None:
            found[key] = value
    return found


def _said(contract: Contract) -> list[tuple[str, Any]]:
    probe, compensate = contract.probe, contract.compensate
    keys, overlay, money = contract.idempotency, contract.reads_virtual, contract.money
    return [
        ("class", contract.cls),
        ("timeout", contract.timeout_s and spelled(contract.timeout_s)),
        ("retries", contract.retries),
        ("backoff", contract.backoff and contract.backoff.text()),
        ("idempotency", None if keys is None else "+".join(keys) or "key"),
        ("breaker", contract.breaker and contract.breaker.text()),
        ("endpoint", contract.endpoint),
        ("rate", contract.rate and contract.rate.text()),
        ("money", money and {"arg": money.arg, "at_most": money.text()}),
        ("result", contract.result and json.loads(contract.result)),
        ("compensate", _action(compensate) if isinstance(compensate, Action) else compensate),
        ("probe", probe and _action(probe)),
        ("virtual", contract.virtual and json.loads(contract.virtual)),
        (
            "reads_virtual",
            overlay and {"of": overlay.of, "where": dict(overlay.where), "set": json.loads(overlay.set)},
        ),
        ("wait", contract.wait_s and spelled(contract.wait_s)),
        ("targets", list(contract.targets) if contract.targets else None),
    ]


def _action(action: Action) -> Json | str:
    return action.tool if action.args is None else {"tool": action.tool, "args": json.loads(action.args)}
