"""What a long night is made of: an operator who does anything at any time, and a hub that dies under them."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psutil

from interlock.gameday.scenes import source
from tests.support.hubs import HubProcess

__all__ = ["Death", "Operator"]

Json = dict[str, Any]

ROLES = ("support-agent", "refund-agent", "claims-agent", "expenses-agent", "letter-desk", "supplier-desk")
LEVELS = ("stopped", "read-only", "shadow", "ask")


class Operator:
    """Somebody who acts at random. What the hub answered is counted; a hub that is away is no reason to stop."""

    def __init__(self, hub: HubProcess, seed: int) -> None:
        self._hub, self._rng = hub, random.Random(seed)
        self.said: Counter[str] = Counter()
        """How often each kind of action got each status; ``away`` where nobody answered."""
        self._acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self._decide, 40), (self._stop, 8), (self._resume, 8), (self._dial, 4), (self._raise, 6),
            (self._policy, 2), (self._lift, 3), (self._good, 2), (self._probe, 2),
        )  # fmt: skip

    def act(self) -> None:
        """Do one thing."""
        acts, weights = zip(*self._acts, strict=True)
        self._rng.choices(acts, weights)[0]()

    def asks(self, what: str, method: str, path: str, body: Json | None = None) -> Json:
        """Ask for something, and return what was answered; nothing where it was refused or nobody was there."""
        try:
            status, answer = self._hub.ask(method, path, body)
        except (OSError, http.client.HTTPException, ValueError):
            self.said[f"{what} away"] += 1
            return {}
        code = f" {answer['error']['code']}" if status != 200 else ""
        self.said[f"{what} {status}{code}"] += 1
        return answer if status == 200 else {}

    def _decide(self) -> None:
        waits = self.asks("list", "GET", "/v1/escalations?state=waiting").get("escalations", [])
        for found in waits:
            path, body = f"/v1/escalations/{found['id']}", {"digest": found["digest"], "reason": "at random"}
            way = self._rng.random()
            if way < 0.2:
                self.asks("reject", "POST", f"{path}/reject", body)
            elif way < 0.35:
                edited = found["args"].replace("150.0", "120.0").replace("8.0", "7.0")
                self.asks("edit", "POST", f"{path}/approve", body | {"args": edited})
            elif way < 0.9:
                self.asks("approve", "POST", f"{path}/approve", body)

    def _runs(self, state: str, *, held: bool = False) -> list[str]:
        found = self.asks("list", "GET", f"/v1/runs?limit=60&state={state}").get("runs", [])
        return [each["run"] for each in found if bool(each["hold"]) == held and not each["stop"]]

    def _stop(self) -> None:
        verb = self._rng.choice(("kill", "kill", "pause", "pause", "cancel"))
        body: Json = {"verb": verb, "reason": "at random", "cause": "person"}
        if self._rng.random() < 0.15:
            body["scope"] = {"role": self._rng.choice(ROLES)}
        elif not (runs := self._runs("running")):
            return
        else:
            body |= {"runs": self._rng.sample(runs, min(len(runs), self._rng.randint(1, 4))), "partial": True}
        self.asks(verb, "POST", "/v1/orders", body)

    def _resume(self) -> None:
        if runs := self._runs("running", held=True):
            body = {"verb": "resume", "runs": runs[:4], "partial": True, "reason": "at random"}
            self.asks("resume", "POST", "/v1/orders", body)

    def _lift(self) -> None:
        held = self.asks("list", "GET", "/v1/orders?standing=true").get("orders", [])
        for order in held[:1]:
            body = {"proof": order["order"][-4:], "reason": "at random"}
            self.asks("lift", "POST", f"/v1/orders/{order['order']}/lift", body)

    def _dial(self) -> None:
        scope = {"role": self._rng.choice(ROLES)} if self._rng.random() < 0.8 else {"fleet": True}
        body = {"scope": scope, "level": self._rng.choice(LEVELS), "reason": "at random", "proof": ""}
        self.asks("lower", "POST", "/v1/dial", body)

    def _raise(self) -> None:
        for dial in self.asks("list", "GET", "/v1/dial").get("dials", [])[:1]:
            body = {
                "scope": dial["scope"],
                "level": "auto",
                "reason": "at random",
                "proof": dial["order"][-4:],
            }
            self.asks("raise", "POST", "/v1/dial", body)

    def _policy(self) -> None:
        most = self._rng.randint(90, 130)
        text = source().replace('ask_when: {amount: "> 100"}', f'ask_when: {{amount: "> {most}"}}')
        stage = self._rng.choice((None, 0.5))
        self.asks("push", "POST", "/v1/policy", {"source": text, "reason": "at random", "stage": stage})
        held = self.asks("list", "GET", "/v1/policy").get("candidate")
        if held and self._rng.random() < 0.7:
            way = self._rng.choice(("promote", "withdraw"))
            self.asks(way, "POST", f"/v1/policy/{way}", {"digest": held["digest"], "reason": "at random"})

    def _good(self) -> None:
        for run in self._runs("finished")[:3]:
            plan = self.asks("plan", "POST", "/v1/compensations/plan", {"run": run})
            if plan.get("ready"):
                given = {name: plan[name] for name in ("digest", "proof")}
                permits = [step["permit"] for step in plan["steps"]]
                self.asks(
                    "make good", "POST", "/v1/compensations", given | {"permits": permits, "reason": "x"}
                )
                return

    def _probe(self) -> None:
        for row in self.asks("list", "GET", "/v1/unknowns").get("unknowns", [])[:2]:
            self.asks("probe", "POST", f"/v1/unknowns/{row['permit']}/probe?timeout=2")


class Death(threading.Thread):
    """Kills the hub at random and starts it again, and looks at its memory meanwhile, until :meth:`end`."""

    def __init__(self, hub: HubProcess, every: float, seed: int) -> None:
        super().__init__(name="death", daemon=True)
        self._hub, self._every, self._rng = hub, every, random.Random(seed)
        self._over = threading.Event()
        self.deaths, self.most = 0, 0
        """How often the hub was killed, and its most resident bytes."""
        self.start()

    def run(self) -> None:
        """Look, wait and kill."""
        at = time.monotonic() + self._rng.uniform(0.5, 1.5) * self._every
        while not self._over.wait(0.5):
            self.most = max(self.most, psutil.Process(self._hub.pid).memory_info().rss)
            if time.monotonic() >= at:
                self._hub.kill()
                self._hub.start()
                self.deaths += 1
                at = time.monotonic() + self._rng.uniform(0.5, 1.5) * self._every

    def end(self) -> None:
        """Let the hub live, and wait until it does."""
        self._over.set()
        self.join(60)
        assert not self.is_alive()
        assert self._hub.running
