"""Secrets out of texts, before they are sent and again before they are stored. Pure.

Only shapes that are hardly ever anything else are touched: a trace that is full of holes is no trace. Each secret
becomes ``[secret:DIGEST]``, a keyed digest: the same secret is the same digest for the same key, so one can see
where it was used, and nobody without the key can try guesses against it. Redacting twice changes nothing.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, cast

__all__ = ["Redactor"]


class _Rule(NamedTuple):
    """``needles``: one of these is in the text, or the pattern is not tried. Group ``s`` is the secret."""

    needles: tuple[str, ...]
    pattern: re.Pattern[str]


def _rule(pattern: str, *needles: str) -> _Rule:
    return _Rule(needles, re.compile(pattern))


_START = r"(?<![A-Za-z0-9_])"
_END = r"(?![A-Za-z0-9_-])"

_RULES: Final = (
    # providers of models
    _rule(rf"{_START}(?P<s>sk-(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{{20,1024}})", "sk-"),
    _rule(rf"{_START}(?P<s>sk-[A-Za-z0-9]{{32,1024}}){_END}", "sk-"),
    _rule(rf"{_START}(?P<s>AIza[A-Za-z0-9_-]{{35}}){_END}", "AIza"),
    _rule(rf"{_START}(?P<s>(?:gsk|hf|r8)_[A-Za-z0-9]{{32,1024}}){_END}", "gsk_", "hf_", "r8_"),
    _rule(rf"{_START}(?P<s>xai-[A-Za-z0-9]{{40,1024}}){_END}", "xai-"),
    # clouds, forges, payments, mail
    _rule(rf"{_START}(?P<s>(?:AKIA|ASIA)[A-Z0-9]{{16}}){_END}", "AKIA", "ASIA"),
    _rule(
        r"(?i:aws_?secret_?access_?key)[\\\"'\s:=]{1,8}(?P<s>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
        *("aws_secret", "AWS_SECRET", "awsSecret", "aws_Secret", "AWSSecret"),
    ),
    _rule(rf"{_START}(?P<s>gh[pousr]_[A-Za-z0-9]{{36,1024}}){_END}", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _rule(rf"{_START}(?P<s>github_pat_[A-Za-z0-9_]{{40,1024}}){_END}", "github_pat_"),
    _rule(rf"{_START}(?P<s>glpat-[A-Za-z0-9_-]{{20,1024}})", "glpat-"),
    _rule(rf"{_START}(?P<s>npm_[A-Za-z0-9]{{36}}){_END}", "npm_"),
    _rule(rf"{_START}(?P<s>(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{{20,1024}})", "xox", "xapp-"),
    _rule(r"hooks\.slack\.com/services/(?P<s>T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,1024})", "hooks.slack.com"),
    _rule(rf"{_START}(?P<s>(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{{16,1024}})", "_live_", "_test_"),
    _rule(rf"{_START}(?P<s>whsec_[A-Za-z0-9+/=]{{24,1024}})", "whsec_"),
    _rule(rf"{_START}(?P<s>SG\.[A-Za-z0-9_-]{{16,1024}}\.[A-Za-z0-9_-]{{32,1024}})", "SG."),
    # this hub's own
    _rule(rf"{_START}(?P<s>ilk_[at]-[0-9a-f]{{12}}-[0-9a-f]{{64}}){_END}", "ilk_"),
    # shapes of their own
    _rule(
        r"(?<![A-Za-z0-9_-])(?P<s>eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,4096})",
        "eyJ",
    ),
    _rule(
        r"-----BEGIN (?P<k>[A-Z0-9 ]{0,24})PRIVATE KEY-----(?P<s>"
        # Bounded: an "n" may be half of an escaped line break or a letter, and trying both in a long text never ends.
        r"(?:[\\nr\s]{0,16}[A-Za-z]{1,32}-[A-Za-z]{1,32}: [A-Za-z0-9,-]{1,80}){0,3}"
        r"[A-Za-z0-9+/=\s\\]{40,20000}?)(?=-----END (?P=k)PRIVATE KEY-----|\Z)",
        "PRIVATE KEY-----",
    ),
    _rule(
        r"(?i:\bbearer[ \t]+)(?P<s>(?=[A-Za-z._~+/-]{0,512}[0-9])[A-Za-z0-9._~+/-]{20,1024}={0,2})",
        *("Bearer", "bearer", "BEARER"),
    ),
    _rule(
        r"(?i:\bauthorization[\\\"']{0,4}[ \t]*[:=][ \t]*[\\\"']{0,4}basic[ \t]+)(?P<s>[A-Za-z0-9+/]{12,1024}={0,2})",
        *("Basic ", "basic ", "BASIC "),
    ),
    _rule(
        r"(?<![A-Za-z0-9])[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s/@:\"'\\<>{}]{0,128}:"
        r"(?P<s>(?!(?i:pass|password|passwd|pwd|secret|token|x+)@)[^\s/@:\"'\\<>{}$*\[\]]{3,256})@(?=[A-Za-z0-9\[])",
        "://",
    ),
)

_RARE = "_xJzK/-BGASW"
"""Characters of needles, beginning with the rarest in prose. Looking for one costs a tenth of looking for a word."""


def _by_character() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return all needles by a character each of them has; by an empty text where none of them is rare."""
    found: dict[str, dict[str, None]] = {}
    for rule in _RULES:
        for needle in rule.needles:
            rare = next((character for character in _RARE if character in needle), "")
            found.setdefault(rare, {})[needle] = None
    return tuple((rare, tuple(needles)) for rare, needles in found.items())


