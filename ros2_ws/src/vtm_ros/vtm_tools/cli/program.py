"""Where the program `vtm` begins: Ctrl-C ends it without a word, even while it loads what it needs."""

import os
import signal
import sys

INTERRUPTED = 130


def main() -> int:
    """Run the program; its exit code."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # somebody ignores it
        from vtm_tools.cli.app import main as run
    else:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
        from vtm_tools.cli.app import main as run

        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()


if __name__ == "__main__":
    sys.exit(main())
