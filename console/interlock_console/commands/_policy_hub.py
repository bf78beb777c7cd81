"""What changes a hub's policy, and what it says of it: push, rollback, stage, promote, withdraw, show, versions."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from interlock.errors import ConfigError
from interlock.policy import load
from interlock_console.client import Client
from interlock_console.commands._common import at_production, connect, connect_to_act
from interlock_console.commands._policy_files import source
from interlock_console.output import Exit, clock, columns, dump, line

__all__ = ["DOES", "promote", "push", "rollback", "show", "sides", "versions", "withdraw"]

Json = dict[str, Any]


def push(args: Namespace) -> int:
    """Push a file, or stage it for a share of the runs. What is no policy is not sent."""
    text = source(args.file)
    policy = load(text, name=args.file)
    stage = getattr(args, "share", None)
    if stage is not None and not 0 < stage < 1:
        raise ConfigError(
            "no share of the runs", value=stage, fix="write a number between 0 and 1, such as 0.1"
        )
    client = connect_to_act(args)
    body = {"source": text, "reason": args.reason, "stage": stage}
    answer = client.post("/v1/policy", body)
    what = f"staged for {100 * stage:g} % of new runs" if stage is not None else "active"
    return _done(args, client, answer, f"{line(Path(args.file).name)} {policy.digest[:12]} is {what}")


def rollback(args: Namespace) -> int:
    """Make an earlier version the active one again."""
    client = connect_to_act(args)
    answer = client.post("/v1/policy/rollback", {"n": args.n, "reason": args.reason})
    return _done(args, client, answer, f"version {args.n} is active again")


def promote(args: Namespace) -> int:
    """Make the candidate the active policy."""
    return _candidate(args, "promote", "the candidate is active")


def withdraw(args: Namespace) -> int:
    """End the stage: all runs are under the active policy."""
    return _candidate(args, "withdraw", "the candidate is withdrawn")


def _candidate(args: Namespace, verb: str, said: str) -> int:
    client = connect_to_act(args)
    answer = client.post(f"/v1/policy/{verb}", {"digest": _whole(client, args.digest), "reason": args.reason})
    return _done(args, client, answer, said)


def _whole(client: Client, digest: str) -> str:
    """Return the candidate's digest where ``digest`` is a beginning of it, else what was written."""
    candidate = client.get("/v1/policy")["candidate"]
    if candidate is None:
        raise ConfigError("there is no candidate", fix="'interlock policy stage FILE' makes one")
    found = str(candidate["digest"])
    if len(digest) < 8 or not found.startswith(digest):
        raise ConfigError(
            "this is not the candidate's digest",
            value=digest,
            fix=f"look at it, then name {found[:12]} or more of it",
        )
    return found


def _done(args: Namespace, client: Client, answer: Json, said: str) -> int:
    if args.json:
        dump(answer)
        return Exit.OK
    warning = at_production(client.hub.context)
    print(*((warning,) if warning else ()), said, _told(answer), sep="\n")
    return Exit.OK


def show(args: Namespace) -> int:
    """Print which policy holds, the candidate, and the dials."""
    answer = connect(args).get("/v1/policy")
    if args.json:
        dump(answer)
    else:
        print(_told(answer))
    return Exit.OK


def _told(answer: Json) -> str:
    rows = [("active", _version(answer["active"]) or "none: calls are judged by class alone")]
    candidate = answer["candidate"]
    if candidate is not None:
        rows.append(("candidate", f"{_version(candidate)}, for {100 * candidate['share']:g} % of runs"))
    for dial in answer["dials"]:
        kind, name = next(iter(dial["scope"].items()))
        scope = f"{line(kind)} {line(name)}" if kind != "fleet" else "the fleet"
        rows.append(
            ("dial", f"{line(dial['level'])} for {scope}, by {line(dial['by'])}: {line(dial['reason'])}")
        )
    return columns(rows)


def _version(version: Json | None) -> str:
    if version is None:
        return ""
    who = f"by {line(version['by'])} at {clock(version['at'])}"
    return f"version {version['n']}, {line(version['digest'][:12])}, {who}: {line(version['reason'], 80)}"


def versions(args: Namespace) -> int:
    """Print the versions, newest first, or the JSON and source of one."""
    client = connect(args)
    if args.n is not None:
        answer = client.get(f"/v1/policy/versions/{args.n}")
        if args.json:
            dump(answer)
        else:
            text = answer["source"] or answer["json"]
            print("\n".join(line(one) for one in text.split("\n")))
        return Exit.OK
    answer = client.get("/v1/policy/versions", limit=args.limit)
    if args.json:
        dump(answer)
    elif not answer["versions"]:
        print("no versions; 'interlock policy push FILE' makes the first")
    else:
        rows = [_row(version) for version in answer["versions"]]
        print(columns([("N", "DIGEST", "AT", "BY", "CHANGES", "REASON"), *rows]))
    return Exit.OK


def _row(version: Json) -> tuple[str, ...]:
    return (
        str(version["n"]), line(version["digest"][:12]), clock(version["at"]), line(version["by"], 40),
        str(version["diff_total"]), line(version["reason"], 80),
    )  # fmt: skip


def sides(args: Namespace) -> int:
    """Print the figures of both sides of a stage beside each other."""
    answer = connect(args).get("/v1/policy/sides")
    if args.json:
        dump(answer)
        return Exit.OK
    names = ("active", "candidate")
    heads = ("runs", "calls", "allow", "ask", "deny", "shadow")
    rows = [(name, *(str(answer[name][head]) for head in heads)) for name in names]
    print(columns([("SIDE", *(head.upper() for head in heads)), *rows]))
    for name in names:
        for rule in answer[name]["rules"][:10]:
            print(f"  {name}  {line(rule['verdict'])}  {rule['count']}  {line(rule['rule'], 100)}")
    return Exit.OK


DOES = {
    "show": show, "versions": versions, "sides": sides, "push": push, "stage": push, "promote": promote,
    "withdraw": withdraw, "rollback": rollback,
}  # fmt: skip
