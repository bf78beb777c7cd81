"""Signed checkpoints: whose record it is, in which epoch, and which hash an entry of it had.

What is signed is a text of six lines, so that it means one thing only. Ed25519, as ``cryptography`` has it; only where
something is signed or checked is that imported.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from interlock.errors import ConfigError

__all__ = ["Checkpoint", "flaw", "public_key", "read", "sign", "words"]

_TITLE = "interlock checkpoint 1"
_FIELDS = ("origin", "epoch", "n", "hash", "at", "key", "sig")


class Checkpoint(NamedTuple):
    """Entry ``n`` of the record ``origin`` had this hash (hex); ``at`` is whole Unix seconds, key and signature hex."""

    origin: str
    epoch: int
    n: int
    hash: str
    at: int
    key: str
    sig: str = ""


def words(point: Checkpoint) -> bytes:
    """Return what is signed of a checkpoint."""
    lines = (_TITLE, point.origin, point.epoch, point.n, point.hash, point.at)
    return "".join(f"{line}\n" for line in lines).encode()


def sign(point: Checkpoint, seed: bytes) -> Checkpoint:
    """Return a checkpoint with its signature by the private key of 32 bytes that ``point.key`` is the public one of."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return point._replace(sig=Ed25519PrivateKey.from_private_bytes(seed).sign(words(point)).hex())


def public_key(seed: bytes) -> str:
    """Return the public key (hex) of a private one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def flaw(point: Checkpoint) -> str:
    """Return what is wrong with a checkpoint's signature; nothing where it is by the key that it names."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise ConfigError(
            "signatures cannot be checked without the package", value="cryptography", fix="pip install it"
        ) from None
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(point.key))
        key.verify(bytes.fromhex(point.sig), words(point))
    except (InvalidSignature, ValueError):
        return f"its signature is not by key {point.key[:16]!r}"
    return ""


def read(plain: object) -> Checkpoint | None:
    """Return the checkpoint that a JSON object is, or None where it is none."""
    if not isinstance(plain, Mapping):
        return None
    values: list[Any] = [plain.get(name) for name in _FIELDS]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    for name, value in zip(_FIELDS, values, strict=True):
        wanted = int if name in ("epoch", "n", "at") else str
        # A line end within a field would let one signed text mean two things.
        if type(value) is not wanted or "\n" in str(value):
            return None
    return Checkpoint(*values)
