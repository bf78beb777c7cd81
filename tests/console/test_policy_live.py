"""The policy view, rights and broken glass at a real hub: what is shown holds, changes take proof and a role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from interlock_console.screens.break_glass import BreakGlassDialog
from interlock_console.screens.policy import PolicyView
from interlock_console.screens.policy_change import PolicyDialog
from tests.console.live import Live, console
from tests.console.looks import WIDE, settle
from tests.support.hubs import HubProcess, running_hub

FIRST = """version: 1
tools:
  refund: {class: write}
roles:
  clerk:
    default: deny
    tools:
      refund:
        args: {amount: "<= 200"}
        at_most: 3 per run
"""
SECOND = FIRST.replace("200", "150")


class Viewer(NamedTuple):
    """A hub, and the token of somebody who may only look."""

    url: str
    operator_token: str


@pytest.fixture(name="hub")
def _hub() -> Iterator[HubProcess]:
    """Each test its own: what the versions are called is counted by the hub."""
    with running_hub() as hub:
        yield hub


def _post(hub: HubProcess, path: str, **body: Any) -> Any:
    status, answer = hub.ask("POST", path, body)
    assert status == 200, answer
    return answer


def _pushed(hub: HubProcess) -> dict[str, Any]:
    """Let the first version hold and the second be staged; return what holds."""
    _post(hub, "/v1/policy", source=FIRST, reason="the first", stage=None)
    _post(hub, "/v1/policy", source=SECOND, reason="tighter refunds", stage=0.5)
    found: dict[str, Any] = hub.get("/v1/policy")
    return found


async def _on_policy(live: Live, *words: str) -> PolicyView:
    await live.pilot.press(":", *"policy", "enter")
    await live.until(*words)
    view = live.pilot.app.screen
    assert isinstance(view, PolicyView)
    return view


async def test_what_holds_is_shown_and_a_candidate_is_promoted_with_proof(hub: HubProcess) -> None:
    """Both versions, sides, rules, changes, the YAML, the place of a rule; P waits for the digest's end."""
    staged = _pushed(hub)["candidate"]
    async with console(hub, WIDE) as live:
        press = live.pilot.press
        view = await _on_policy(
            live, "the first", "50 % of runs: version 2", "STAGED", "ACTIVE", "candidate v2"
        )
        await press("j")
        await live.until("tools.refund.args.amount: <= 200")
        await press("j", "j")
        await live.until(
            "roles.clerk.tools.refund.args.amount", '- "<= 200"', '+ "<= 150"', "10          at_most: 3"
        )
        view.seek(hub.get("/v1/policy")["active"]["digest"], "roles.clerk.tools.refund.at_most")
        await live.until("line 10: roles.clerk.tools.refund.at_most")
        assert view.sheet.row is not None
        assert view.sheet.row.text.endswith("at_most: 3 per run")
        await press("P")
        await live.until("PROMOTE version 2", "last four of its digest")
        dialog = live.pilot.app.screen
        assert isinstance(dialog, PolicyDialog)
        for keys in (("y", "enter"), (*staged["digest"][-4:], "enter")):
            live.clock.go(0.5)
            await press(*keys)
        await settle(live.pilot)
        assert (dialog.waiting, hub.get("/v1/policy")["active"]["n"]) == (False, 1)
        await press("y")
        await live.until("version 2 of the policy is active for all runs")
        assert hub.get("/v1/policy")["active"]["n"] == 2
        live.clock.go(3)
        await press("q")
        await live.until("none is staged", "version 2")
        await press("tab", "G")
        await live.until("against version 2, which is in force now", '- "<= 150"', '+ "<= 200"')
        await press("B")
        await live.until("ROLLBACK version 1", "against version 2, in force now")
        live.clock.go(1)
        await press("q")


async def test_a_viewer_sees_it_all_and_is_told_who_may_change_it(hub: HubProcess) -> None:
    """No acting key; 403 is told as a missing role; the glass takes a reason, and one key to end it."""
    _pushed(hub)
    _post(hub, "/v1/operators", name="vic", role="viewer", reason="on call")
    secret = _post(hub, "/v1/operators/vic/tokens", expires_s=None)["secret"]
    own = Viewer(hub.url, secret)
    async with console(own, WIDE) as live:
        press = live.pilot.press
        await live.until("as vic (viewer)", "VIEWER")
        view = await _on_policy(live, "the first", "ACTIVE")
        assert not view.check_action("change", ("promote",))
        view.action_change("promote")
        await live.until("takes the role admin, vic is viewer", ":break-glass admin")
        await press(":", *"break-glass", "space", *"approver", "enter")
        await live.until("BREAK-GLASS", "for 15 minutes", "does nothing before there is a reason")
        live.clock.go(0.5)
        await press(*"glass", "y")
        await live.until("it needs a reason")
        await press("i", *"nobody", "space", *"answers", "enter")
        await settle(live.pilot)
        live.clock.go(0.5)
        await press("enter")
        assert hub.get("/v1/break-glass")["break_glass"] == []
        await press("y")
        await live.until("vic acts as approver for", "BREAK-GLASS vic as approver")
        live.clock.go(0.5)
        await press("q", ":", *"operators", "enter")
        await live.until("now approver by break-glass", "OPEN for", "nobody answers")
        await press("B")
        await live.until("end it now")
        assert isinstance(live.pilot.app.screen, BreakGlassDialog)
        live.clock.go(0.5)
        await press("e")
        await live.until("has ended; it waits for review")
        live.clock.go(0.5)
        await press("q")
        await live.until("as vic (viewer)")
        await press(":", *"who", "enter")
        await live.until("you are vic (viewer)", "consoles of vic (viewer)")
