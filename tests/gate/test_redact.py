"""What is a secret and what is not: planted ones go, everything people really wrote stays."""

import gzip
import json
from itertools import product
from pathlib import Path

import pytest

from interlock.redact import Redactor
from tests.support.cases import each

pytestmark = pytest.mark.pure

KEY = "5f" * 32
REDACT = Redactor(KEY)
LETTERS = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0nOp3rSt6vWx9zAb2dEf5hIj8lMn1p"

# Put together from pieces, so that this file holds no secret by its own shape.
PLANTED = {
    "anthropic": ("sk" + "-ant-api03-" + LETTERS[:60]),
    "openai": ("sk" + "-proj-" + LETTERS[:48]),
    "openai, old": ("sk" + "-" + LETTERS[:48]),
    "google": ("AI" + "za" + LETTERS[:35]),
    "groq": ("gs" + "k_" + LETTERS[:52]),
    "hugging face": ("h" + "f_" + LETTERS[:34]),
    "aws id": ("AK" + "IA" + "IOSFODNN7EXAMPLE"),
    "github": ("gh" + "p_" + LETTERS[:36]),
    "github, fine": ("github" + "_pat_" + LETTERS[:60]),
    "gitlab": ("gl" + "pat-" + LETTERS[:20]),
    "slack": ("xo" + "xb-123456789012-123456789012-" + LETTERS[:24]),
    "stripe": ("sk" + "_live_" + LETTERS[:24]),
    "sendgrid": ("S" + "G." + LETTERS[:22] + "." + LETTERS[:43]),
    "ours, an operator's": ("ilk" + "_t-0123456789ab-" + "0f" * 32),
    "ours, an agent's": ("ilk" + "_a-0123456789ab-" + "0f" * 32),
    "jwt": ("ey" + "J" + LETTERS[:20] + ".ey" + "J" + LETTERS[:40] + "." + LETTERS[:43]),
}
AROUND = ("{}", "key={} and more", '{{"token_of":"{}"}}', "export K={}\n", "({})", "`{}`,")


@each(product(PLANTED, AROUND))
def test_a_planted_secret_is_taken_out(kind: str, around: str) -> None:
    """No shape of key survives, wherever in a text it stands."""
    secret = PLANTED[kind]
    hidden = REDACT.text(around.format(secret))
    assert secret not in hidden
    assert hidden.count("[secret:") == 1


def test_a_private_key_goes_whole_and_its_frame_stays() -> None:
    """Of a PEM block the label stays, so that one can see what was there."""
    body = "\n".join([LETTERS[:64]] * 12)
    for kind in ("", "RSA ", "OPENSSH "):
        begin, end = f"-----BEGIN {kind}PRIVATE" + " KEY-----", f"-----END {kind}PRIVATE" + " KEY-----"
        for text in (
            f"{begin}\n{body}\n{end}\n",
            json.dumps(f"{begin}\n{body}\n{end}\n"),
            f"{begin}\n{body}",
        ):
            hidden = REDACT.text(text)
            assert LETTERS[:20] not in hidden
            assert begin in hidden


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer " + LETTERS[:40], LETTERS[:40]),
        ("curl -H 'authorization: bearer " + LETTERS[:40] + "'", LETTERS[:40]),
        ("authorization: Basic " + "dXNlcjpodW50ZXIyMg==", "dXNlcjpodW50ZXIyMg=="),
        ("postgres://app:hunter22@db.internal:5432/orders", "hunter22"),
        ("redis://:s3cr3t-pw@cache/0", "s3cr3t-pw"),
        ("AWS_SECRET_ACCESS_KEY=" + LETTERS[:40], LETTERS[:40]),
    ],
)
def test_a_secret_known_by_what_stands_before_it_is_taken_out(text: str, secret: str) -> None:
    """Bearer and basic headers, passwords in URLs, and keys behind their well-known name."""
    hidden = REDACT.text(text)
    assert secret not in hidden
    assert hidden.startswith(text[:6])


