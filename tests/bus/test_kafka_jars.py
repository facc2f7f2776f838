"""Where Java and the jars are found, and what is said where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamer.bus.broker import Broker
from streamer.bus.kafka_jars import VERSION, cache_folder, jar_folder, java_executable
from streamer.errors import UserError


@pytest.fixture
def bare(monkeypatch, tmp_path) -> Path:
    """A machine with nothing on the PATH and an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("STREAMER_CACHE", str(tmp_path / "cache"))
    for name in ("JAVA_HOME", "KAFKA_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bin").mkdir()
    return tmp_path


def _install(folder: Path, name: str, script: str) -> None:
    program = folder / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_without_java_it_says_what_to_install(bare):
    with pytest.raises(UserError, match="needs Java, and there is none: install Java 17 or newer"):
        Broker().start()


def test_a_java_home_without_java_is_named(bare, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(UserError, match="there is none in JAVA_HOME=/nowhere"):
        java_executable()


def test_an_old_java_is_named_with_its_version(bare):
    _install(bare, "java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")
    with pytest.raises(UserError, match=r"needs Java 17, .*/bin/java is version 11"):
        java_executable()


def test_without_maven_it_says_what_to_install(bare):
    with pytest.raises(UserError, match="apt install maven.*KAFKA_HOME"):
        jar_folder()


def test_a_failing_maven_is_quoted_and_leaves_no_half_filled_cache(bare):
    _install(bare, "mvn", "echo '[ERROR] Unknown host repo.example'; exit 1")
    with pytest.raises(UserError, match="Unknown host"):
        jar_folder()
    assert not (bare / "cache" / f"kafka-{VERSION}").exists()
    assert [path.name for path in (bare / "cache").iterdir()] == [f"kafka-{VERSION}.lock"]


def test_a_filled_cache_is_used_without_maven(bare):
    folder = bare / "cache" / f"kafka-{VERSION}"
    folder.mkdir(parents=True)
    assert jar_folder() == f"{folder}/*"


def test_kafka_home_is_used_where_it_is_one(bare, monkeypatch):
    monkeypatch.setenv("KAFKA_HOME", str(bare))
    with pytest.raises(UserError, match=r"has no libs/kafka_\*\.jar"):
        jar_folder()
    (bare / "libs").mkdir()
    (bare / "libs" / "kafka_2.13-4.3.1.jar").touch()
    assert jar_folder() == f"{bare}/libs/*"


def test_the_cache_is_where_the_environment_says(bare, monkeypatch):
    assert cache_folder() == bare / "cache"
    monkeypatch.delenv("STREAMER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/xdg/streamer")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache_folder() == Path("/home/someone/.cache/streamer")
