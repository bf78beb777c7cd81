"""``interlock policy try``: what a policy would have denied, asked and let through, before anybody pushes it."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from interlock.errors import ConfigError
from interlock.policy import LEVELS
from interlock.policy.trial import Trial
from interlock_console.commands._common import connect
from interlock_console.commands._policy_files import policy_of
from interlock_console.commands._policy_runs import Setting, recorded, stored
from interlock_console.output import Exit, columns, dump, line

__all__ = ["DOES", "attempt"]

RULES = 30
RUNS = 10
_WORSE = {"ask": 1, "deny": 2}


@dataclass
class _Sum:
    """What all runs came to."""

    runs: int = 0
    verdicts: Counter[str] = field(default_factory=Counter[str])
    rules: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    runs_of: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    touched: list[tuple[int, int, str, str]] = field(default_factory=list[tuple[int, int, str, str]])
    roles: Counter[str] = field(default_factory=Counter[str])
    """Runs by a role that the policy does not know."""

    def add(self, trial: Trial, known: bool) -> None:
        """Count one run."""
        found = trial.verdicts()
        self.runs += 1
        self.verdicts.update(found)
        if not known:
            self.roles[trial.role] += 1
        by_rule = Counter(
            (made.would or made.verdict, made.rule, made.bound)
            for _, _, made in trial.decisions
            if (made.would or made.verdict) != "allow"
        )
        self.rules.update(by_rule)
        self.runs_of.update(by_rule.keys())
        if by_rule:
            worst = max(by_rule, key=lambda rule: (_WORSE[rule[0]], by_rule[rule]))
            self.touched.append((found["deny"], found["ask"], trial.run, worst[1]))


def attempt(args: Namespace) -> int:
    """Try the policy over files and stored runs: totals, by rule, and the runs it would have changed most."""
    if args.dial is not None and args.dial not in LEVELS:
        raise ConfigError("no such level", value=args.dial, fix=f"write one of {', '.join(LEVELS)}")
    policy = policy_of(args.policy, args)
    setting = Setting(policy, args.role, args.dial)
    total = _Sum()
    for trial in _trials(args, setting):
        if args.json:
            dump(trial.to_json())
        total.add(trial, trial.role in policy.roles)
        if total.runs == args.limit:
            break
    if not total.runs:
        raise ConfigError(
            "no runs in what was named", value=" ".join(args.runs), fix="name recordings or runs"
        )
    if not args.json:
        print(_told(total))
    return Exit.OK


def _trials(args: Namespace, setting: Setting) -> Iterator[Trial]:
    client = None
    for name in args.runs:
        path = Path(name)
        if path.is_file():
            yield from recorded(path, setting)
        elif name.startswith("r-"):
            client = client or connect(args)
            yield stored(client, name, setting)
        else:
            raise ConfigError("neither a file nor a run", value=name, fix="name *.jsonl.gz, *.jsonl or r-...")


def _told(total: _Sum) -> str:
    calls, runs = sum(total.verdicts.values()), total.runs
    denied = sum(1 for deny, _, _, _ in total.touched if deny)
    asked, touched = total.verdicts, len(total.touched)
    shares = [f"{_share(runs - touched, runs)} untouched", f"{_share(touched, runs)} asked or denied"]
    parts = [
        f"{runs} runs, {calls} calls: {asked['allow']} let through, {asked['ask']} asked, {asked['deny']} denied",
        f"runs: {', '.join([*shares, f'{_share(denied, runs)} denied'])}",
    ]
    for role, count in total.roles.most_common(5):
        parts.append(
            f"{count} runs of {line(role, 60)}, a role the policy does not know: --role says another"
        )
    if total.rules:
        head = ("VERDICT", "CALLS", "RUNS", "RULE", "BOUND")
        rows = [
            (verdict, str(count), str(total.runs_of[verdict, rule, bound]), line(rule, 80), line(bound, 60))
            for (verdict, rule, bound), count in total.rules.most_common(RULES)
        ]
        parts += ["", columns([head, *rows])]
        if len(total.rules) > RULES:
            parts.append(f"and {len(total.rules) - RULES} more rules: --json has them")
        worst = sorted(total.touched, key=lambda one: (-one[0], -one[1], one[2]))[:RUNS]
        table = [(str(deny), str(ask), line(run, 70), line(rule, 80)) for deny, ask, run, rule in worst]
        parts += ["", "most affected:", columns([("DENIED", "ASKED", "RUN", "MOST BY"), *table])]
    return "\n".join(parts)


def _share(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.1f} %)"


DOES = {"try": attempt}
