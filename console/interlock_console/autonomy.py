"""How far the policy in force lets a role go by itself, whatever its dial says."""

import json
from typing import Any

from interlock.levels import LEVELS
from interlock_console.client import Client

__all__ = ["autonomy"]

Json = dict[str, Any]


def autonomy(client: Client, scope: Json) -> str:
    """Return the level that the active policy gives the role of a dial's scope.

    Empty where it gives none, and where the scope is no role: how far an agent, a tool or the fleet goes is up to
    the role of each run. Raises InterlockError where the hub does not answer.
    """
    role = scope.get("role")
    active: Json | None = client.get("/v1/policy")["active"] if role is not None else None
    if active is None:
        return ""
    # Another one may be in force by now, and the text of this one kept no more.
    text = client.get(f"/v1/policy/versions/{int(active['n'])}")["json"]
    found: Json = json.loads(text) if text else {}
    level = found.get("roles", {}).get(role, {}).get("autonomy", "")
    return level if level in LEVELS else ""
