"""`streamer doctor` as a command: this machine's parts, and what the exit status says of the LLM's servers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from streamer import doctor
from streamer.doctor import Line, engines, machine


def test_what_this_machine_has_is_told() -> None:
    lines = [*machine()]
    assert [line.what for line in lines] == ["Python", "video", "Java"]
    assert lines[1] == Line("ok", "video", lines[1].found)
    assert "libx264" in lines[1].found


def test_what_can_draw_is_told_without_importing_it() -> None:
    heavy = "('torch', 'diffusers', 'transformers', 'tensorrt', 'tensorrt_rtx', 'onnx')"
    code = (
        "import sys; from streamer.doctor import engines; "
        f"print([line.what for line in engines()], *[name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.startswith("['sketch', 'diffusion'")
    assert done.stdout.endswith("]\n")


def test_what_is_missing_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"torch": "2.15.0", "diffusers": "0.42.1", "transformers": "5.23.0", "safetensors": "0.8.0"}
    monkeypatch.setattr(doctor, "_version", versions.get)
    monkeypatch.setattr(doctor, "_gpu", lambda: "")
    lines = {line.what: line for line in engines()}
    assert lines["diffusion"].found == "torch 2.15.0, diffusers 0.42.1, transformers 5.23.0, safetensors 0.8.0"
    assert lines["device"].found.startswith(("cpu", "mps"))
    assert "pip install '.[tensorrt]'" in lines["tensorrt"].advice
    assert lines["onnxruntime"].found == "not installed: onnx, onnxscript, onnxruntime"
    assert lines["onnxruntime"].advice == "pip install '.[onnxruntime]'"
    versions |= {"tensorrt-rtx": "1.7.1", "onnx": "1.23.2", "onnxscript": "0.7.2"}
    assert {line.what: line for line in engines()}["tensorrt"] == Line(
        "--",
        "tensorrt",
        "tensorrt-rtx 1.7.1; onnx 1.23.2; no GPU of NVIDIA's is seen here to run on",
        "does nvidia-smi see one?",
    )
    versions["onnxruntime"] = "1.31.0"
    monkeypatch.setattr(doctor, "_gpu", lambda: "NVIDIA H200, 143771 MiB, 143000 MiB, 580.95")
    monkeypatch.setattr(doctor, "_cuda", lambda: "13.2")
    lines = {line.what: line for line in engines()}
    assert lines["tensorrt"] == Line("ok", "tensorrt", "tensorrt-rtx 1.7.1; onnx 1.23.2")
    assert lines["onnxruntime"] == Line("ok", "onnxruntime", "onnxruntime 1.31.0, onnx 1.23.2: on the CPU")
    assert lines["device"].found == "cuda: NVIDIA H200, 143771 MiB, 143000 MiB, 580.95; torch is built for CUDA 13.2"
    monkeypatch.setattr(doctor, "_cuda", lambda: "")
    assert {line.what: line for line in engines()}["device"].mark == "--"
    del versions["diffusers"]
    assert [*engines()][1:] == [Line("--", "diffusion", "not installed: diffusers", "pip install '.[diffusion]'")]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streamer", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, "COLUMNS": "80"})


def test_the_command_examines_the_built_in_storyboard_by_default_and_prints_plain_text() -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert "LLM default" in done.stdout or "LLM storyboard" in done.stdout
    assert "3 of 3 keyframes are valid" in done.stdout
    assert "\x1b" not in done.stdout
    assert "ok  Python" in done.stdout
    assert "ok  sketch" in done.stdout


def test_the_command_ends_with_2_where_nobody_listens() -> None:
    done = run("--llm", "http://127.0.0.1:9/v1", "--model", "m")
    assert done.returncode == 2
    assert "streamer: no endpoint can direct a film: http://127.0.0.1:9/v1: Connection error" in done.stderr
    assert "is it running, and here?" in done.stdout
