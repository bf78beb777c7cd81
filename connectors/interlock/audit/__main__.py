"""``python -m interlock.audit EXPORT KEY``: verify an export with the hub's public key. Needs no hub."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from interlock.audit.verify import verify_export
from interlock.errors import ConfigError

__all__ = ["main"]


def main(argv: Sequence[str]) -> int:
    """Print the verdict as JSON; return 0 where all is as recorded, 1 where not, 2 where it cannot be read."""
    if len(argv) != 2:
        print("usage: python -m interlock.audit EXPORT KEY", file=sys.stderr)
        return 2
    try:
        with Path(argv[0]).open(encoding="utf-8", errors="replace", newline="\n") as lines:
            found = verify_export(lines, argv[1])
    except (OSError, ConfigError) as error:
        print(f"cannot verify: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found._asdict()))
    return 0 if found.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
