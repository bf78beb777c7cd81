"""The hub against its own API document, by schemathesis: no answer breaks the contract, whatever is asked."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from interlock.hub.server.routes import ROUTES
from tests.hub.server.raw import raw_gate
from tests.hub.server.test_api import World
from tests.support.hubs import HubProcess, running_hub

if TYPE_CHECKING:
    from schemathesis.config import SchemathesisConfig

# It warns that the longest of its requests are expensive to print.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

BORDERS: dict[str, Any] = {"enabled": True}
"""Each border of each parameter from both sides, each wrong type, each method: two thousand requests and more."""
INSIDE: dict[str, Any] = {"enabled": True, "generation": {"mode": "positive"}, "unexpected-methods": []}
"""The borders from inside: each must be accepted."""
REFUSED = [400, 401, 403, 404, 405, 408, 409, 411, 413, 415]
"""How the hub says no to what the document does not allow: also by its limits on sizes."""


def settings(hub: HubProcess, seed: int, examples: int, borders: dict[str, Any]) -> "SchemathesisConfig":
    """Return what is tried: the borders of every parameter, then good and bad data at random, always the same."""
    # Every worker of the suite imports this module, and one of them runs it.
    from schemathesis.config import SchemathesisConfig

    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": hub.url,
            "headers": {"Authorization": f"Bearer {hub.operator_token}"},
            "generation": {
                "max-examples": examples,
                "mode": "all",
                "deterministic": True,
                "database": "none",
                "with-security-parameters": False,
            },
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
            # No schema can say which stages an order's verb reaches; and nothing is waited for.
            "operations": [
                {
                    "include-name": "GET /v1/orders/{order}",
                    "parameters": {"query.timeout": 0},
                    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 400, 404]}},
                },
                # No schema can say which texts are policies.
                {
                    "include-name": "POST /v1/policy",
                    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 400, 409]}},
                },
            ],
            "continue-on-failure": True,
            "workers": 1,
            "request-timeout": 30,
            "phases": {
                "examples": {"enabled": False},
                "coverage": borders,
                "fuzzing": {"enabled": True},
                "stateful": {"enabled": False},
            },
        }
    )


def tried(document: Any, config: "SchemathesisConfig") -> tuple[list[str], Counter[str]]:
    """Ask everything; return what was wrong, and how many requests each route got."""
    import schemathesis
    from schemathesis.engine import events, from_schema

    wrong: list[str] = []
    asked: Counter[str] = Counter()
    for event in from_schema(schemathesis.openapi.from_dict(document, config=config)).execute():
        if isinstance(event, events.ScenarioFinished):
            asked[str(event.label)] += len(event.recorder.interactions)
            for checks in event.recorder.checks.values():
                wrong += [f"{event.label}: {c.name}: {c.failure_info}" for c in checks if c.failure_info]
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(repr(event))
    return wrong, asked


def fuzz(seed: int, examples: int, least: int, borders: dict[str, Any]) -> None:
    """Fuzz a hub that has something to ask for, and look that it still lives and has all its record."""
    with running_hub() as hub, raw_gate(hub) as gate:
        World(gate, hub)
        wrong, asked = tried(hub.get("/openapi.json"), settings(hub, seed, examples, borders))
        assert wrong == []
        assert set(asked) == {f"{route.method} {route.path}" for route in ROUTES}
        assert asked.total() >= least
        assert hub.running
        assert hub.get("/v1/audit/verify")["ok"]
        assert "failed" not in (hub.data / "hub.log").read_text(encoding="utf-8")


def test_no_answer_breaks_the_document() -> None:
    """Every route, with data that the document allows and data that it does not: no failure, no error, no death."""
    fuzz(seed=1, examples=2, least=300, borders=INSIDE)


@pytest.mark.rig
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2, 7))
def test_no_answer_breaks_the_document_however_long_it_is_asked(seed: int) -> None:
    """The same with all borders and 500 random requests a route and direction, five times."""
    fuzz(seed=seed, examples=500, least=5000, borders=BORDERS)


def test_an_answer_that_breaks_the_document_is_found() -> None:
    """A document that promises something else than the hub does is caught: this test can fail."""
    with running_hub() as hub, raw_gate(hub) as gate:
        World(gate, hub)
        document = hub.get("/openapi.json")
        schema = document["components"]["schemas"]["StatusAnswer"]
        schema["properties"]["runs"] = {"type": "string"}
        document["paths"] = {"/v1/status": document["paths"]["/v1/status"]}
        wrong, _ = tried(document, settings(hub, 1, 1, INSIDE))
    assert any("response_schema_conformance" in problem for problem in wrong)
