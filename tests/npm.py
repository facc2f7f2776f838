"""What tests take from npm: one release each, checked by the hash that its registry signs, kept between runs."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from parts import missing

RELEASES = {
    "axe": (
        "axe-core@4.11.4",
        "KunSNx+TVpkAw/6ULfhnx+HWRecjqZGTOyquAoWHYLRSdK1tB5Ihce1ZW+UY3fj33bYAFWPu7W/GRSmmrCGuxA==",
    ),
    "hlsjs": (
        "hls.js@1.7.4",
        "3GlxGdPvT2YHvQYOt+yOzT/DEior/qJVNIylHA77kgeoBTdQQqi70GwefNEUmHQeNGyjC8U62+bruqW/Tpm+tg==",
    ),
    "typescript": (
        "typescript@5.9.3",
        "jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw==",
    ),
}
"""Part, as in STREAMER_TEST_REQUIRE → package and version, SHA-512 of the tarball."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamer" / "npm"


def npm() -> str:
    """The path of npm."""
    return shutil.which("npm") or missing("npm", "it was not found on the PATH; install Node.js with npm")


def package(part: str) -> Path:
    """The folder of a package, which is fetched the first time; the test is skipped where that cannot be."""
    name, digest = RELEASES[part]
    folder = CACHE / name.replace("/", "-")
    if folder.exists():
        return folder / "package"
    command = [npm(), "pack", name, "--silent"]
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        try:
            subprocess.run(command, cwd=place, check=True, capture_output=True, text=True, timeout=90)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = (error.stderr or "no answer") if isinstance(error.stderr, str | None) else "no answer"
            missing(part, f"`{' '.join(command)}` failed: {said.strip().splitlines()[-1]}")
        (tarball,) = Path(place).glob("*.tgz")
        found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        assert found == digest, f"{name} has SHA-512 {found}, expected {digest}"
        with tarfile.open(tarball) as archive:
            archive.extractall(Path(place) / "out", filter="data")
        try:
            (Path(place) / "out").rename(folder)
        except OSError:
            assert folder.exists()  # another run was quicker
    return folder / "package"
