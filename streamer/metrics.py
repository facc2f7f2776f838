"""Every metric, declared once, in the words of design §2 (Prometheus text format on /metrics)."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from .errors import UserError
from .readiness import Readiness

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28)
_LONG = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6)

# Director
prompts = Counter("streamer_prompts", "Prompts by what became of them", ["outcome"])
descriptions = Counter("streamer_descriptions", "Frame descriptions published", ["source"])
answers = Counter("streamer_llm_answers", "Answers of the LLM by how they ended", ["end"])
first_description = Histogram(
    "streamer_first_description_seconds", "From asking the LLM to the first closed object", buckets=_LONG
)
llm_tokens = Counter("streamer_llm_tokens", "Tokens of requests (in) and answers (out)", ["stream", "way"])
llm_cost = Counter("streamer_llm_cost", "What they cost, by the settings price_in and price_out", ["stream"])
cost_per_minute = Gauge("streamer_llm_cost_per_film_minute", "Cost of one minute of film so far", ["stream"])
tokens_per_minute = Gauge("streamer_llm_tokens_per_film_minute", "Tokens for one minute of film so far", ["stream"])
violations = Counter("streamer_violations", "Rules of the story that an answer broke and we mended", ["rule"])
endpoint_open = Gauge("streamer_llm_endpoint_open", "1 while an endpoint is taken to be down", ["endpoint"])

# Worker
frames = Counter("streamer_frames", "Frames rendered and committed")
render_seconds = Histogram("streamer_render_seconds", "Drawing, per batch", buckets=_SHORT)
encode_seconds = Histogram("streamer_encode_seconds", "Encoding, per batch", buckets=_SHORT)
commit_seconds = Histogram("streamer_worker_commit_seconds", "Committing a batch of chunks", buckets=_SHORT)
engine_events = Counter("streamer_engine_events", "What went wrong in an engine and was mended", ["event"])
engine = Info("streamer_engine", "What draws, and what it runs on")
reanchors = Counter("streamer_reanchors", "Times that a worker was more than its lead behind the clock")

# Broadcaster
viewers = Gauge("streamer_viewers", "Open viewers", ["stream"], multiprocess_mode="livesum")
chunks = Counter("streamer_chunks", "Chunks taken from the bus")
sends = Counter("streamer_sends", "Chunks written to viewers")
sent_bytes = Counter("streamer_sent_bytes", "Bytes of chunks written to viewers")
skips = Counter(
    "streamer_skips", "Times that a viewer skipped to a keyframe, by what was slow: network, reader, player, bytes",
    ["reason"],
)  # fmt: skip
unacked_seconds = Histogram(
    "streamer_unacked_seconds", "Age of the first byte on a viewer's line, looked at once a second", buckets=_SHORT
)
shown_lag_seconds = Histogram(
    "streamer_shown_lag_seconds", "Age of the first frame that a player has not shown, as its acks say", buckets=_LONG
)
waiting_bytes = Gauge(
    "streamer_waiting_bytes",
    "Bytes that wait in the process for slow viewers and listeners",
    multiprocess_mode="livesum",
)
outputs = Counter("streamer_outputs", "Playlists, segments, endless MP4s and recordings given", ["kind"])
refusals = Counter("streamer_refusals", "Requests refused at the door", ["setting"])
joins = Counter("streamer_joins", "Times that a viewer was sent a whole start")
hidden_chunks = Counter("streamer_hidden_chunks", "Chunks that were not shown", ["reason"])
closes = Counter("streamer_closes", "Viewer connections closed by us", ["code"])
delivery_seconds = Histogram(
    "streamer_delivery_seconds", "From the bus taking a chunk to its last write to a viewer", buckets=_SHORT
)

# All
dead_letters = Counter("streamer_dead_letters", "Records set aside with a reason", ["stage"])


SHARED = "PROMETHEUS_MULTIPROC_DIR" in os.environ
"""Whether this process writes its numbers where those who share its port find them (shard.py)."""

MOST_STREAMS = 4096
"""Streams whose viewers a shard counts in its time: what is in its file stays there."""

_watched: set[str] = set()


def watching(stream: str, count: int) -> None:
    """So many watch a stream through this process."""
    if SHARED:
        _watched.update({stream} if len(_watched) < MOST_STREAMS else ())
        if stream in _watched:
            viewers.labels(stream).set(count)
    elif count:
        viewers.labels(stream).set(count)
    else:
        viewers.remove(stream)


def page() -> bytes:
    """What /metrics answers; any shard answers for all."""
    if not SHARED:
        return generate_latest()
    registry = CollectorRegistry()
    _AllShards(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class _AllShards(MultiProcessCollector):
    """The files of all shards added up, without the streams that nobody watches any more."""

    def collect(self) -> Any:
        for metric in super().collect():  # type: ignore[no-untyped-call]
            if metric.name == "streamer_viewers":
                metric.samples = [sample for sample in metric.samples if sample.value]
            yield metric


def forget(stream: str) -> None:
    """Drop what is counted per stream: this process does not direct it any more."""
    for metric in (llm_tokens, llm_cost, cost_per_minute, tokens_per_minute):
        metric.remove_by_labels({"stream": stream})


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants to read of every scrape."""


@contextlib.contextmanager
def served(port: int | None, readiness: Readiness) -> Iterator[None]:
    """Serve /metrics, /healthz and /readyz on the loopback while the context lasts; nothing without a port.

    Raises UserError.
    """
    if port is None:
        yield
        return

    def answer(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
                return [page()]
            case "/healthz":
                status, body = 200, {"status": "ok"}
            case "/readyz":
                status, body = readiness.answer()
            case path:
                status, body = 404, {"error": f"there is no {path}; /metrics, /healthz and /readyz are here"}
        said = {200: "200 OK", 404: "404 Not Found", 503: "503 Service Unavailable"}[status]
        start(said, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [json.dumps(body).encode()]

    try:
        server = make_server("127.0.0.1", port, answer, _Server, _Quiet)
    except OSError as error:
        raise UserError(f"--metrics-port {port}: {error.strerror or error}; choose another") from None
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
