"""Who a person says to be, beside the operator whose token it is. A name that anybody can type proves nothing."""

__all__ = ["NAME_MAX", "said_by"]

NAME_MAX = 64
OPERATOR_MAX = 48


def said_by(operator: str, name: str | None) -> str:
    """Return ``OPERATOR`` or ``OPERATOR (says NAME)``, cut to fit what an order keeps of it.

    Whoever says to be the operator is no other than without saying so.
    """
    operator, said = operator[:OPERATOR_MAX], (name or "").strip()[:NAME_MAX]
    return f"{operator} (says {said})" if said and said != operator else operator
