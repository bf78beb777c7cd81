"""The scenarios of guarded work: what each shows, who plays it, and how they are started under the sandbox's policy."""

import json
from collections.abc import Iterable
from importlib import resources
from typing import NamedTuple

from interlock.gameday.agent.expenses import AGENT, OWNER, OWNER_TOKEN, ROLE
from interlock.gameday.asking import ask
from interlock.gameday.stage import Hub, Stage
from interlock.gameday.till import Till

__all__ = ["SCENARIOS", "Scenario", "listed", "play", "push", "source"]


class Scenario(NamedTuple):
    """One of them: its name on the command line, the kind of agent that plays it, and what there is to see and do."""

    name: str
    kind: str
    says: str


SCENARIOS = (
    Scenario(
        "bound",
        "claims",
        "a refund over the bound is denied, one near it waits for you: interlock escalations",
    ),
    Scenario(
        "letter",
        "postbox",
        "a letter speaks to the model: the run is tainted, and its next write waits for you",
    ),
    Scenario(
        "outside",
        "suppliers",
        "a mail inside goes, one to an address that the goal never named waits for you",
    ),
    Scenario(
        "payment", "payouts", "a payment goes through and says so too late: interlock unknowns probe PERMIT"
    ),
    Scenario(
        "flapping",
        "parcels",
        "a carrier comes and goes: reads are repeated, a breaker opens, probes and closes",
    ),
    Scenario(
        "shadow",
        "trainee",
        "a new role in shadow reads what it would have changed; the ledger has none of it",
    ),
    Scenario(
        "friend", "expenses", "an agent's request that another agent, and its owner, try to approve: refused"
    ),
)

_APART = frozenset(("expenses",))
"""Kinds with a process, and a token, of their own."""


def listed(*, as_json: bool) -> str:
    """Return what there is to see and do: a line each, or ``{"scenarios": [{"name", "says"}]}``."""
    if as_json:
        return json.dumps({"scenarios": [{"name": each.name, "says": each.says} for each in SCENARIOS]})
    return "\n".join(f"{each.name:<9} {each.says}" for each in SCENARIOS)


def source() -> str:
    """Return the sandbox's policy as it is pushed."""
    return resources.files("interlock.gameday").joinpath("policy.yaml").read_text(encoding="utf-8")


def push(hub: Hub) -> None:
    """Make it the hub's policy. Raises StageError."""
    ask(hub, "POST", "/v1/policy", {"source": source(), "reason": "the sandbox opens: its policy"})


def play(stage: Stage, hub: Hub, till: Till, names: Iterable[str], pace: float = 1.0) -> None:
    """Start who plays these scenarios, at this pace, and the back office whose tools make effects good."""
    wanted = frozenset(names)
    words = ["--pace", str(pace * stage.pace), *["--at-once"] * (len(wanted) < len(SCENARIOS))]
    kinds = [scenario.kind for scenario in SCENARIOS if scenario.name in wanted]
    stage.agents("office", ("office",), hub, till)
    together = [kind for kind in kinds if kind not in _APART]
    if together:
        stage.agents("scenes", together, hub, till, words)
    if "expenses" in kinds:
        stage.agents("expenses", ("expenses",), hub, till, words, _owned(hub))


def _owned(hub: Hub) -> dict[str, str]:
    """Make an approver, a token of theirs, and an agent's token that they own."""
    ask(
        hub,
        "POST",
        "/v1/operators",
        {"name": OWNER, "role": "approver", "reason": "approves refunds of others"},
    )
    hers = ask(hub, "POST", f"/v1/operators/{OWNER}/tokens", {"expires_s": None})["secret"]
    bound = {"agent": f"{AGENT}*", "role": ROLE, "owner": OWNER, "expires_s": None}
    agents = ask(hub, "POST", "/v1/agent-tokens", bound)["secret"]
    return {"INTERLOCK_AGENT_TOKEN": agents, OWNER_TOKEN: hers}