_NEEDLES: Final = _by_character()

_NAMES = (
    r"[a-z0-9_-]{0,64}(?:password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|secret[_-]?key|"
    r"private[_-]?key|access[_-]?token|refresh[_-]?token|auth[_-]?token|session[_-]?token|bearer[_-]?token|"
    r"authorization|credentials?)|token|cvv|cvc"
)
_HOLE = r"(?!\[secret:[0-9a-f]{16}\]|<[A-Za-z_ ]+>|\{|\$\{|\*+)"
_FIELDS: Final = (
    re.compile(rf'"(?i:{_NAMES})"\s*:\s*"{_HOLE}(?P<s>(?:[^"\\]|\\.)+)"'),
    re.compile(rf'\\"(?i:{_NAMES})\\"\s*:\s*\\"{_HOLE}(?P<s>(?:(?!\\").)+)\\"', re.DOTALL),
)
_NUMBER_FIELD: Final = re.compile(rf'"(?i:{_NAMES})"\s*:\s*(?P<s>-?[0-9][0-9.eE+-]*)')
_NAMED: Final = ("pass", "pwd", "secret", "key", "token", "authorization", "credential", "cvv", "cvc")
_NAMED_FOREIGN: Final = re.compile("|".join(_NAMED), re.IGNORECASE)


class Redactor:
    """Takes secrets out under one key: ``key`` is bytes, or hex as ``welcome.redact_key`` has it."""

    def __init__(self, key: bytes | str) -> None:
        raw = bytes.fromhex(key) if isinstance(key, str) else key
        self._key = raw if len(raw) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.sha256(raw).digest()

    def text(self, raw: str) -> str:
        """Return the text without secrets of a known shape; the same object when there are none."""
        if not _suspicious(raw):
            return raw
        for needles, pattern in _RULES:
            for needle in needles:
                if needle in raw:
                    raw = pattern.sub(self._hide, raw)
                    break
        return raw

    def args(self, raw: str) -> str:
        """Return JSON text without secrets: those of a known shape, and the values of fields named like one."""
        raw = self.text(raw)
        if not _named(raw):
            return raw
        for pattern in _FIELDS:
            raw = pattern.sub(self._hide, raw)
        return _NUMBER_FIELD.sub(self._hide_quoted, raw)

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event, as decoded JSON, without secrets in any of its texts; the same object if clean."""
        changed = {key: self._value(key, value) for key, value in event.items()}
        return event if all(changed[key] is event[key] for key in event) else changed

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, str):
            return self.args(value) if key == "args" else self.text(value)
        if isinstance(value, dict):
            return self.event(cast("dict[str, Any]", value))
        if isinstance(value, list):
            old: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
            new = [self._value("", inner) for inner in old]
            return old if all(a is b for a, b in zip(old, new, strict=True)) else new
        return value

    def _hide(self, found: re.Match[str]) -> str:
        return self._around(found, self._mark)

    def _hide_quoted(self, found: re.Match[str]) -> str:
        return self._around(found, lambda secret: f'"{self._mark(secret)}"')

    def _around(self, found: re.Match[str], mark: Callable[[str], str]) -> str:
        whole, at = found.group(), found.start()
        start, end = found.span("s")
        return whole[: start - at] + mark(found["s"]) + whole[end - at :]

    def _mark(self, secret: str) -> str:
        raw = secret.encode("utf-8", "surrogatepass")
        return f"[secret:{hashlib.blake2b(raw, key=self._key, digest_size=8).hexdigest()}]"


def _suspicious(raw: str) -> bool:
    """Return whether any needle is in the text: most texts have none, and are looked through for little."""
    for character, needles in _NEEDLES:
        if character in raw:
            for needle in needles:
                if needle in raw:
                    return True
    return False


def _named(raw: str) -> bool:
    """Return whether a field's name could be that of a secret. Where all is ASCII a few searches say so for little."""
    if not raw.isascii():
        # Letters of other scripts count as some of these, too, and only the pattern knows which.
        return _NAMED_FOREIGN.search(raw) is not None
    lower = raw.lower()
    return any(name in lower for name in _NAMED)
