"""What a search passes over unread has the searched text nowhere a person could see it."""

from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.audit import rows
from interlock.audit.chain import Row
from interlock.hub.record.pages import to_entry
from interlock.hub.record.sieve import Sieve

pytestmark = pytest.mark.pure

SHOWN = ("who", "what", "why", "run", "tool", "outcome", "verdict", "permit", "digest")
NAMES = [
    *("agent", "role", "gate", "claim", "verb", "stage", "tool", "outcome", "entry", "n", "level", "name"),
    *("escalation", "plan", "state", "operator", "token", "epoch", "key", "by", "reason", "note", "verdict"),
    *("scope", "runs", "sha256", "why"),
]
TEXT = st.text('agent ruHub?:Straße\n"\\İ', max_size=9)
NUMBER = st.integers(0, 10**19) | st.floats(allow_nan=False, allow_infinity=False) | st.just(1e-05)
VALUE = st.one_of(TEXT, NUMBER, st.booleans(), st.none(), st.lists(TEXT, max_size=2))
BODY = st.dictionaries(st.sampled_from(NAMES), VALUE | st.dictionaries(TEXT, VALUE, max_size=2), max_size=6)
KIND = st.sampled_from(sorted({*rows.KINDS, "made up", "order"}))


def stored(kind: str, run: str, body: dict[str, Any]) -> Row:
    """Return an entry as the record has it."""
    data = orjson.dumps(body)
    return Row(1, 1, kind.encode(), run.encode(), b"", b"p-00f3e2", sha256(data).digest(), data, b"\0" * 32)


def to_be_seen(entry: Row) -> list[str]:
    """Return every text of its row and its body."""
    plain = to_entry(entry, b"")
    row = rows.row(plain._asdict())
    return [*(str(row[name]) for name in SHOWN), *rows.texts(plain.body)]


@given(KIND, TEXT, BODY, st.data())
def test_no_text_that_can_be_seen_is_passed_over(
    kind: str, run: str, body: dict[str, Any], data: st.DataObject
) -> None:
    """Also one that is half a word of the row and half a value of the entry, in any case of its letters."""
    entry = stored(kind, run, body)
    seen = data.draw(st.sampled_from([text for text in to_be_seen(entry) if text]))
    first = data.draw(st.integers(0, len(seen) - 1))
    end = data.draw(st.integers(first + 1, len(seen)))
    part = seen[first:end]
    for text in (part, part.upper(), part.casefold()):
        assert Sieve(text).may_show(entry)


def test_what_is_nowhere_near_is_passed_over() -> None:
    """Or nothing would be gained: a text that shares no letter with the words of the kind, and is not in the entry."""
    entry = stored("permit", "r-0123", {"tool": "refund", "by": "ops", "reason": "a parcel"})
    for text in ("zebra", "0124", "parcels", "refund as", "1e-05", "77"):
        assert not Sieve(text).may_show(entry), text
    for text in ("PARCEL", "for refund", "allow", "r-0123", "p-00F"):
        assert Sieve(text).may_show(entry), text


def test_no_sentence_has_two_values_without_a_word_between() -> None:
    """What a match overlaps is looked for word by word."""
    for kind in rows.KINDS:
        said = rows.words(kind)
        assert said is None or all(said.around[1:-1]), kind
