"""What the user got wrong is one line and exit status 2, whoever finds it out."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from parts import needed

from streamer.cli import run

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def taken():
    """A port that somebody else listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("director", "one service alone needs a bus that others share: give --bus kafka://HOST:PORT, or run `up`"),
        ("worker", "one service alone needs a bus that others share: give --bus kafka://HOST:PORT, or run `up`"),
        ("broadcaster", "one service alone needs a bus that others share: give --bus kafka://HOST:PORT, or run `up`"),
        ("up --port 0 --llm http://[::1", "--llm: that is not a URL: write http://HOST:PORT (got 'http://[::1')"),
        ("up --port 0 --llm http://127.0.0.1:99999", "--llm: that is not a URL: write http://HOST:PORT (got 'http:"),
        ("up --port 0 --guard prompts", "--guard says what needs a token, and without --token-key nothing does"),
        ("broadcaster --bus kafka://127.0.0.1:1 --guard all", "--guard says what needs a token, and without"),
        ("director --bus kafka://127.0.0.1:1", "no Kafka answers at 127.0.0.1:1"),
        ("topics check --bus kafka://127.0.0.1:1", "no Kafka answers at 127.0.0.1:1"),
        ("watch --url http://127.0.0.1:1 --seconds 1", "nothing answers at http://127.0.0.1:1"),
        ("record --url http://127.0.0.1:1 -o film.mp4", "nothing answers at http://127.0.0.1:1"),
        ("up --port {taken}", "port {taken} is in use: choose another with --port"),
        ("up --port 0 --engine diffusion", "which model? give a folder in diffusers' format or a name on the hub"),
        ("up --port 0 --engine diffusion --engine-model /no/model", "there is no folder /no/model"),
        (
            "worker --engine diffusion --model . --size 500x512",
            "--size 500x512: a diffusion model's width is divisible by",
        ),
        ("worker --backend tensorrt", "--backend is an option of the diffusion engine: add --engine diffusion"),
        ("render fox -o fox.mp4 --engine diffusion --engine-model .", ". is not a model: . has no model_index.json"),
        ("engines melt", "argument what: invalid choice: 'melt'"),
        ("worker --metrics-port {taken}", "--metrics-port {taken}: Address already in use; choose another"),
    ],
)
def test_it_is_one_line(arguments, line, taken, capfd):
    if "--engine-model" in arguments:  # which is looked at once there is what could load it
        needed("diffusion")
    words = arguments.format(taken=taken).split()
    assert run([*words, "--log-level", "error"]) == 2
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1, said
    assert said[0].startswith(f"streamer: {line.format(taken=taken)}")


def test_processes_are_not_given_in_vain(monkeypatch, capfd):
    monkeypatch.setenv("STREAMER_PROCESSES", "2")
    assert run(["up", "--port", "0"]) == 2
    assert capfd.readouterr().err.startswith("streamer: `up` is one process: for --processes run director, worker")


@pytest.mark.parametrize("what", ["build", "list", "verify", "bench"])
def test_engines_without_their_libraries_are_one_line_too(what, monkeypatch, capfd):
    monkeypatch.setattr("streamer.engine.NEEDED", ("sys", "no_such_library"))
    assert run(["engines", what]) == 2
    expected = "streamer: the diffusion engine needs no_such_library, not installed here: pip install '.[diffusion]'"
    assert capfd.readouterr().err == f"{expected}\n"


def test_a_thread_that_hangs_does_not_keep_the_command():
    hanging = "threading.Thread(target=time.sleep, args=(600,)).start()"
    code = f"import sys, threading, time; from streamer.cli import main; {hanging}; sys.exit(main(['no-command']))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=100, check=False).returncode == 2
