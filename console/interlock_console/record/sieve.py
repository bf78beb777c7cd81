"""The typed filter of the record: ``who:ann kind:order from:90m "gave up"``. Pure.

Every word has to fit. A word is text, or one of these fields with a text behind the colon::

    run:r-1f2     about this run: its id, or the beginning of one the console knows
    who:ann       what this one did, as the list spells it; operator: is the same
    tool:refund   about this tool
    kind:permit   entries of this kind
    verdict:deny  allow, ask or deny
    from:90m      not older: so long ago, 14:05 of today, or 2026-11-26T14:05; to: not newer

The hub looks for all of it but the verdict and, of several words of text, all but the longest: those are judged here,
entry by entry as they come. A text that means nothing is no filter: :attr:`Sieve.problem` says which word and why.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from interlock.ages import age
from interlock.audit.rows import FIELDS as ROW
from interlock.audit.rows import KINDS, texts
from interlock.errors import ConfigError
from interlock.reserved import CANARY
from interlock.text import visible_line

__all__ = ["FIELDS", "VERDICTS", "Sieve", "parse"]

Json = dict[str, Any]

FIELDS = ("run", "who", "tool", "kind", "verdict", "from", "to")
VERDICTS = ("allow", "ask", "deny")
_SAME = {"operator": "who", "by": "who"}
_ASKED = {"run": "run", "who": "operator", "tool": "tool", "kind": "kind"}
"""The hub's names of what it compares exactly."""
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_TERM = re.compile(r"([A-Za-z_]+):(.*)\Z", re.DOTALL)
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_MOST = 200


class _Unclear(Exception):
    """A word that means nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """A parsed filter; one with a ``problem`` is not used."""

    text: str = ""
    query: dict[str, str | float] = field(default_factory=dict[str, str | float])
    """What the hub is asked, by the names of its API."""
    verdict: str = ""
    words: tuple[str, ...] = ()
    """What must be found in an entry besides, in small letters."""
    proofs: bool = False
    """Whether the entries that prove the brake are shown."""
    problem: str = ""

    @property
    def local(self) -> bool:
        """Whether a part of it is judged here: no other program that asks the hub would leave out the same."""
        return bool(self.verdict or self.words)

    def fits(self, entry: Json) -> bool:
        """Return whether an entry the hub found fits the rest."""
        if self.verdict and entry["verdict"] != self.verdict:
            return False
        return not self.words or _has(entry, self.words)


def _has(entry: Json, words: Iterable[str]) -> bool:
    said = [str(entry[name]).casefold() for name in ROW if name not in ("n", "at", "hash")]
    said += [text.casefold() for text in texts(entry["body"])]
    return all(any(word in text for text in said) for word in words)


def parse(text: str, now: float, runs: Iterable[str] = (), *, proofs: bool = False) -> Sieve:
    """Return the filter a text means. ``now`` is Unix seconds, ``runs`` are the ids the console knows.

    ``proofs`` shows the entries that prove the brake; whoever asks for them by name sees them too.
    """
    given: dict[str, str] = {}
    words: list[str] = []
    try:
        for word in _WORD.findall(text):
            _read(word, given, words)
        return _sieve(text.strip(), given, words, now, runs, proofs=proofs)
    except _Unclear as problem:
        return Sieve(text.strip(), problem=str(problem))


def _read(word: str, given: dict[str, str], words: list[str]) -> None:
    found = None if word.startswith('"') else _TERM.match(word)
    if found is None:
        if plain := word.replace('"', "").casefold():
            words.append(plain)
        return
    name, value = found[1].casefold(), found[2].replace('"', "")
    name = _SAME.get(name, name)
    if name not in FIELDS:
        raise _Unclear(_no_field(found[1], word))
    if name in given:
        raise _Unclear(f"{name}: is there twice, and every word has to fit")
    if value:
        given[name] = value


def _sieve(
    text: str, given: dict[str, str], words: list[str], now: float, runs: Iterable[str], *, proofs: bool
) -> Sieve:
    query: dict[str, str | float] = {}
    for name, value in given.items():
        if len(value) > _MOST:
            raise _Unclear(f"{name}: takes {_MOST} characters at most")
        if name in _ASKED:
            query[_ASKED[name]] = _JUDGED.get(name, _as_it_is)(value, runs)
        elif name != "verdict":
            query[name] = _moment(name, value, now)
    # The longest word narrows most; the hub looks for one text. Without any, a verdict is a text of its row too.
    longest = max(words, key=len, default="")
    if sought := longest or given.get("verdict", ""):
        query["q"] = sought[:_MOST]
    rest = tuple(word for word in words if word != longest)
    asked = proofs or CANARY in (given.get("who", ""), longest) or given.get("tool") == "canary_touch"
    return Sieve(text, query, _verdict(given.get("verdict", "")), rest, asked)


def _as_it_is(value: str, runs: Iterable[str]) -> str:
    del runs
    return value


def _run(value: str, runs: Iterable[str]) -> str:
    begins = value if value.startswith("r-") else f"r-{value}"
    if re.fullmatch(r"r-[0-9a-f]{16}", begins):
        return begins
    found = [run for run in runs if run.startswith(begins)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} runs begin" if found else "no run this console knows begins"
    raise _Unclear(f"{what} with {visible_line(begins, 20)}: type more of it (all of it finds any run)")


def _kind(value: str, runs: Iterable[str]) -> str:
    del runs
    if not re.fullmatch(r"[a-z_.]{1,40}", value):
        raise _Unclear(f"{visible_line(value, 20)} is no kind: {_near(value, KINDS)}")
    if value not in KINDS:
        raise _Unclear(f"no kind {value}: {_near(value, KINDS)}")
    return value


_JUDGED: dict[str, Callable[[str, Iterable[str]], str]] = {"run": _run, "kind": _kind}


def _verdict(value: str) -> str:
    if value and value not in VERDICTS:
        raise _Unclear(f"no verdict {visible_line(value, 20)}: {_near(value, VERDICTS)}")
    return value


def _moment(name: str, value: str, now: float) -> float:
    today = datetime.fromtimestamp(now).astimezone()
    try:
        if _CLOCK.fullmatch(value):
            clock = datetime.strptime(value if value.count(":") == 2 else f"{value}:00", "%H:%M:%S")  # noqa: DTZ007
            at = today.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)
            # A clock's time that is still to come is that of the day before: nothing is recorded ahead of time.
            return (at - timedelta(days=1) if at > today else at).timestamp()
        if "-" in value:
            return datetime.fromisoformat(value).astimezone().timestamp()
        return now - age(value)
    except (ValueError, OverflowError, OSError, ConfigError):
        said = visible_line(value, 24)
        raise _Unclear(
            f"{said} is no time: write {name}:90m, {name}:14:05 or {name}:2026-11-26T14:05"
        ) from None


def _near(value: str, known: Iterable[str]) -> str:
    every = list(known)
    near = get_close_matches(value.casefold(), every, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(every)}"


def _no_field(name: str, word: str) -> str:
    return f'no field {name}: {_near(name, FIELDS)} (to look for the text itself: "{word}")'
