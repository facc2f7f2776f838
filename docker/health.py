"""Exit status 0 while the service in this container answers; a broadcaster or `up` must also be ready."""

import os
import urllib.request

port = os.environ.get("STREAMER_METRICS_PORT")
path = f"{port}/metrics" if port else f"{os.environ.get('STREAMER_PORT', '8080')}/readyz"
urllib.request.urlopen(f"http://127.0.0.1:{path}", timeout=2)
