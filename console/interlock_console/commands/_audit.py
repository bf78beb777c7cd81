"""Reading the record: rows, one entry, the key; and erasing long texts that it names."""

import json
import time
from argparse import Namespace
from datetime import datetime
from typing import Any

from interlock.ages import age
from interlock.audit.rows import row
from interlock.errors import ConfigError
from interlock.ids import shorten
from interlock_console.client import Client
from interlock_console.commands._common import at_production, connect, connect_to_act, resolve
from interlock_console.output import Exit, columns, dump, line, stamp
from interlock_console.witness import Witness

__all__ = ["accept", "erase", "filters", "key", "listing", "show"]

Json = dict[str, Any]

_PAGE = 200


def filters(args: Namespace, client: Client) -> Json:
    """Return the filters of a question as the hub takes them. Raises ConfigError, and NotFound for a run."""
    return {
        "run": resolve(client, args.run) if args.run is not None else None,
        "operator": args.operator,
        "tool": args.tool,
        "kind": args.kind,
        "from": _when(args.since),
        "to": _when(args.until),
        "q": args.q,
    }


def _when(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        pass
    try:
        return time.time() - age(text)
    except ConfigError:
        raise ConfigError(
            "not a time", value=text, fix="write 2026-11-26T03:00, or 90m for so long ago"
        ) from None


def listing(args: Namespace) -> int:
    """Print entries that were asked for."""
    if args.newest and args.after is not None:
        raise ConfigError("--newest and --after", fix="give one of them: --before N goes on from --newest")
    client = connect(args)
    asked = filters(args, client)
    asked["canary"] = "true" if args.canary or args.run is not None else "false"
    backwards = args.newest or (args.before is not None and args.after is None)
    place: int | None = args.before if args.before is not None else 2**53
    place = place if backwards else (args.after or 0)
    entries: list[Json] = []
    edge = {} if backwards or args.before is None else {"before": args.before}
    while place is not None and len(entries) < args.limit:
        at = {"before": place} if backwards else {"after": place, **edge}
        page = client.get("/v1/audit", limit=min(_PAGE, args.limit - len(entries)), **at, **asked)
        entries += page["entries"]
        place = page["next"]
    if args.json:
        dump({"entries": entries, "next": place})
        return Exit.OK
    if not entries:
        print("no entries")
        return Exit.OK
    print(columns([("N", "AT", "WHO", "WHAT", "OUTCOME", "HASH", "WHY"), *map(_row, entries)]))
    if place is not None:
        print(f"more entries: --{'before' if backwards else 'after'} {place}")
    return Exit.OK


def _row(entry: Json) -> tuple[str, ...]:
    shown = row(entry)
    about = " ".join(shorten(entry[name]) for name in ("run", "order", "permit") if entry.get(name))
    outcome = shown["outcome"] or shown["verdict"]
    said = "  ".join(part for part in (line(about), line(shown["why"], 80)) if part)
    return (
        str(shown["n"]),
        stamp(shown["at"]),
        line(shown["who"], 24),
        line(shown["what"], 48),
        line(outcome, 12),
        line(shown["hash"][:12]),
        said,
    )


def show(args: Namespace) -> int:
    """Print one entry in full."""
    found = connect(args).get(f"/v1/audit/{args.n}")
    if args.json:
        dump(found)
        return Exit.OK
    entry, point = found["entry"], found["checkpoint"]
    facts = [(name, entry[name]) for name in entry if name != "body" and entry[name] != ""]
    facts = [(name, stamp(value) if name == "at" else value) for name, value in facts]
    print(columns([(name, line(value)) for name, value in facts]))
    for name, value in sorted(entry["body"].items()):
        print(f"  {line(name)}: {line(json.dumps(value, ensure_ascii=False))}")
    position = found["position"]
    print(f"entry {position['n']} of {position['last']}")
    if point is None:
        print("no signed checkpoint covers it yet")
    else:
        print(
            f"covered by the checkpoint of entry {point['n']}, epoch {point['epoch']}, key {line(point['key'])}"
        )
    return Exit.OK


def key(args: Namespace) -> int:
    """Print the public key; keep it where the hub's folder is not."""
    head = connect(args).get("/v1/audit/head")
    if args.json:
        dump(head)
    else:
        print(line(head["key"]))
    return Exit.OK


def accept(args: Namespace) -> int:
    """Let this console go on from the record that answers now, whatever it saw before."""
    client = connect(args)
    witness = Witness(client.hub.url)
    before, told = witness.seen, client.get("/v1/status")["head"]
    wrong = witness.saw(told)
    witness.accept(told)
    if args.json:
        seen = before.model_dump(mode="json") if before is not None else None
        dump({"before": seen, "now": told, "problem": wrong})
    else:
        print(
            f"accepted entry {told['n']}, epoch {told['epoch']}; {line(wrong) or 'nothing was wrong with it'}"
        )
    return Exit.OK


_STAYS = (
    "what stays: the record's own entries (arguments of permits, up to 4,096 characters without secrets; reasons and "
    "notes of people), backups made before, and what consoles and agents hold"
)


def erase(args: Namespace) -> int:
    """Erase texts, slice by slice; print what went, and what no erasure reaches."""
    asked = _which(args)
    client = connect_to_act(args)
    if (said := at_production(client.hub.context)) and not args.json:
        print(said)
    if args.run is not None:
        asked["run"] = resolve(client, args.run)
    erasures, bodies, pieces, shared, events, more = list[str](), 0, 0, 0, 0, True
    while more:
        done = client.post("/v1/erase", asked)
        more = done["more"]
        erasures += [done["erasure"]] if done["erasure"] else []
        bodies, pieces, shared = (
            bodies + done["bodies"],
            pieces + done["pieces"],
            shared + done["shared"],
        )
        events += done.get("events", 0)
    if args.json:
        dump({"erasures": erasures, "bodies": bodies, "pieces": pieces, "shared": shared, "events": events})
    else:
        print(
            f"erased {bodies} long texts, {pieces} pieces; {shared} pieces stay, because other texts have them too"
        )
        if args.run is not None:
            print(f"erased the short texts of {events} events of the run")
            print(_STAYS)
    return Exit.OK


def _which(args: Namespace) -> Json:
    if args.all_older and args.older is None:
        raise ConfigError("--all-older needs an age", fix="add --older 30d")
    if args.body is not None and args.older is not None:
        raise ConfigError("one body has no --older", fix="leave it out")
    asked: Json = {"reason": args.reason}
    if args.body is not None:
        asked["body"] = args.body
    if args.older is not None:
        asked["older_s"] = age(args.older)
    return asked
