"""The table of sinks: every place where text that somebody else wrote is shown, and the way it takes there.

This is data for a test and for a reader. ``tests/console/test_sinks.py`` walks the widgets, screens and commands of
the console and fails when one of them has no row here; it drives every row with the payloads of ``tests/hostile`` and
judges what comes out, before the second net and behind it.
"""

from typing import Literal, NamedTuple

__all__ = ["SINKS", "Sink"]


class Sink(NamedTuple):
    """``place`` below ``interlock_console``; ``shows`` is empty where no text of others gets to.

    The file of a view may hold its own rows in ``SINKS``, ``place`` being the name of the class alone.
    """

    place: str
    shows: str = ""
    through: str = ""
    lines: Literal["one", "many", ""] = ""


_INK = "widgets.ink.Ink.paint, visible_line"
_PAPER = "trace.paper.wrapped, visible; then " + _INK
_RECEIPT = "receipts.lines, visible_line; then " + _INK
_GIST = "trace.wording.gist, visible_line; then " + _INK

SINKS = (
    # Widgets and the boxes around them.
    Sink("widgets.ink.Ink", "nothing by itself: the base every widget below paints with", _INK, "one"),
    Sink("widgets.board.Board", "nothing by itself: lines that do not scroll", _INK, "one"),
    Sink("widgets.lines.Lines", "nothing by itself: rows; its copies are made of the same pieces", _INK, "one"),
    Sink("widgets.header.Header", "the hub's address, scopes of orders and dials, the context, its store", _INK, "one"),
    Sink("widgets.footer.Footer"),
    Sink("widgets.ticker.Ticker", "reasons, operators, tools, problems", _INK, "one"),
    Sink("widgets.ask.Ask", "what was typed or pasted", _INK, "one"),
    Sink("widgets.ask.Typing"),
    Sink("widgets.menu.Menu"),
    Sink("widgets.fleet_bar.FleetBar", "the filter", _INK, "one"),
    Sink("widgets.fleet_table.FleetTable", "agents, roles, models, tools, sayings, hands, groups", _INK, "one"),
    Sink("widgets.preview.Preview", "the run under the cursor", _INK, "one"),
    Sink("widgets.facts.Facts", "goal, success, agent, models, tools, labels", _INK, "one"),
    Sink("widgets.run_bar.RunBar", "problems the hub names", _INK, "one"),
    Sink("widgets.trace.Columns"),
    Sink("widgets.trace.TraceList", "a summary of every event of a run", _GIST, "one"),
    Sink("widgets.tree.TreeList", "agents, roles, and what is wrong with each run", _INK, "one"),
    Sink("widgets.detail.Detail", "every text of an event, whole", _PAPER, "many"),
    Sink("widgets.receipt.Receipts", "operators, reasons, hosts, tools, notes", _RECEIPT, "many"),
    Sink("widgets.sheet.Sheet", "targets, combined receipts", "combined.rows, visible_line; then " + _INK, "one"),
    Sink("widgets.record_bar.RecordBar", "the filter, problems, what a record that went back says", _INK, "one"),
    Sink("widgets.record_list.RecordList", "who, what, why, tools of every entry", _INK, "one"),
    Sink("screens.View"),
    Sink("screens.Dialog"),
    Sink("screens.fleet.FleetView"),
    Sink("screens.fleet.Heads"),
    Sink("screens.run_data.RunData"),
    Sink("screens.run_seek.RunSeek"),
    Sink("screens.run_panes.RunPanes"),
    Sink("screens.run.RunView"),
    Sink("screens.command.CommandLine"),
    Sink("screens.command.Line", "what was typed or pasted, names that complete it", _INK, "one"),
    Sink("screens.palette.Palette"),
    Sink("screens.help.HelpScreen"),
    Sink("screens.help.Page"),
    Sink("screens.leave.LeaveDialog"),
    Sink("screens.leave.Question"),
    Sink("screens.kill.KillDialog"),
    Sink("screens.kill.Face", "agent, role, goal, tools in flight, problems", _INK, "one"),
    Sink("screens.panel.Panel"),
    Sink("screens.panel.PanelFace", "agents, roles, operators, problems", _INK, "one"),
    Sink("screens.ordering.Ordering"),
    Sink("screens.scope.ScopeMenu"),
    Sink("screens.scope.ScopeQuestion", "an agent, a role", _INK, "one"),
    Sink("screens.scope.ScopeDialog"),
    Sink("screens.marked.MarkedDialog"),
    Sink("screens.waves.WavesDialog"),
    Sink("screens.hands.NoteLine"),
    Sink("screens.hands.TakeDialog"),
    Sink("screens.hands.TakeFace", "who has a run in hand, the newest note on it", _INK, "one"),
    Sink("widgets.inbox.InboxList", "agents, tools, arguments, who decided and why", _INK, "one"),
    Sink("widgets.inbox.InboxHeads"),
    Sink("widgets.inbox.InboxBar", "agents that reach a limit, problems the hub names", _INK, "one"),
    Sink("widgets.card.CardPage", "every text of a call that waits", "inbox.page, visible_line; then " + _INK, "one"),
    Sink("widgets.card.CardBoard", "tools, agents, operators, reasons, results, problems", _INK, "one"),
    Sink("screens.approvals.ApprovalsView"),
    Sink("screens.approvals_card.CardDialog"),
    Sink("screens.approvals_reject.RejectLine"),
    Sink("screens.lift.LiftDialog"),
    Sink("screens.box.Box"),
    Sink("screens.box.BoxFace", "agents, roles, tools, operators, reasons, digests, problems", _INK, "one"),
    Sink("screens.reason.ReasonLine"),
    Sink("screens.typed_line.TypedLine"),
    Sink("screens.dial.DialDialog"),
    Sink("screens.policy_change.PolicyDialog"),
    Sink("screens.policy.PolicyView"),
    Sink("screens.policy.PolicyHead", "operators, reasons, scopes of dials", _INK, "one"),
    Sink("screens.policy.PolicyList", "digests, operators, reasons", _INK, "one"),
    Sink("screens.policy.PolicyTitle", "problems the hub names, a rule", _INK, "one"),
    Sink("screens.breakers.BreakersView"),
    Sink("screens.breakers.BreakersHead"),
    Sink("screens.breakers.BreakerList", "tools, endpoints, gates", _INK, "one"),
    Sink("screens.operators.OperatorsView"),
    Sink("screens.operators.OperatorsHead", "the operator, problems the hub names", _INK, "one"),
    Sink("screens.break_glass.BreakGlassDialog"),
    Sink("screens.orders.OrdersView"),
    Sink("screens.orders.OrderList", "scopes, operators", _INK, "one"),
    Sink("screens.orders.OrderTitle", "a scope, an operator, problems", _INK, "one"),
    Sink("screens.audit.AuditView"),
    Sink("screens.audit_data.AuditData"),
    Sink("screens.audit_data.RecordHeads"),
    Sink("screens.making.MakingDialog"),
    Sink("screens.plans.PlansView"),
    Sink("screens.plans.PlanList", "operators, reasons", _INK, "one"),
    Sink("screens.plans.PlanTitle", "why a plan ended, problems", _INK, "one"),
    Sink("screens.unknowns.UnknownsView"),
    Sink("screens.unknowns.UnknownList", "tools, arguments, why it is unknown", _INK, "one"),
    Sink("screens.unknowns.UnknownTitle", "what a probe said, problems", _INK, "one"),
    Sink("screens.unknown_hand.HandDialog"),
    # What does not go through a widget.
    Sink("crash.Quiet", "messages of exceptions, without variables", "crash.Quiet._fatal_error, visible", "many"),
    Sink("output.fail", "what the hub said went wrong", "visible_line", "one"),
    Sink("output.dump", "everything, as JSON in ASCII", "json.dumps with every other character escaped", "one"),
    Sink("copying.start", "the pieces of a row, the text of a page", "visible; then a file, tmux, OSC 52", "many"),
    Sink("saving.save", "everything a view shows; the same as JSON in ASCII", "visible; json.dumps", "many"),
    Sink("pager.page", "everything a view shows, in a program of the operator's", "visible", "many"),
    # Commands, by the name they are called.
    Sink("commands.runs", "agents, models, goals", "output.line, visible_line", "one"),
    Sink("commands.show", "one run, its receipts and newest events", "output.line, visible_line", "one"),
    Sink("commands.tail", "every event", "commands._feed.summary, visible_line", "one"),
    Sink("commands.kill", "a receipt", "receipts.lines, visible_line", "one"),
    Sink("commands.pause", "a receipt", "receipts.lines, visible_line", "one"),
    Sink("commands.resume", "a receipt", "receipts.lines, visible_line", "one"),
    Sink("commands.cancel", "a receipt", "receipts.lines, visible_line", "one"),
    Sink("commands.audit", "entries of the record", "output.line, visible_line", "one"),
    Sink("commands.breakers", "tools, endpoints, gates, states", "output.line, visible_line", "one"),
    Sink("commands.brake", "the problem, runs and orders of stops", "output.line, visible_line", "one"),
    Sink("commands.claim", "who has a run in hand", "output.line, visible_line", "one"),
    Sink("commands.note", "who has a run in hand", "output.line, visible_line", "one"),
    Sink("commands.handoff", "orders, runs, hands and notes", "handover.told, visible_line", "one"),
    Sink("commands.who", "the names people gave at consoles and for claims", "output.line, visible_line", "one"),
    Sink("commands.context", "names and addresses in a file, the keyring's words", "output.line, visible_line", "one"),
    Sink("commands.doctor", "what a hub, a file and tmux say of themselves", "output.line, visible_line", "one"),
    Sink("linear.voice.Voice", "every line of the linear console", "output.line, visible_line", "one"),
    Sink("commands.orders", "whom orders reach, reasons, operators", "output.line, visible_line", "one"),
    Sink("commands.lift", "one order and whom it waits for", "output.line, visible_line", "one"),
    Sink("commands.escalations", "arguments, rules, the agent's words, reasons", "output.line, visible_line", "one"),
    Sink("commands.compensate", "tools, arguments, results, reasons, problems", "output.line, visible_line", "one"),
    Sink("commands.unknowns", "tools, arguments, what probes and people said", "output.line, visible_line", "one"),
    Sink("commands.approve", "one call that waits, and what became of it", "output.line, visible_line", "one"),
    Sink("commands.reject", "one call that waits, and what became of it", "output.line, visible_line", "one"),
    Sink("commands.keymap", "ids and keys of a keymap file", "output.line, visible_line", "one"),
    Sink("commands.operator", "operators' names", "output.line, visible_line", "one"),
    Sink("commands.token", "operators' names", "output.line, visible_line", "one"),
    Sink("commands.agent_token", "agents, roles, operators' names", "output.line, visible_line", "one"),
    Sink("commands.break_glass", "operators' names, reasons, notes", "output.line, visible_line", "one"),
    Sink("commands.policy", "rules, bounds, runs, reasons, operators, values of calls", "output.line", "one"),
    Sink("commands.dial", "agents, roles, tools, operators, reasons", "output.line, visible_line", "one"),
    Sink("commands.backup"),
    Sink("commands.contract"),
    Sink("commands.demo"),
    Sink("commands.hub"),
    Sink("commands.replay"),
    Sink("commands.restore"),
)  # fmt: skip
