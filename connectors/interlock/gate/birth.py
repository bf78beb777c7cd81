"""Where a run comes from: its parent and its trace, and the first event that says what it is for."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from interlock import ids
from interlock.errors import ConfigError
from interlock.gate.call import Json
from interlock.text import encodable

if TYPE_CHECKING:
    from interlock.gate.run import Run

__all__ = ["SHADOWED", "Mode", "first_event", "lineage", "moded"]

Mode = Literal["live", "replay", "shadow"]

SHADOWED = "INTERLOCK_SHADOW"
"""Set to 1 for a child process of a run in shadow, whose runs are in shadow too."""

_RUN = re.compile(ids.RUN)
_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$")
_LABELS = 32


def lineage(parent: "str | Run | None", environ: Mapping[str, str]) -> tuple[str | None, str, str | None]:
    """Return the parent's run id, the trace id, and the span to hang under; without a parent, a new trace."""
    if parent is not None and not isinstance(parent, str):
        return parent.id, parent.member.trace, parent.member.span
    name = parent or environ.get("INTERLOCK_PARENT_RUN") or None
    if name is not None and not _RUN.match(name):
        raise ConfigError("this is no run id", value=name, fix="use run.env() of the parent, or its run.id")
    found = _TRACEPARENT.match(environ.get("TRACEPARENT", "")) if name else None
    if found is None or set(found[1]) == {"0"} or set(found[2]) == {"0"}:
        return name, ids.new_trace(), None
    return name, found[1], found[2]


def moded(mode: Mode, parent: "str | Run | None", environ: Mapping[str, str]) -> Mode:
    """Return the mode of a new run: below a run in shadow nothing acts, in this process or in one it started."""
    within = parent is not None and not isinstance(parent, str) and parent.judge.shadows
    return "shadow" if within or environ.get(SHADOWED) == "1" else mode


def first_event(**said: Any) -> Json:
    """Return ``run.started``. Raises ConfigError for an agent or role without a name, or too many labels."""
    event: Json = {"kind": "run.started"}
    for key, value in said.items():
        if value is None or key == "labels":
            continue
        event[key] = encodable(str(value)) if key == "goal" else encodable(str(value))[:512]
    if said.get("success"):
        event["success"] = encodable(str(said["success"]))
    for key in ("agent", "role"):
        if not event[key]:
            raise ConfigError(f"a run needs its {key}", fix=f"say gate.run({key}=...)")
    labels: Mapping[str, str] = said.get("labels") or {}
    if len(labels) > _LABELS:
        raise ConfigError("too many labels", value=len(labels), fix=f"at most {_LABELS}")
    if labels:
        event["labels"] = {encodable(str(key)): encodable(str(text)) for key, text in labels.items()}
    return event
