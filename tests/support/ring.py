"""Keyrings for tests, by keyring's own plug-in: ``PYTHON_KEYRING_BACKEND=tests.support.ring.Memory``."""

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Memory(KeyringBackend):
    """Keeps secrets as long as the process lives."""

    priority = 1.0  # pyright: ignore[reportAssignmentType]
    kept: dict[tuple[str, str], str]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret, or None."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


class Forgetful(Memory):
    """Takes everything and keeps nothing, as keyring's null backend does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep nothing."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget what was never kept."""


class Locked(Memory):
    """Is there, and gives nothing out."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Refuse."""
        raise KeyringLocked("the collection is locked")


Plaintext: type[Memory] = type("Plaintext", (Memory,), {"__module__": "keyrings.alt.file"})
"""Writes plain text to disk in the real package of that name; only its name matters here."""


class Hidden(Plaintext):  # type: ignore[misc,valid-type]
    """The same behind another name."""


@contextmanager
def ring(monkeypatch: pytest.MonkeyPatch, kind: type[KeyringBackend] | None) -> Iterator[KeyringBackend]:
    """Let keyring find this one by the variable it reads for that; None leaves the choice to keyring itself.

    The one that writes plain text is what keyring would have chosen, without being told to.
    """
    if kind is None or kind is Plaintext:
        monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=nowhere")
    else:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{__name__}.{kind.__name__}")
    keyring.core.init_backend()
    if kind is Plaintext:
        keyring.set_keyring(kind())
    try:
        yield keyring.get_keyring()
    finally:
        monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
        keyring.core.init_backend()
