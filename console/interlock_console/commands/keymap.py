"""``interlock keymap check|show``: what a keymap file changes, and what is wrong with it."""

from argparse import ArgumentParser, Namespace

from interlock_console import output
from interlock_console.keymap import Keymap, find, load, own, packaged

HELP = "check a keymap file, or show every key by the name it has there"


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("what", choices=["check", "show"])
    parser.add_argument(
        "keymap", nargs="?", default="", help=f"a file, or one of {', '.join(packaged())}; otherwise your own"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: Namespace) -> int:
    """Print the keys or the problems. Return 1 when something of the file does not hold."""
    from interlock_console.discovery import tables

    every = tables()
    path = find(args.keymap)
    keymap = Keymap() if path is None else load(path, every)
    where = str(path or own())
    if args.what == "check":
        return _check(keymap, where, args.json)
    rows: list[dict[str, object]] = []
    for table in every:
        for key in table.keys:
            row: dict[str, object] = {
                "id": key.name,
                "keys": keymap.keys.get(key.name, key.keys),
                "built": key.keys,
            }
            row |= {"does": key.help or key.says, "acts": key.name in table.acts, "in": table.name}
            if row not in rows and not (key.name in {r["id"] for r in rows} and _everywhere(key.name)):
                rows.append(row)
    if args.json:
        output.dump({"file": where, "keys": rows, "problems": list(keymap.problems)})
        return 0
    for row in rows:
        changed = f"  (built in: {row['built']})" if row["keys"] != row["built"] else ""
        print(output.line(f"{row['id']!s:<18} {row['keys']!s:<24} {row['does']}{changed}"))
    return 0


def _everywhere(name: str) -> bool:
    return "." not in name or name.startswith(("view.", "run."))


def _check(keymap: Keymap, where: str, as_json: bool) -> int:
    if as_json:
        output.dump({"file": where, "ok": not keymap.problems, "problems": list(keymap.problems)})
    elif keymap.path is None:
        print(output.line(f"no keymap at {where}: every key is as built"))
    else:
        for problem in keymap.problems:
            print(output.line(problem))
        print(output.line(f"{where}: {len(keymap.keys)} changed, {len(keymap.problems)} left as built"))
    return 1 if keymap.problems else 0
