"""The operator's side of the canary: orders over HTTP, as every operator gives them, and the receipts they get."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from interlock.errors import HubError, HubUnavailable

__all__ = ["Operator"]

Json = dict[str, Any]
REASON = "the minute's proof of the brake"


class Operator:
    """One connection to the hub with the canary's own operator token."""

    def __init__(self, url: str, token: str, seconds: float) -> None:
        """Talk to the hub at ``url``; each answer may take so many seconds."""
        parts = urlsplit(url)
        self._url, self._token, self._seconds = url, token, seconds
        self._http = HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)

    def open(self) -> None:
        """Connect now, so that no order pays for it."""
        try:
            self._http.connect()
        except OSError:
            raise self._silent("connect") from None

    def order(self, verb: str, run: str) -> Json:
        """Give an order to one run and return its receipt, once the hub has it on disk."""
        body = {"verb": verb, "runs": [run], "reason": REASON}
        return self._one(self._ask("POST", "/v1/orders", body), verb)

    def wait(self, order: str, stage: str, seconds: float) -> Json:
        """Return the receipt of an order, once it has this stage or the seconds have passed."""
        path = f"/v1/orders/{order}?wait={stage}&timeout={seconds:g}"
        return self._one(self._ask("GET", path, None), stage)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _one(self, answer: Json, doing: str) -> Json:
        receipts: list[Json] = answer.get("receipts", [])
        if len(receipts) != 1:
            raise HubError(f"{doing}: {len(receipts)} receipts came back instead of one", code="receipts")
        return receipts[0]

    def _ask(self, method: str, path: str, body: Json | None) -> Json:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            self._http.request(method, path, None if body is None else json.dumps(body), headers)
            response = self._http.getresponse()
            answer: Json = json.loads(response.read())
        except (OSError, HTTPException, ValueError):
            self._http.close()
            raise self._silent(method) from None
        if response.status != 200:
            error: Json = answer.get("error", {})
            raise HubError(str(error.get("problem", response.status)), code=str(error.get("code", "")))
        return answer

    def _silent(self, doing: str) -> HubUnavailable:
        return HubUnavailable(doing.lower(), url=self._url, waited=self._seconds)
