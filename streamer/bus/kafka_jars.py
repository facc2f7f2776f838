"""What a local Kafka runs from: Java 17, and jars from KAFKA_HOME, or once from Maven into a cache of their own.

The version is pinned to one that resolves from Maven unmodified (4.4.0 asks for an artifact that does not exist).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from streamer.errors import UserError

VERSION = "4.3.1"

_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>streamer</groupId><artifactId>kafka-jars</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
  </dependencies>
</project>
"""


def java_executable() -> str:
    """Java 17 or newer, from JAVA_HOME or the PATH. Raises UserError."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    advice = "install Java 17 or newer (Debian: apt install openjdk-17-jre-headless)"
    if not java or not Path(java).exists():
        raise UserError(f"Kafka needs Java, and there is none{f' in JAVA_HOME={home}' if home else ''}: {advice}")
    shown = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    if (found := re.search(r'version "(\d+)', shown)) and int(found[1]) < 17:
        raise UserError(f"Kafka {VERSION} needs Java 17, {java} is version {found[1]}: {advice}")
    return java


def cache_folder() -> Path:
    """Where the jars are kept: STREAMER_CACHE, else XDG_CACHE_HOME/streamer, else ~/.cache/streamer."""
    if given := os.environ.get("STREAMER_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamer"


def jar_folder() -> str:
    """The class path of Kafka's jars: KAFKA_HOME/libs, else the cache, filled by Maven if need be. Raises UserError."""
    if home := os.environ.get("KAFKA_HOME"):
        libs = Path(home) / "libs"
        if not any(libs.glob("kafka_*.jar")):
            raise UserError(f"KAFKA_HOME={home} has no libs/kafka_*.jar: unset it, or name an unpacked Apache Kafka")
        return f"{libs}/*"
    folder = cache_folder() / f"kafka-{VERSION}"
    if not folder.exists():
        with _lock(folder.with_name(f"{folder.name}.lock")):
            if not folder.exists():  # somebody else may have fetched it while we waited for the lock
                _fetch(folder)
    return f"{folder}/*"


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise UserError(
            "Kafka's jars are not there and Maven is needed to fetch them: install it (Debian: apt install maven),"
            " or set KAFKA_HOME to an unpacked Apache Kafka"
        )
    print(f"fetching Apache Kafka {VERSION} (44 MB, once) into {folder}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-") as temporary:
        work = Path(temporary)
        (work / "pom.xml").write_text(_POM)
        command = [maven, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={work / 'jars'}"]
        try:
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=600, check=False)
        except subprocess.TimeoutExpired:
            raise UserError("Maven did not fetch Kafka's jars within 600 s: is the network there?") from None
        if done.returncode != 0 or not any((work / "jars").glob("kafka_*.jar")):
            raise UserError(f"Maven could not fetch Kafka's jars: {_first_error(done.stdout + done.stderr)}")
        (work / "jars").rename(folder)  # whole or not at all


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def last_line(text: str) -> str:
    """What a Java program said last: without its logger's own troubles and the frames of a stack trace."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("SLF4J", "\tat"))]
    return lines[-1][:300] if lines else "it said nothing"


def _first_error(text: str) -> str:
    errors = [line for line in text.splitlines() if "ERROR" in line]
    return errors[0][:300] if errors else last_line(text)
