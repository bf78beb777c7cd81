"""Policies and dials asked of a plant, and calls asked under them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from interlock import canonical
from interlock.dials import DialScope
from interlock.hub.core.effects import Refusal
from interlock.hub.core.ruling import AskDial, AskPolicy, AskStage
from interlock.policy import load
from interlock.text import Untrusted
from interlock.wire import AskPermit, Granted, Refused
from tests.hub.core.plant import Plant, order_id, run_id

YAML = """
version: 1
tools:
  lookup: {class: read}
  refund: {class: write}
  send_email: {class: danger}
  wipe: {class: danger}
roles:
  support:
    default: deny
    tools:
      lookup: allow
      refund:
        args: {amount: "> 0, <= 200"}
        at_most: 3 per run
        only_after: [lookup]
      send_email: allow
      wipe: {never: "irreversible"}
"""


def text_of(yaml: str = YAML) -> str:
    """Return the normal form of a policy."""
    return load(yaml).to_json()


def digest_of(text: str) -> str:
    """Return the digest of a normal form."""
    return sha256(text.encode()).hexdigest()


def push(plant: Plant, order: int, text: str | None = None, *, share: float | None = None) -> int:
    """Push a policy; return the number of the request."""
    text = text if text is not None else text_of()
    ask = AskPolicy(order_id(order), text, "source: x", "0" * 64, "ada", "why", plant.now.wall, share)
    request = next(plant.numbers)
    plant.take(plant.core.hand(lambda: plant.core.pushes.push(request, ask), plant.now))
    return request


def stage(plant: Plant, verb: str, order: int, *, n: int = 0, digest: str = "") -> int:
    """Roll back, promote or withdraw; return the number of the request."""
    ask = AskStage(order_id(order), "ada", "why", plant.now.wall, n, digest)
    request = next(plant.numbers)
    plant.take(plant.core.hand(lambda: getattr(plant.core.pushes, verb)(request, ask), plant.now))
    return request


def turn(plant: Plant, order: int, level: Any, *, proof: int | None = None, **scope: Any) -> int:
    """Turn a dial, of the role ``support`` unless said; return the number of the request."""
    meant = DialScope.model_validate(scope or {"role": "support"})
    last = order_id(proof)[-4:] if proof is not None else ""
    ask = AskDial(order_id(order), meant, level, "ada", "why", plant.now.wall, "person", last)
    request = next(plant.numbers)
    plant.take(plant.core.hand(lambda: plant.core.dials.turn(request, ask), plant.now))
    return request


def code(plant: Plant, request: int) -> str:
    """Return the code of a request's refusal, or nothing where it was done."""
    refusal = plant.replies[request].refusal
    assert refusal is None or isinstance(refusal, Refusal)
    return refusal.code if refusal is not None else ""


def level(plant: Plant, **scope: Any) -> str:
    """Return where a dial stands, that of the role ``support`` unless said."""
    found = plant.core.rules.book.dials.get(DialScope.model_validate(scope or {"role": "support"}).key)
    return found.level if found is not None else "auto"


def holds(plant: Plant) -> tuple[int, int]:
    """Return the numbers of the version that holds and of the candidate, 0 for none."""
    book = plant.core.rules.book
    return book.active.n if book.active else 0, book.candidate.n if book.candidate else 0


def call(plant: Plant, number: int, *, run: int = 1, tool: str = "refund", **said: Any) -> str:
    """Ask for a permit; return ``granted``, or the code of the refusal with its rule."""
    args = said.pop("args", {"amount": 20})
    text = canonical.encode(tool, args)
    ask = AskPermit(
        req=f"ask-{run}-{number}",
        run=run_id(run),
        call=f"c-{run}-{number}",
        tool=Untrusted(tool),
        cls=said.pop("cls", "write"),
        digest=canonical.digest(tool, text),
        args=Untrusted(text),
        **said,
    )
    plant.frame(1, ask)
    answer = next(
        frame
        for frame in reversed(plant.sent[1])
        if isinstance(frame, Granted | Refused) and frame.req == ask.req
    )
    return "granted" if isinstance(answer, Granted) else f"{answer.code}: {answer.problem}"
