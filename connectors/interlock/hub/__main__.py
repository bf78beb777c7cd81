"""Start a hub."""

import gc
import sys

# Nothing of what is imported is garbage; the hub looks for some again once its own start has done so.
gc.disable()

from interlock.hub.cli import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    sys.exit(main())