@pytest.mark.parametrize(
    "name",
    ["password", "db_password", "api_key", "apiKey", "client_secret", "access_token", "token", "AUTH_TOKEN"],
)
def test_a_field_named_like_a_secret_is_hidden_in_arguments(name: str) -> None:
    """The value goes, the JSON stays JSON, and the other fields stay as they are."""
    for value in ("hunter2", 'a"b\\c', 1234, "né"):
        args = json.dumps({"order": "A-1", name: value, "z": [1, {name: value}]}, ensure_ascii=False)
        read = json.loads(REDACT.args(args))
        assert read["order"] == "A-1"
        assert read[name] == read["z"][1][name]
        assert read[name].startswith("[secret:")
    inner = json.dumps({"body": json.dumps({name: "hunter2", "a": 1})})
    read = json.loads(json.loads(REDACT.args(inner))["body"])
    assert read[name].startswith("[secret:")
    assert read["a"] == 1


@pytest.mark.parametrize("name", ["pa\u017f\u017fword", "api_\u212aey", "credent\u0131als"])
def test_a_field_named_so_in_letters_that_count_as_these_is_hidden(name: str) -> None:
    """A case-blind pattern takes the long s, the Kelvin sign and the dotless i for s, k and i."""
    assert "hunter22" not in REDACT.args(json.dumps({name: "hunter22"}, ensure_ascii=False))


def test_fields_that_only_sound_alike_stay() -> None:
    """Counting tokens is no secret, and neither is a placeholder."""
    for args in ('{"max_tokens":4096}', '{"key":"A-1"}', '{"password":"<PASSWORD>"}', '{"tokens":"a b"}'):
        assert REDACT.args(args) == args


def test_the_same_secret_is_the_same_digest_and_another_key_gives_another() -> None:
    """One can see where a secret was used again; without the key nobody can guess it."""
    secret = PLANTED["github"]
    first, second = REDACT.text(f"a {secret}"), REDACT.text(f"b {secret} c")
    assert first[2:] == second[2:-2]
    assert Redactor("00" * 32).text(f"a {secret}") != first
    assert REDACT.args(json.dumps({"password": secret})).count(first[2:]) == 1


@each(PLANTED)
def test_redacting_twice_changes_nothing(kind: str) -> None:
    """The hub redacts what the agent has redacted before it, and finds nothing."""
    text = json.dumps(
        {"password": PLANTED[kind], "url": f"db://u:{PLANTED[kind]}@h/", "b": f"Bearer {PLANTED[kind]}"}
    )
    once = REDACT.args(text)
    assert PLANTED[kind] not in once
    assert REDACT.args(once) == once
    assert REDACT.text(once) == once


def test_an_event_is_redacted_in_all_its_texts() -> None:
    """Every text of an event is looked at, also a reference's head; a clean event comes back as it is."""
    clean = {"kind": "message", "text": "hello", "labels": {"a": "b"}, "n": 1}
    assert REDACT.event(clean) is clean
    secret = PLANTED["slack"]
    dirty = {
        "kind": "x",
        "result": {"head": secret, "chunks": [secret]},
        "args": '{"password":"pw"}',
        "n": None,
    }
    assert secret not in json.dumps(REDACT.event(dirty))
    assert '"pw"' not in REDACT.event(dirty)["args"]


@pytest.mark.parametrize(
    "hostile",
    [
        "-----BEGIN PRIVATE" + " KEY-----",
        "-ey" + "Jaaaaaaaa.",
        "-s" + "k-ant-",
        "a://b:",
        "Bearer a",
        '"password":"',
        "xo" + "xb-",
        "n",
    ],
)
def test_no_text_takes_long(hostile: str) -> None:
    """A text written to make the patterns slow costs a bounded number of steps for each character.

    Were it not so, the suite's guard against hanging would end this test.
    """
    text = "-----BEGIN PRIVATE" + " KEY-----" + hostile * (300_000 // len(hostile)) + "!"
    once = REDACT.args(text)
    assert REDACT.args(once) == once


@pytest.mark.parametrize("part", [8, pytest.param(1, marks=pytest.mark.rig)])
def test_what_people_and_agents_really_wrote_stays(part: int) -> None:
    """Not one text of 1,331 recorded runs is changed; the short form reads one in eight."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "trajectories"
    files = sorted(folder.glob("*.jsonl.gz"))
    if not files:
        pytest.skip("no recorded runs beside the checkout")
    texts = [
        text
        for file in files
        for line in gzip.decompress(file.read_bytes()).splitlines()[::part]
        for text in map(json.loads(line).get, ("text", "result"))
        if text
    ]
    assert [text[:200] for text in texts if REDACT.text(text) != text] == []
