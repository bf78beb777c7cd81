"""What a person types to show that they mean it: the count of targets, or the end of an order's id. Pure."""

from dataclasses import dataclass

__all__ = ["Proof"]

_ERASE = ("backspace", "ctrl+h")


@dataclass
class Proof:
    """``expected`` has to be typed, character for character; nothing else counts, Enter least of all."""

    expected: str
    alphabet: str = "0123456789"
    typed: str = ""

    @property
    def given(self) -> bool:
        """Whether what was typed is what was expected."""
        return self.typed == self.expected

    def take(self, key: str, character: str | None) -> bool:
        """Take one key. Return False for a key that is not for this."""
        if key in _ERASE:
            self.typed = self.typed[:-1]
        elif key == "ctrl+u":
            self.typed = ""
        elif character and character in self.alphabet:
            self.typed = (self.typed + character)[: len(self.expected) + 1]
        else:
            return False
        return True

    def renew(self, expected: str) -> None:
        """Ask for another text; what was typed is void."""
        self.expected, self.typed = expected, ""

    @property
    def told(self) -> str:
        """What was typed, with a place for the next character, and whether it is right."""
        if self.given:
            return self.typed
        wrong = not self.expected.startswith(self.typed)
        return f"{self.typed}_" + ("  is not it: backspace" if wrong else "")
