"""Policies that tests of several modules read."""

from __future__ import annotations

from interlock.policy import Policy, load

__all__ = ["DESIGN", "policy"]

DESIGN = """\
version: 1
lists: {internal: ["@acme.com"]}
tools:
  lookup_order: {class: read,  timeout: 5s, retries: 3}
  refund:       {class: write, timeout: 10s, retries: 2, idempotency: order_id+amount, breaker: 5 of 20 / 30s,
                 compensate: {tool: cancel_refund, args: {refund_id: "result.refund_id"}}, probe: find_refund}
  send_email:   {class: danger, compensate: none}
roles:
  support-agent:
    autonomy: auto           # stopped < read-only < shadow < ask < auto: the dial
    default: deny
    tools:
      "delete_*":   {never: "irreversible"}
      lookup_order: allow
      refund:
        args: {order_id: "~ ^A-[0-9]+$", amount: "> 0, <= 200"}
        at_most: 3 per run
        only_after: [lookup_order]
        ask_when: {amount: "> 100"}
      send_email:
        args: {to: string, body: "len <= 5000"}
        ask_when: {to: "not ends with internal"}
"""
"""The policy of the design, letter by letter."""


def policy(rule: str, *, tools: str = "{pay: {class: write}, look: {class: read}}", role: str = "") -> Policy:
    """Return a policy with one role ``clerk`` whose rule for ``pay`` is this YAML, and ``look`` allowed."""
    more = "".join(f"    {line}\n" for line in role.splitlines())
    return load(
        f"version: 1\nlists: {{inside: ['@a.example', '@b.example'], bad: [evil, 13]}}\ntools: {tools}\n"
        f"roles:\n  clerk:\n{more}    tools:\n      look: allow\n      pay: {rule}\n"
    )
