"""Settings every test shares, and an operator's home that is nobody's. Other fixtures live beside their tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

# A shared box is slow in bursts: a deadline for one example would fail for reasons the code cannot help.
# The suite asks the same of everybody, so that no chance makes it red; the long form looks where nobody has looked.
settings.register_profile("suite", deadline=None, max_examples=30, derandomize=True, database=None)
settings.register_profile("rig", deadline=None, max_examples=1000)

FOLDERS = {
    "XDG_STATE_HOME": "state",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
}
PURE = "pure"
"""What the pure part is asked for with: ``-m pure``, or ``-m "pure and not rig"``."""
_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    """Search longer in the long form than in the suite."""
    settings.load_profile("rig" if config.option.markexpr == "rig" else "suite")
    # A shell that starts the suite in the background has it ignore Ctrl-C, and every process under it with it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # What is imported and collected stays: to look through it again and again was a quarter of collecting.
    gc.disable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file that has nothing of what is asked for, where it is the pure part: most of them start an app."""
    if not config.option.markexpr.startswith(PURE) or collection_path.suffix != ".py":
        return None
    return None if b"pytest.mark.pure" in collection_path.read_bytes() else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have every property in the long form, too, and never ask a pure test twice.

    With no clock and no process, what was red once is red.
    """
    if config.option.markexpr == "rig":
        for item in items:
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker(pytest.mark.rig)
    if config.getoption("reruns"):
        for item in items:
            if item.get_closest_marker("pure"):
                item.add_marker(pytest.mark.flaky(reruns=0))


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later garbage collection: thousands of tests pay for it."""
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show why a test was asked again: one that was green the second time is a race that nobody has found yet."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.write_sep("_", f"asked again: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(scope="session", autouse=True)
def _operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nothing of the person who runs the suite is read or written: no home, keyring, hub or token of theirs.

    It holds for what fixtures of a module start, too. keyring's choice by itself would be the real one.
    """
    home = tmp_path_factory.mktemp("operator")
    (home / "run").mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
            patch.delenv(name)
        # git reads there who may own the checkout.
        patch.setenv(
            "GIT_CONFIG_GLOBAL", os.environ.get("GIT_CONFIG_GLOBAL") or str(Path.home() / ".gitconfig")
        )
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        for name, folder in FOLDERS.items():
            patch.setenv(name, str(home / folder))
        yield home


@pytest.fixture(autouse=True)
def _own_folders(_operator: Path) -> Iterator[None]:
    """No test finds what another left. The folders are not there until something makes them."""
    # By hand: with monkeypatch this would be most of what a pure test costs.
    number = next(_numbers)
    before = {name: os.environ[name] for name in FOLDERS}
    os.environ.update({name: f"{_operator}/{number}/{folder}" for name, folder in FOLDERS.items()})
    yield
    os.environ.update(before)
