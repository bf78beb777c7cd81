"""The file of contexts, and which hub is chosen: read strictly, changed carefully, never lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.errors import ConfigError, HubUnavailable
from interlock_console import contexts
from interlock_console.contextfile import changing, drop, put, use
from interlock_console.contexts import Context, address
from interlock_console.finding import chosen, find_hub

GOOD = """# mine
use = "prod"   # until Friday
future = 7

[context.prod]
url = "https://hub.example.com"
production = true
read_only = true
token = "env:PROD_TOKEN"
colour = "amber"

[context.prod.more]
deep = 1

[context.dev]
url = "http://127.0.0.1:7117"
token = "file"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment whose folders are empty ones of this test."""
    folders = {"XDG_CONFIG_HOME": tmp_path / "config", "XDG_STATE_HOME": tmp_path / "state", "HOME": tmp_path}
    return {name: str(path) for name, path in folders.items()}


def write(environ: dict[str, str], text: str | bytes = GOOD, mode: int = 0o600) -> Path:
    """Write the file of contexts as a person would."""
    path = contexts.path_of(environ)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_the_order_of_precedence_is_the_documented_one(environ: dict[str, str]) -> None:
    """Flag before INTERLOCK_URL before INTERLOCK_CONTEXT before the one in use before the local hub, each with why."""
    assert chosen(environ=environ).name == "local"
    write(environ)
    steps = [chosen(environ=environ)]
    steps.append(chosen(environ=environ | {"INTERLOCK_CONTEXT": "dev"}))
    named = environ | {"INTERLOCK_CONTEXT": "dev", "INTERLOCK_URL": "http://127.0.0.1:1"}
    steps += [chosen(environ=named), chosen("http://127.0.0.1:2", named), chosen(None, named, "prod")]
    assert [(step.name, step.url[-1], step.why.split()[0]) for step in steps] == [
        ("prod", "m", "it"), ("dev", "7", "INTERLOCK_CONTEXT"), ("", "1", "INTERLOCK_URL"), ("", "2", "--url"),
        ("prod", "m", "--context"),
    ]  # fmt: skip
    assert chosen(None, named, "local").name == "local"
    with pytest.raises(ConfigError, match="name two hubs"):
        chosen("http://127.0.0.1:2", named, "prod")


def test_a_token_goes_only_to_the_hub_it_is_for(environ: dict[str, str]) -> None:
    """INTERLOCK_TOKEN is not given to a context's hub: its own token is, or none."""
    write(environ)
    given = environ | {"INTERLOCK_TOKEN": "for another hub"}
    with pytest.raises(ConfigError, match="PROD_TOKEN"):
        find_hub(environ=given)
    hub = find_hub(environ=given | {"PROD_TOKEN": "its-own"})
    assert (hub.token, hub.context.store, hub.context.production, hub.context.read_only) == (
        "its-own", "env PROD_TOKEN", True, True,
    )  # fmt: skip
    assert "its-own" not in repr(hub)
    with pytest.raises(HubUnavailable):
        find_hub(environ=given, context="local")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("use = \n", "line 1, column 7"),
        ('[context.a]\nurl = "https://h"\nurl = "https://h"\n', "line 3"),
        (b'use = "a"\n# \xff\n', "line 2, column 3"),
        ('use = "a"\n[context.a]\nurl = 7\ntoken = "file"\n', "line 3, column 6"),
        (
            'use = "a"\n[context.a]\nurl = "https://h"\nproduction = "yes"\ntoken = "file"\n',
            "line 4, column 13",
        ),
        ('use = "a"\n[context.a]\nurl = "ftp://h"\ntoken = "file"\n', "line 3, column 6"),
        ('use = "a"\n[context.a]\nurl = "https://h"\ntoken = "plain"\n', "line 4, column 8"),
        ('use = "a"\n[context.a]\nurl = "https://h"\n', "line 2, column 1"),
        ("use = 1\n", "line 1, column 6"),
    ],
)
def test_a_broken_file_says_where_and_is_left_alone(
    environ: dict[str, str], text: str | bytes, place: str
) -> None:
    """Line and column are in the sentence; neither reading nor an attempt to change it touches a byte."""
    path = write(environ, text)
    before = path.read_bytes()
    with pytest.raises(ConfigError) as found:
        chosen(environ=environ)
    assert place in str(found.value)
    with pytest.raises(ConfigError), changing(environ) as book:
        book.get("a")
    assert path.read_bytes() == before


