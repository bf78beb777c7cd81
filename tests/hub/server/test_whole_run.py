"""Questions about a whole run at a real hub: search, marks, the tree, and slices of long texts."""

from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest

from interlock import ids
from tests.hub.server.raw import raw_gate, reasoning
from tests.support.hubs import HubProcess

LONG = "a prompt with Ünicode, line " * 4000


class World:
    """A run with a hundred calls, one of them failed, a long text, and a family."""

    def __init__(self, hub: HubProcess) -> None:
        self.root, self.run, self.child, self.grandchild, self.second = (ids.new_run() for _ in range(5))
        self.digest = sha256(LONG.encode()).hexdigest()
        pieces = [LONG[at : at + 30_000] for at in range(0, len(LONG), 30_000)]
        names = [sha256(piece.encode()).hexdigest() for piece in pieces]
        with raw_gate(hub) as gate:
            gate.open(self.root)
            for run, parent in (
                (self.run, self.root),
                (self.child, self.run),
                (self.second, self.run),
                (self.grandchild, self.child),
            ):
                gate.open(run, parent=parent)
            for name, piece in zip(names, pieces, strict=True):
                gate.say("chunk", run=self.run, sha256=name, data=piece)
            ref = {"sha256": self.digest, "size": len(LONG.encode()), "chunks": names, "head": LONG[:20]}
            failed = {"kind": "tool.finished", "call": "c", "outcome": "failed", "error": "Out of stock"}
            model = {"kind": "model.started", "call": "m", "messages": ref}
            said = [reasoning(f"step {n}") for n in range(100)]
            gate.events(self.run, 2, *said[:50], failed, model, *said[50:])
            gate.stored(self.run, 103)


@pytest.fixture(scope="module")
def world(hub: HubProcess) -> World:
    """Return something to ask about."""
    return World(hub)


def search(hub: HubProcess, run: str, text: str, **more: Any) -> Any:
    """Search a run."""
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    return hub.get(f"/v1/runs/{run}/search?q={quote(text)}{rest}")


def test_a_search_finds_what_was_said_and_what_is_long(hub: HubProcess, world: World) -> None:
    """An error in the middle, and a word deep in a long text, whatever the case."""
    top = hub.get(f"/v1/runs/{world.run}")["run"]["n"]
    found = search(hub, world.run, "out of STOCK")
    (hit,) = found["hits"]
    assert (hit["kind"], hit["field"], hit["body"]) == ("tool.finished", "error", None)
    assert hit["excerpt"][hit["from"] : hit["to"]] == "Out of stock"
    assert (found["first"], found["last"], found["scanned"], found["next"]) == (1, top, top, None)
    (hit,) = search(hub, world.run, "line a prompt with ünicode")["hits"]
    assert (hit["field"], hit["body"]) == ("messages", world.digest)
    there = hub.get(f"/v1/bodies/{world.digest}?from={hit['offset']}&length=13")
    assert there["text"] == LONG[hit["offset"] :][:13] == "line a prompt"


def test_a_search_goes_both_ways_page_by_page(hub: HubProcess, world: World) -> None:
    """``next`` is where the next request goes on, given as the parameter that was given before."""
    first = search(hub, world.run, "step", limit=60)
    assert (len(first["hits"]), first["next"]) == (60, first["hits"][-1]["n"])
    rest = search(hub, world.run, "step", limit=60, after=first["next"])
    back = search(hub, world.run, "step", limit=100, before=10_000)
    assert [hit["n"] for hit in back["hits"]] == [hit["n"] for hit in first["hits"] + rest["hits"]][::-1]


def test_marks_lead_to_the_failed_call_and_the_model_turn(hub: HubProcess, world: World) -> None:
    """From anywhere, by number."""
    (error,) = hub.get(f"/v1/runs/{world.run}/marks?kind=error")["marks"]
    event = hub.get(f"/v1/runs/{world.run}/events?after={error - 1}&limit=2")["items"]
    assert [item["e"]["event"]["kind"] for item in event] == ["tool.finished", "model.started"]
    assert hub.get(f"/v1/runs/{world.run}/marks?kind=model&before=10000")["marks"] == [error + 1]
    assert hub.get(f"/v1/runs/{world.run}/marks?kind=model&after={error + 1}") == {"marks": [], "next": None}


def test_a_tree_has_the_family_in_its_order(hub: HubProcess, world: World) -> None:
    """Ancestors, the run, and descendants each below its parent, with their states."""
    answer = hub.get(f"/v1/runs/{world.run}/tree")
    seen = [(node["depth"], node["run"]["run"]) for node in answer["runs"]]
    below = [(1, world.child), (2, world.grandchild), (1, world.second)]
    assert seen == [(-1, world.root), (0, world.run), *below]
    assert (answer["total"], answer["cut"]) == (5, False)
    assert answer["runs"][1]["run"]["errors"] == 1


def test_a_tree_of_many_is_cut_and_says_so(hub: HubProcess) -> None:
    """The 500 nearest to the top are given; how many there are is told."""
    root = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(root)
        for _ in range(520):
            gate.open(ids.new_run(), parent=root)
    answer = hub.get(f"/v1/runs/{root}/tree")
    assert (len(answer["runs"]), answer["total"], answer["cut"]) == (500, 521, True)


def test_a_long_text_comes_whole_or_in_slices(hub: HubProcess, world: World) -> None:
    """The whole, a slice in the middle, and one past the end."""
    path = f"/v1/bodies/{world.digest}"
    assert hub.get(path) == {"text": LONG, "from": 0, "total": len(LONG), "checked": True}
    assert hub.get(f"{path}?from=29990&length=20")["text"] == LONG[29_990:30_010]
    assert hub.get(f"{path}?from=5")["text"] == LONG[5 : 5 + 65_536]
    assert hub.get(f"{path}?length=3")["text"] == LONG[:3]
    end = hub.get(f"{path}?from=999999")
    assert (end["text"], end["from"]) == ("", len(LONG))


@pytest.mark.parametrize(
    "query",
    [
        "search",
        "search?q=",
        "search?q=" + "x" * 201,
        "search?q=x&limit=101",
        "marks",
        "marks?kind=other",
        "marks?kind=error&limit=1001",
    ],
)
def test_what_is_no_question_is_refused(hub: HubProcess, world: World, query: str) -> None:
    """What is missing, too long, or asks for two directions at once."""
    status, answer = hub.ask("GET", f"/v1/runs/{world.run}/{query}")
    assert (status, answer["error"]["code"]) == (400, "malformed")


def test_the_longest_question_and_the_longest_slice_are_taken(hub: HubProcess, world: World) -> None:
    """Limits themselves are within."""
    assert search(hub, world.run, "x" * 200, limit=100)["hits"] == []
    assert hub.get(f"/v1/bodies/{world.digest}?length={2**20}")["total"] == len(LONG)
    assert hub.ask("GET", f"/v1/bodies/{world.digest}?length={2**20 + 1}")[0] == 400
