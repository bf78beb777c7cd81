"""A hook that asks a hosted classifier over HTTP: to listed places only, within limits, and never redirected."""

from collections.abc import Mapping
from typing import cast

import orjson

from interlock.errors import OutgoingFailed
from interlock.guardrails.findings import InputVerdict
from interlock.guardrails.hooks import Hook, Request, asked
from interlock.outgoing import Outgoing

__all__ = ["hosted"]


def hosted(url: str, outgoing: Outgoing, headers: Mapping[str, str] | None = None) -> Hook:
    """Return a hook that posts each request to ``url`` as JSON, and takes the verdict of its answer.

    It sends ``{"agent", "role", "goal", "texts": [{"source", "text", "outside"}]}`` and wants status 200 with
    ``{"verdict": "allow"|"flag"|"ask"|"block", "why": sentence}``; anything else counts as failed. ``outgoing`` says
    which places may be called at all. The texts leave this machine as they are: name a service that may have them.
    """
    fixed = {"content-type": "application/json", **(headers or {})}

    def check(request: Request) -> tuple[InputVerdict, str]:
        answer = outgoing.post(url, orjson.dumps(_told(request)), fixed)
        if answer.status != 200:
            raise OutgoingFailed(url, f"it answered {answer.status}")
        said: object = orjson.loads(answer.body)
        if not isinstance(said, dict):
            raise OutgoingFailed(url, "its answer is no JSON object")
        found = cast("dict[str, object]", said)
        return asked((found.get("verdict"), str(found.get("why", ""))))

    return check


def _told(request: Request) -> dict[str, object]:
    texts = [{"source": one.source, "text": one.text, "outside": one.outside} for one in request.pieces]
    return {"agent": request.agent, "role": request.role, "goal": request.goal, "texts": texts}
