"""Result schemas, compiled once each. They reach nothing outside: a reference out of the schema is refused. Pure."""

import json
from functools import lru_cache
from typing import Any, Protocol, cast

__all__ = ["Checker", "compiled", "fault"]


class Checker(Protocol):
    """A compiled schema."""

    def is_valid(self, instance: Any) -> bool:
        """Tell whether a value is what the schema says."""
        ...

    def validate(self, instance: Any) -> None:
        """Raise ValidationError for a value that is not."""
        ...


@lru_cache(maxsize=512)
def compiled(text: str) -> Checker:
    """Return the checker of a JSON Schema. Raises ValueError where it is none.

    Patterns run in linear time, so that no answer of a tool can hold up its caller.
    """
    import jsonschema_rs

    try:
        checker = jsonschema_rs.validator_for(
            json.loads(text), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise ValueError(f"it is no JSON Schema: {str(error).splitlines()[0][:200]}") from None
    return cast("Checker", checker)


def fault(text: str, value: Any) -> tuple[str, str] | None:
    """Return where and how a tool's answer is not what its schema says, or None. The place is a JSON pointer.

    What the answer holds is not in it: it names the rule.
    """
    import jsonschema_rs

    checker = compiled(text)
    try:
        if checker.is_valid(value):
            return None
        checker.validate(value)
    except jsonschema_rs.ValidationError as error:
        place = "/" + "/".join(str(step) for step in error.instance_path)
        rule = "/".join(str(step) for step in error.schema_path)
        return place[:200], f"against {rule[:200]!r} of its schema"
    except (ValueError, TypeError):
        return "/", "no JSON value"
    return None
