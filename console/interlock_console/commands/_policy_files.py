"""Policies as a command names them: a file, a version of the hub, or the active one."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from interlock.errors import ConfigError, PolicyError
from interlock.policy import Change, Policy, diff, load
from interlock_console.commands._common import connect
from interlock_console.output import Exit, columns, dump, line

__all__ = ["DOES", "changes", "check", "compare", "policy_of", "source"]

Json = dict[str, Any]


def source(name: str) -> str:
    """Return the text of a policy file. Raises ConfigError."""
    try:
        return Path(name).read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"no policy file ({error.strerror})", value=name, fix="name a YAML file") from None
    except UnicodeDecodeError:
        raise ConfigError("a policy file that is not UTF-8", value=name, fix="save it as UTF-8") from None


def policy_of(name: str, args: Namespace) -> Policy:
    """Return the policy of a file, or of the hub: ``active``, ``candidate``, or the number of a version."""
    if not (name in ("active", "candidate") or name.isdecimal()):
        return load(source(name), name=name)
    client = connect(args)
    number = name
    if not name.isdecimal():
        version = client.get("/v1/policy")[name]
        if version is None:
            makes = "push FILE" if name == "active" else "stage FILE --share 0.1"
            raise ConfigError(f"no {name} policy at the hub", fix=f"'interlock policy {makes}' makes one")
        number = str(version["n"])
    text = client.get(f"/v1/policy/versions/{number}")["json"]
    return Policy.from_json(text, name=f"version {number}")


def check(args: Namespace) -> int:
    """Say of each file whether it is a policy, and everything that is wrong with it: exit 0, or 1."""
    found = [_checked(name) for name in args.file]
    good = all(one["ok"] for one in found)
    if args.json:
        dump({"ok": good, "files": found})
        return Exit.OK if good else Exit.FAILED
    for one in found:
        if one["ok"]:
            roles, tools = len(one["roles"]), len(one["tools"])
            print(f"{line(one['file'])}: good, {roles} roles, {tools} tools, digest {one['digest'][:12]}")
        for problem in one["problems"]:
            place = f"{line(one['file'])}:{problem['line']}:{problem['column']}"
            print(f"{place}: {line(problem['problem'])}; {line(problem['fix'])}")
    return Exit.OK if good else Exit.FAILED


def _checked(name: str) -> Json:
    try:
        policy = load(source(name), name=name)
    except PolicyError as error:
        return {"file": name, "ok": False, "problems": [problem._asdict() for problem in error.problems]}
    return {
        "file": name,
        "ok": True,
        "digest": policy.digest,
        "roles": list(policy.roles),
        "tools": list(policy.tools),
        "problems": [],
    }


def compare(args: Namespace) -> int:
    """Print every bound in which two policies differ."""
    found = diff(policy_of(args.old, args), policy_of(args.new, args))
    if args.json:
        dump({"changes": [change._asdict() for change in found]})
    elif not found:
        print("they say the same")
    else:
        print(changes(found))
    return Exit.OK


def changes(found: list[Change]) -> str:
    """Return changes as lines: what went, what came, what became what."""
    return columns([_change(change) for change in found])


def _change(change: Change) -> tuple[str, str, str]:
    path = line(change.path)
    if change.was is None:
        return "+", path, line(change.now, 100)
    if change.now is None:
        return "-", path, line(change.was, 100)
    return "~", path, f"{line(change.was, 60)} -> {line(change.now, 60)}"


DOES = {"check": check, "diff": compare}
