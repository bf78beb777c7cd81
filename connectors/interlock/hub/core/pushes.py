"""Policies: pushed, staged for a share of the runs, promoted, withdrawn, rolled back. On disk first, then they hold."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from interlock.errors import WireError
from interlock.hub.core.desk import Desk
from interlock.hub.core.difference import difference
from interlock.hub.core.effects import Refusal
from interlock.hub.core.rulebook import POLICY, PROMOTED, STAGED, WITHDRAWN, Version
from interlock.hub.core.rules import Rules
from interlock.hub.core.ruling import AskPolicy, AskStage
from interlock.wire import PolicyText, encode

__all__ = ["TEXT_MAX", "Pushes"]

TEXT_MAX = 200 * 1024
"""Bytes of a policy's JSON normal form."""


class Pushes:
    """Changes of policy, each as a person asked for it."""

    def __init__(self, desk: Desk, rules: Rules, redact: Callable[[str], str]) -> None:
        self._desk, self._rules, self._redact = desk, rules, redact

    def push(self, request: int, ask: AskPolicy) -> None:
        """Record a policy, then let it hold: for all runs, or as the candidate for a share of them."""
        book = self._rules.book
        digest = sha256(ask.text.encode()).hexdigest()
        refused = self._unfit(ask, digest) or self._rules.busy()
        if refused is not None:
            self._desk.refuse(request, refused)
            return
        version = book.version()
        diff, total = difference(version.text if version is not None else "", ask.text)
        body: dict[str, Any] = {
            "n": book.last + 1,
            "digest": digest,
            "source_digest": ask.source_digest,
            "size": len(ask.text.encode()),
            "text": ask.text,
            "source": self._redact(ask.source),
            "diff": diff,
            "diff_total": total,
            "again": False,
            "was": version.n if version is not None else 0,
        }
        if ask.share is not None:
            body["share"] = ask.share
        self._rules.give(request, STAGED if ask.share is not None else POLICY, ask, body)

    def _unfit(self, ask: AskPolicy, digest: str) -> Refusal | None:
        book = self._rules.book
        held, staged = book.version(), book.staged()
        size = len(ask.text.encode())
        if size > TEXT_MAX or not _fits(ask.text, digest):
            problem = f"the policy is {size} bytes of JSON, and {TEXT_MAX} at most reach a gate"
            return Refusal("limit", problem, "say with globs and lists what is said tool by tool")
        if self._redact(ask.text) != ask.text:
            problem = "there is what looks like a secret in the policy, and a policy is kept for ever"
            return Refusal("secret", problem, "take it out: no bound needs a secret")
        if held is not None and held.digest == digest:
            return Refusal(
                "unchanged",
                f"version {held.n} says the same, and it holds",
                "change the file, then push it" if ask.share is None else "change the file, then stage it",
            )
        if ask.share is not None and held is None:
            problem = "no policy holds yet, so there is nothing to stage another one beside"
            return Refusal("conflict", problem, "push one without a stage first")
        same = staged is not None and staged.digest == digest and book.candidate is not None
        if same and book.candidate is not None and book.candidate.share == ask.share:
            return Refusal("unchanged", "it is staged like that already", "promote it, or withdraw it")
        return None

    def rollback(self, request: int, ask: AskStage) -> None:
        """Record that a version of before holds again, then let it. What is staged is withdrawn with it."""
        version, held = self._rules.book.versions.get(ask.n), self._rules.book.version()
        refused = _no_return(ask.n, version, held) or self._rules.busy()
        if refused is not None or version is None:
            self._desk.refuse(request, refused or _NO_SUCH)
            return
        diff, total = difference(held.text if held is not None else "", version.text)
        body = {"n": version.n, "digest": version.digest, "diff": diff, "diff_total": total, "again": True}
        body["was"] = held.n if held is not None else 0
        self._rules.give(request, POLICY, ask, body)

    def promote(self, request: int, ask: AskStage) -> None:
        """Record that the candidate holds for all runs, then let it."""
        self._staged(request, PROMOTED, ask)

    def withdraw(self, request: int, ask: AskStage) -> None:
        """Record that the candidate holds for no run, then let it be gone."""
        self._staged(request, WITHDRAWN, ask)

    def _staged(self, request: int, kind: str, ask: AskStage) -> None:
        staged = self._rules.book.staged()
        refused = self._rules.busy()
        if staged is not None and staged.digest != ask.digest:
            problem = (
                f"what is staged is version {staged.n}, digest {staged.digest[:12]}, and not what was meant"
            )
            refused = Refusal("conflict", problem, "look at it, and give its digest")
        if refused is not None or staged is None:
            self._desk.refuse(request, refused or _NONE_STAGED)
            return
        held = self._rules.book.version()
        body = {"n": staged.n, "digest": staged.digest, "was": held.n if held is not None else 0}
        self._rules.give(request, kind, ask, body)


_NO_SUCH = Refusal(
    "not_found", "there is no such version of the policy", "'interlock policy versions' lists them"
)
_NONE_STAGED = Refusal(
    "conflict", "no policy is staged", "'interlock policy stage FILE --share 0.1' stages one"
)


def _no_return(n: int, version: Version | None, held: Version | None) -> Refusal | None:
    if version is None:
        return Refusal("not_found", f"there is no version {n} of the policy", _NO_SUCH.fix)
    if not version.text:
        return Refusal("gone", f"version {n} is too old to be kept whole", "push its file again")
    if held is not None and held.n == n:
        return Refusal(
            "unchanged", f"version {n} holds already", "'interlock policy versions' lists the others"
        )
    return None


def _fits(text: str, digest: str) -> bool:
    try:
        encode(PolicyText(n=2**53, digest=digest, text=text))
    except WireError:
        return False
    return True
