"""`streamer`, and `python -m streamer`."""

import sys


def main() -> int:
    """The command line, imported here so that Ctrl-C while Python still reads modules ends without a traceback."""
    try:
        from .cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
