"""A real Apache Kafka on this machine: one KRaft node, for development and for tests."""

from __future__ import annotations

import asyncio
import ctypes
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

from streamer.errors import UserError

from .kafka_jars import jar_folder, java_executable, last_line

_JAVA_OPTIONS = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]  # starts in two thirds of the time, for less CPU

# Internal topics at 4 partitions and the small dedupe buffer let 256 MB of heap do; the short broker session makes a
# restart after kill -9 take 6 s instead of 13; the group settings make tests quick and allow short member sessions.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=8
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
"""


class Broker:
    """A running Kafka: `with Broker() as broker: broker.address`, or `async with`. Raises UserError.

    `port` 0 takes a free one. A given `data_dir` is kept, so that the next start finds the topics again; without one
    the data goes to a temporary folder and away with the broker. It listens on 127.0.0.1 only.
    """

    def __init__(self, port: int = 0, data_dir: Path | None = None, *, ready_deadline: float = 60.0) -> None:
        self.port = port
        self.ready_deadline = ready_deadline
        self._controller_port = 0
        self._given_dir = data_dir
        self._dir: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    async def __aenter__(self) -> Broker:
        command = await asyncio.to_thread(self._prepare)
        self._spawn(command)  # here and not in a thread: Kafka dies with the thread that started it
        try:
            await asyncio.to_thread(self._wait)
        except BaseException:
            self.stop()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.to_thread(self.stop)

    def start(self) -> None:
        """Start it and wait until it answers; fetches the jars first if they are not there."""
        self._spawn(self._prepare())
        self._wait()

    def _prepare(self) -> list[str]:
        """Ports, folder, formatted storage; the command that runs Kafka on them."""
        if self.port and not _is_free(self.port):
            raise UserError(f"port {self.port} is in use: give another --port, or stop what listens there")
        java, jars = java_executable(), jar_folder()
        self.port = self.port or _free_port()
        self._controller_port = _free_port()
        self._dir = self._given_dir or Path(tempfile.mkdtemp(prefix="streamer-kafka-"))
        try:
            self._format(java, jars, self._dir)
        except BaseException:
            self.stop()
            raise
        return self._command(java, jars, self._dir)

    @staticmethod
    def _command(java: str, jars: str, folder: Path) -> list[str]:
        heap = ["-Xmx256m", "-Xms64m"]
        return [java, *heap, *_JAVA_OPTIONS, "-cp", jars, "kafka.Kafka", str(folder / "server.properties")]

    def stop(self, deadline: float = 15.0) -> None:
        """SIGTERM, after `deadline` seconds SIGKILL; temporary data is removed."""
        self._end(signal.SIGTERM, deadline)
        if self._dir is not None and self._given_dir is None:
            shutil.rmtree(self._dir, ignore_errors=True)
            self._dir = None

    def kill(self) -> None:
        """SIGKILL, as a crash would; the data stays for `restart`."""
        self._end(signal.SIGKILL, 10.0)

    def restart(self) -> None:
        """Start again after `kill`: same port, same data."""
        if self._dir is None or self.pid is not None:
            raise RuntimeError("restart follows kill()")
        self._spawn(self._command(java_executable(), jar_folder(), self._dir))
        self._wait()

    def _format(self, java: str, jars: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._write_properties(folder)
        if (folder / "data" / "meta.properties").exists():
            return
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        command = [java, "-Xmx128m", *_JAVA_OPTIONS, "-cp", jars, "kafka.tools.StorageTool"]
        command += ["format", "-t", cluster, "-c", str(folder / "server.properties")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=self.ready_deadline, check=False)
        if done.returncode != 0:
            raise UserError(f"Kafka could not format {folder}: {last_line(done.stderr or done.stdout)}")

    def _write_properties(self, folder: Path) -> None:
        text = _PROPERTIES.format(port=self.port, controller_port=self._controller_port, data=folder / "data")
        (folder / "server.properties").write_text(text)

    def _spawn(self, command: list[str]) -> None:
        assert self._dir is not None
        with (self._dir / "output.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._dir,
                start_new_session=True,  # Ctrl-C in the terminal is for whoever started us, who then stops Kafka
                preexec_fn=_die_with_parent(),
            )

    def _wait(self) -> None:
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self) -> None:
        process, folder = self._process, self._dir
        assert process is not None
        assert folder is not None
        limit = time.monotonic() + self.ready_deadline
        while not _answers(self.port):
            if process.poll() is not None:
                reason = last_line((folder / "output.log").read_text(errors="replace"))
                raise UserError(f"Kafka ended with code {process.returncode} while starting: {reason}")
            if time.monotonic() > limit:
                raise UserError(f"Kafka did not answer on {self.address} within {self.ready_deadline:.0f} s")
            time.sleep(0.05)

    def _end(self, how: signal.Signals, deadline: float) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _die_with_parent() -> Callable[[], None] | None:
    """For the child to run before exec: Linux then kills it when the thread that started it ends, however it ends."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    pr_set_pdeathsig = 1
    return lambda: prctl(pr_set_pdeathsig, signal.SIGKILL) and None


def _answers(port: int) -> bool:
    """Whether a broker answers: an ApiVersions request (key 18, version 0) gets a response with its correlation id."""
    request = b"\x00\x12\x00\x00\x00\x00\x00\x07\xff\xff"
    try:
        with socket.create_connection(("127.0.0.1", port), 1.0) as connection:
            connection.sendall(len(request).to_bytes(4, "big") + request)
            answer = connection.recv(8)
    except OSError:
        return False
    return answer[4:8] == b"\x00\x00\x00\x07"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
