"""Start a hub."""

import sys

from interlock.hub.cli import main

if __name__ == "__main__":
    sys.exit(main())