def test_a_mistake_in_one_context_keeps_nobody_from_another(environ: dict[str, str]) -> None:
    """Only the entry that is used is judged; the others are named as not right."""
    write(environ, GOOD + "[context.odd]\nurl = 7\n")
    assert chosen(environ=environ).name == "prod"
    with pytest.raises(ConfigError, match="'odd' is not right at line 19"):
        chosen(environ=environ, context="odd")


def test_a_change_keeps_comments_and_keys_it_does_not_know(environ: dict[str, str]) -> None:
    """After use, put and drop, everything else in the file is as it was written, and the file is private."""
    path = write(environ)
    with changing(environ) as book:
        use(book, "dev")
    with changing(environ) as book:
        put(book, Context("new.one", "https://n.example.com", token="keyring"))
    with changing(environ) as book:
        put(book, Context("prod", "https://other.example.com", True, token="file"))
    text = path.read_text()
    for kept in ("# mine", "future = 7", 'colour = "amber"', "[context.prod.more]", "deep = 1"):
        assert kept in text
    book = contexts.read(environ)
    assert (book.use, book.names) == ("dev", ["dev", "new.one", "prod"])
    assert book.get("prod") == Context("prod", "https://other.example.com", True, token="file")
    assert [said.split()[0] for said in book.strange()] == ["'future'", "'colour'", "'more'"]
    with changing(environ) as book:
        drop(book, "dev")
    assert contexts.read(environ).use == ""
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in path.parent.iterdir()) == [".contexts.lock", "contexts.toml"]


def test_what_cannot_be_changed_safely_is_not_changed(environ: dict[str, str]) -> None:
    """A context written inline is read, and a change of it refused with the file as it was."""
    text = 'context = {a = {url = "https://h", token = "file"}}\n'
    path = write(environ, text)
    assert contexts.read(environ).get("a").url == "https://h"
    with pytest.raises(ConfigError, match="cannot change safely"), changing(environ) as book:
        drop(book, "a")
    with pytest.raises(ConfigError, match="cannot change safely"), changing(environ) as book:
        put(book, Context("b", "https://h", token="file"))
    assert path.read_text() == text


@pytest.mark.parametrize(("mode", "said"), [(0o622, "others may change"), (0o606, "others may change")])
def test_a_file_that_others_may_write_is_not_believed(environ: dict[str, str], mode: int, said: str) -> None:
    """Whoever writes it chooses where the token goes."""
    write(environ, mode=mode)
    with pytest.raises(ConfigError, match=said):
        chosen(environ=environ)


@pytest.mark.parametrize(
    "url",
    [
        "hub.example.com", "ftp://h", "https://", "https://me:secret@h", "https://h/path", "https://h?x=1", "https://h#x",
        "https://h:0", "https://h:x", "https://h\n.evil", "https://h h", "https://h\\@evil", "https://\u0430cme.com",
    ],
)  # fmt: skip
def test_an_address_is_an_address_and_nothing_more(url: str) -> None:
    """Credentials, paths, blanks and look-alike letters are refused."""
    with pytest.raises(ConfigError, match="not the address of a hub"):
        address(url)


def test_plain_http_to_another_machine_must_be_meant() -> None:
    """Loopback needs nothing; for the rest insecure_http has to be stored, and the context says it is plain."""
    for url in ("http://localhost:1", "http://127.8.0.1:1", "http://[::1]:1", "https://h"):
        assert address(url + "/") == url
        assert not Context(url=url).plain_http
    with pytest.raises(ConfigError, match="plain http"):
        address("http://h:7117")
    assert Context(url=address("http://h:7117", insecure_http=True)).plain_http


def test_a_local_hub_is_found_by_its_ready_file(environ: dict[str, str]) -> None:
    """Without contexts it is the hub of this machine, and the context says so."""
    folder = Path(environ["XDG_STATE_HOME"]) / "interlock"
    folder.mkdir(parents=True)
    ready, token = folder / "ready.json", folder / "operator.token"
    ready.write_text(json.dumps({"url": "http://127.0.0.1:9", "operator_token_file": "operator.token"}))
    token.write_text("t0ken\n")
    ready.chmod(0o600)
    token.chmod(0o600)
    hub = find_hub(environ=environ)
    assert (hub.token, hub.context.name, hub.context.store) == ("t0ken", "local", "file 0600")
    link = folder / "link.token"
    link.symlink_to(token)
    with pytest.raises(ConfigError, match="it is a link"):
        find_hub(None, str(link), environ)
    token.chmod(0o640)
    with pytest.raises(ConfigError, match="others may use the token file"):
        find_hub(environ=environ)
