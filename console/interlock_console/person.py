"""Who says to be at the keyboard: the name every order, claim and note carries beside the token's operator.

The token in the hub's folder may be several people's. The name proves nothing, and the record says so: it is kept as
``OPERATOR (says NAME)``. With a token of one's own one is its operator, and the hub passes the name over.
"""

import os
from collections.abc import Mapping
from urllib.parse import quote

from interlock.text import encodable

__all__ = ["NAME_MAX", "UNNAMED", "VARIABLE", "claims_as", "headers", "person"]

VARIABLE = "INTERLOCK_WHO"
NAME_MAX, _OPERATOR_MAX = 64, 48
"""Characters the hub keeps of a name, and of the operator beside it."""
UNNAMED = "an unnamed user"
_OWN = "ilk_"
"""How a token begins that the hub made for one operator alone."""
_SENT_MAX = 256
"""Characters a hub takes of the name once it is percent-encoded."""


def person(environ: Mapping[str, str] = os.environ) -> str:
    """Return ``INTERLOCK_WHO``, else the name this machine knows the user by; empty where there is none."""
    return encodable(environ.get(VARIABLE, "").strip()[:NAME_MAX] or _login(environ))


def headers(name: str) -> dict[str, str]:
    """Return the header that says so to the hub, in letters that are safe in a header; none for no name."""
    name = encodable(name).strip()[:NAME_MAX]
    while name and len(quote(name, safe=" ")) > _SENT_MAX:
        name = name[:-1]
    return {"Interlock-Who": quote(name, safe=" ")} if name else {}


def claims_as(operator: str, name: str, token: str = "") -> str:
    """Return the text under which the hub keeps what this person does with this operator's ``token``."""
    operator, name = operator[:_OPERATOR_MAX], "" if token.startswith(_OWN) else name.strip()[:NAME_MAX]
    return f"{operator} (says {name})" if name and name != operator else operator


def _login(environ: Mapping[str, str]) -> str:
    for variable in ("LOGNAME", "USER"):
        if found := environ.get(variable, "").strip():
            return found[:NAME_MAX]
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name[:NAME_MAX]
    except (ImportError, KeyError, OSError):
        return ""
