"""Servers that are not ours, for what is pushed to them: nginx with its RTMP module, ffmpeg that listens for SRT."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
from pathlib import Path

import av
from parts import missing

from streamer import srt

MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/libexec/nginx")

CONFIG = """
load_module {module};
daemon off;
master_process off;
pid {home}/nginx.pid;
error_log {home}/error.log info;
events {{ worker_connections 64; }}
rtmp {{
    server {{
        listen 127.0.0.1:{port};
        application live {{
            live on;
            record all;
            record_path {home};
            record_suffix -%s-{run}.flv;
        }}
    }}
}}
"""


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RtmpServer:
    """nginx with libnginx-mod-rtmp: records what is pushed to /live/film into FLV files."""

    def __init__(self, home: Path) -> None:
        found = (Path(folder, "ngx_rtmp_module.so") for folder in MODULES)
        self._module = next((path for path in found if path.exists()), None)
        self._program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if self._program is None or self._module is None:
            missing("rtmp", "nginx with its RTMP module was not found (Debian: apt install nginx libnginx-mod-rtmp)")
        self.home, self.port = home, free_port()
        self._runs = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/film"

    async def start(self) -> None:
        self._runs += 1
        config = self.home / "nginx.conf"
        config.write_text(CONFIG.format(module=self._module, home=self.home, port=self.port, run=self._runs))
        command = [str(self._program), "-p", str(self.home), "-c", str(config), "-e", str(self.home / "error.log")]
        self._process = subprocess.Popen(command)  # noqa: ASYNC220  # it is there at once
        async with asyncio.timeout(60):
            while not answers(self.port):
                assert self._process.poll() is None, (self.home / "error.log").read_text()
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def films(self) -> list[Path]:
        """What was recorded, one file a connection, oldest first."""
        return sorted(self.home.glob("film-*.flv"), key=lambda path: path.stat().st_mtime_ns)


class SrtListener:
    """ffmpeg that listens, and writes what comes into a file, for one connection."""

    def __init__(self, home: Path, ffmpeg: str) -> None:
        try:
            srt.library()
        except OSError as error:
            missing("srt", str(error))
        self.home, self.port = home, free_port(socket.SOCK_DGRAM)
        self._ffmpeg = ffmpeg
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"srt://127.0.0.1:{self.port}"

    def start(self, name: str, options: str = "") -> Path:
        """Listen; returns where the film will be."""
        path = self.home / name
        source = f"srt://127.0.0.1:{self.port}?mode=listener{options}"
        soon = ["-analyzeduration", "500000", "-fpsprobesize", "0"]  # else it looks for 5 s at what comes
        command = [self._ffmpeg, "-v", "error", "-nostdin", "-y", *soon, "-i", source]
        command += ["-c", "copy", "-flush_packets", "1", "-f", "mpegts", str(path)]
        self._process = subprocess.Popen(command)
        return path

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self._process.kill()
            self._process.wait(10)
            self._process = None


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def size(path: Path) -> int:
    """Bytes written so far."""
    return path.stat().st_size if path.exists() else 0


def times(path: Path) -> list[float]:
    """Seconds of the frames in a file, in the order in which they are stored."""
    with av.open(str(path)) as film:
        return [float(packet.dts * packet.time_base) for packet in film.demux(video=0) if packet.dts is not None]


def lost(path: Path) -> int:
    """How many frames of a file no decoder can show, because what they are made from is missing."""
    with av.open(str(path)) as film:
        film.streams.video[0].thread_count = 1
        packets = [packet for packet in film.demux(video=0) if packet.size]
        frames = [frame for packet in packets for frame in packet.decode()]
        frames += film.streams.video[0].codec_context.decode(None)
    return len(packets) - sum(not frame.is_corrupt for frame in frames)


def greys(path: Path) -> list[int]:
    """The mean of each picture in a file, 0..255."""
    with av.open(str(path)) as film:
        return [round(float(frame.to_ndarray(format="rgb24").mean())) for frame in film.decode(video=0)]
