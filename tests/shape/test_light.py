"""What importing a module pulls in, seen in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

HEAVY = {"textual", "rich", "keyring", "httpx", "uvicorn", "starlette", "apsw", "interlock_console"}

LISTING = "import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"


def _loads(module: str) -> set[str]:
    """Return the top-level names loaded by importing `module` alone."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING.format(module=module)], check=True, capture_output=True, text=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def _present(*modules: str) -> list[str]:
    """Return those of `modules` this install has."""
    return [module for module in modules if find_spec(module) is not None]


@pytest.mark.parametrize(
    "module", _present("interlock", "interlock.errors", "interlock.wire", "interlock.shelf", "interlock.gate")
)
def test_the_agents_side_loads_nothing_of_the_console_or_the_hub(module: str) -> None:
    """An agent that imports Interlock gets neither a terminal, nor a keyring, nor a server."""
    assert _loads(module) & HEAVY == set()


@pytest.mark.parametrize("module", _present("interlock_console", "interlock_console.cli"))
def test_the_command_line_loads_no_terminal_before_it_is_asked(module: str) -> None:
    """A one-shot command pays for neither Textual nor an HTTP client."""
    assert _loads(module) & {"textual", "rich", "httpx", "keyring", "uvicorn", "starlette"} == set()
