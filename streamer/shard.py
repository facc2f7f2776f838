"""One of several broadcasters that share a port: `python -m streamer.shard N`, which only shards.py begins.

Settings come as a line of JSON by stdin; what the parent should know goes to stdout (`News`), and nothing else: what
a library prints goes to stderr. When stdin ends, the parent is gone, and so do we.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time

import msgspec
from prometheus_client import values

LAST_WORDS = 20.0
"""Seconds for ending in order once the parent is gone."""


def main() -> int:
    """Exit status as of the command line."""
    number = int(sys.argv[1])
    to_parent = os.fdopen(os.dup(1), "wb", buffering=0)  # which no child of ours inherits
    os.dup2(2, 1)
    # Before the first metric is made: a shard that is started again goes on with the counts of the one before it.
    # By process id, which is the default, files would pile up, and an id that is used again would be taken for another.
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
    from .app import shard
    from .cli import drive, log_to_stderr, user_error
    from .settings import Settings
    from .shards import News

    def tell(news: News) -> None:
        to_parent.write(msgspec.json.encode(news) + b"\n")

    settings = Settings(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    log_to_stderr(settings.log_level, f"shard {number}")
    try:
        drive(shard(settings, number, lambda url: tell(News(ready=url))))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        known = user_error(error)
        if known is None:
            raise
        tell(News(failed=str(known)))
        return 2
    return 0


def _end_with_parent() -> None:
    """Wait for the parent's end. A thread sees it also when the event loop hangs."""
    while os.read(0, 4096):
        pass
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)  # the parent's own could not do it
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_WORDS)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
