"""The policy loader under atheris, for as long as one likes; not part of the suite.

    python -m venv /somewhere && /somewhere/bin/pip install atheris interlock[hub]
    /somewhere/bin/python tests/fuzz/policy_atheris.py -max_total_time=1800 CORPUS_FOLDER

A text is either a policy, whose normal form reads as itself and which judges calls, or a PolicyError whose places lie
in the text. Anything else ends the run, and so does a text that takes longer than the time libFuzzer allows
(``-timeout=5``). Half of the inputs are raw, half are pieces of real policies put together.
"""

from __future__ import annotations

import json
import sys
from typing import Any, cast

import atheris

instrumented = cast("Any", atheris).instrument_imports
with instrumented(include=["interlock.policy", "interlock.contract", "yaml"]):
    from interlock.errors import PolicyError
    from interlock.policy import History, Policy, load

PIECES = (
    "version: 1\n", "lists: {inside: ['@a.example']}\n", "tools:\n", "  find: {class: read}\n", "roles:\n",
    "  clerk:\n", "    tools:\n", "      find: allow\n", "      'del_*': {never: gone}\n",
    "      pay: {args: {sum: '> 0, <= 5'}}\n", "        ask_when: {to: 'not ends with inside'}\n",
    "  pay: {class: write, targets: [to]}\n", "        when: 'args.a > 1'\n", "        at_most: 3 per run\n",
    "        only_after: [find]\n", "    never_together: [[find, pay]]\n", "    default: ask\n",
    "    ask_when: {any: {targets: 'not in goal'}}\n", "    autonomy: shadow\n",
    "    approvals: {needs: 2, wait: 10m}\n", "&a ", "*a", "!!str ", "{", "}", "[", "]", ": ", "- ", "\n", "'", '"',
    "~ ^a+$", "one of a, b", "len <= 5", "in goal", "links not in goal", "items.", "no", "010", "12:30:00", "null",
    "1.5", "? ", "| ", "> ", "%YAML 1.1\n", "---\n", "...\n", "\t", "\u2028", "#", '= "\\ud800"', "1.5e+400",
    "99999999999999999999", "[x].all(y, y > 1)",
)  # fmt: skip
ARGS = {"sum": 3, "to": ["x@a.example", "b"], "a": 2, "deep": {"b": [1, {"c": None}]}}


def text_of(data: bytes) -> str:
    """Return the text an input stands for."""
    if data[:1] < b"\x80":
        return data[1:].decode("utf-8", "surrogateescape")
    return "".join(PIECES[byte % len(PIECES)] for byte in data[1:400])


def one(data: bytes) -> None:
    """Load one text, and use what it makes."""
    text = text_of(data)
    try:
        policy = load(text)
    except PolicyError as error:
        lines = text.splitlines() or [""]
        for problem in error.problems:
            assert 1 <= problem.line <= len(lines) + 1, (problem, text)
            assert problem.column >= 1, (problem, text)
            assert problem.problem, (problem, text)
            assert problem.fix, (problem, text)
        return
    again = Policy.from_json(policy.to_json())
    assert again.to_json() == policy.to_json(), text
    for role in policy.roles:
        for tool in json.loads(policy.to_json()).get("tools", {}):
            made = policy.decide(role, tool, None, ARGS, History(), goal="pay b")
            assert made == again.decide(role, tool, None, ARGS, History(), goal="pay b"), text
            assert made.rule != "policy", (made, text)


def main() -> None:
    """Hand over to libFuzzer; its options are the command line's."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
