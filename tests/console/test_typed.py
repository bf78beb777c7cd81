"""Bytes that are no UTF-8 come in like any noise, and an error of a thread is told by its kind and message."""

import os
import pty
import subprocess
import sys

from rich.traceback import Traceback

from interlock_console.app import Console
from tests.console.feed import Feed
from tests.hostile.oracle import forbidden_in_terminal
from tests.hostile.session import record


def test_bytes_of_another_encoding_do_not_end_the_console() -> None:
    """A console in a real terminal goes on to its own end when such bytes are typed or pasted."""
    argv = [sys.executable, "-m", "tests.console.sink_session", "net", "markup_closing"]
    typed = b"\xff\x9b\xe2\x28\xa1 \x1b[200~caf\xe9 \xf0\x28\x8c\xbc\x1b[201~"
    raw = record(argv, columns=160, rows=45, timeout=150.0, typed=typed)
    assert b"Unicode" not in raw
    assert forbidden_in_terminal(raw) == []


def test_a_terminal_that_goes_away_takes_the_console_with_it() -> None:
    """A console whose terminal is closed without a signal ends by itself; it does not read nothing for ever."""
    master, slave = pty.openpty()
    argv = [sys.executable, "-m", "tests.console.sink_session", "net", "markup_closing"]
    with subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True) as console:
        os.close(slave)
        assert os.read(master, 1)
        os.close(master)
        try:
            assert console.wait(60) != 0
        finally:
            console.kill()


def test_an_error_of_another_thread_is_named_when_it_ends_the_console() -> None:
    """Textual hands such an error over as something drawn; what is told is its kind and its message, made visible."""
    station = Feed().station()
    app = Console(station)
    try:
        raise ValueError("broken \x1b[2J pipe")
    except ValueError as error:
        drawn = Traceback.from_exception(type(error), error, error.__traceback__)
    app.panic(drawn)
    assert app.failure == "ValueError: broken \u241b[2J pipe\n"
    station.desk.close()
