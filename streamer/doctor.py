"""`streamer doctor`: what works on this machine and at the LLM's servers, and what to do about what does not."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from .app import llm_of
from .bus.kafka_jars import java_executable
from .director.llm import Llm
from .director.llm.endpoints import endpoints_of
from .director.llm.ladder import FORMS
from .director.probe import COUNT, SHORT, Report, Trial, probe
from .director.ways import Ways
from .engine import INSTALL, NEEDED
from .errors import UserError
from .settings import Settings

Mark = Literal["ok", "--", "no"]
_STYLES: dict[Mark, str] = {"ok": "green", "--": "yellow", "no": "bold red"}


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: it works (ok), it works less well or matters less (--), or it does not (no), and what to do."""

    mark: Mark
    what: str
    found: str
    advice: str = ""


async def doctor(settings: Settings) -> None:
    """Print what works and what does not. Raises `UserError` where no endpoint can direct a film."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    _print(console, "This machine", await asyncio.to_thread(lambda: [*machine()]))
    _print(console, "Engines", await asyncio.to_thread(lambda: [*engines()]))
    refusals = []
    async with llm_of(settings) as storyboard, endpoints_of(settings, storyboard) as endpoints:
        for llm in endpoints.llms:
            report = await probe(llm, Ways.of(settings))
            _print(console, f"LLM {llm.name}, {llm.url}", judged(llm, report, settings.pace))
            if not report.directs:
                refusals.append(str(report.refusal or f"{llm.url}: no answer holds a keyframe"))
    if len(refusals) == len(endpoints.llms):
        raise UserError(f"no endpoint can direct a film: {'; '.join(refusals)}")


def _print(console: Console, title: str, lines: list[Line]) -> None:
    console.print(Text(title, style="bold"))
    for line in lines:
        console.print(Text.assemble("  ", (line.mark, _STYLES[line.mark]), f"  {line.what:<12} {line.found}"))
        if line.advice:
            console.print(Text.assemble("      ", (f"{'':<12} -> {line.advice}", "dim")))
    console.print()


def machine() -> Iterator[Line]:
    """The parts of this machine. Starts a Java for its version: not for the event loop."""
    yield Line("ok", "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    try:
        import av

        av.codec.Codec("libx264", "w")
        yield Line("ok", "video", f"PyAV {av.__version__} with libx264: H.264 can be encoded")
    except Exception as error:  # no such codec; or a library of its own that cannot be loaded
        yield Line("no", "video", f"no H.264 encoder: {error}", "pip install --force-reinstall av")
    try:
        yield Line("ok", "Java", f"{java_executable()} for `streamer kafka`")
    except UserError as error:
        yield Line("--", "Java", "only `streamer kafka` needs it", str(error))


def engines() -> Iterator[Line]:
    """What can draw. Nothing heavy is imported for it. May ask nvidia-smi: not for the event loop."""
    yield Line("ok", "sketch", "draws on the CPU, without weights")
    missing = [name for name in NEEDED if _version(name) is None]
    if missing:
        yield Line("--", "diffusion", f"not installed: {', '.join(missing)}", INSTALL)
        return
    yield Line("ok", "diffusion", ", ".join(f"{name} {_version(name)}" for name in NEEDED))
    gpu = _gpu()
    yield _device(gpu)
    yield _tensorrt(gpu)
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if _version(name) is None]
    if missing:
        yield Line("--", "onnxruntime", f"not installed: {', '.join(missing)}", "pip install '.[onnxruntime]'")
    else:
        yield Line("ok", "onnxruntime", f"onnxruntime {_version('onnxruntime')}, onnx {_version('onnx')}: on the CPU")
    if free := _free_bytes():
        yield Line("ok", "memory", f"{free / (1 << 30):.1f} GiB are free")


def _tensorrt(gpu: str) -> Line:
    """Whether there is what builds an engine, and what runs it."""
    found = [f"{name} {version}" for name in ("tensorrt", "tensorrt-rtx") if (version := _version(name))]
    exporters = [name for name in ("onnx", "onnxscript") if _version(name) is None]
    advice = "pip install '.[tensorrt]' (tensorrt-rtx: GeForce and RTX cards); for other cards: pip install tensorrt"
    if not found or exporters:
        return Line("--", "tensorrt", "not installed" if not found else f"no {' and '.join(exporters)}", advice)
    told = f"{', '.join(found)}; onnx {_version('onnx')}"
    if gpu:
        return Line("ok", "tensorrt", told)
    return Line("--", "tensorrt", f"{told}; no GPU of NVIDIA's is seen here to run on", "does nvidia-smi see one?")


def _version(name: str) -> str | None:
    """Of what pip has installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _gpu() -> str:
    """A GPU of NVIDIA's, as the driver tells of it; "" for none."""
    told = _said("nvidia-smi", "--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader")
    return told or ("a GPU of NVIDIA's, of which nvidia-smi says nothing" if Path("/dev/nvidia0").exists() else "")


def _device(gpu: str) -> Line:
    """Where a diffusion model would run by itself, as far as can be told without importing torch."""
    cuda = _cuda()
    if gpu and cuda:
        return Line("ok", "device", f"cuda: {gpu}; torch is built for CUDA {cuda}")
    if gpu:
        return Line(
            "--", "device", f"{gpu}, and a torch without CUDA", "pip install torch from pytorch.org's CUDA index"
        )
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return Line("ok", "device", "mps")
    advice = "a GPU of NVIDIA's or Apple silicon; in Docker: --gpus all"
    return Line("--", "device", "cpu: seconds for a frame of a real model", advice)


def _cuda() -> str:
    """The CUDA that torch is built for; "" for none. Read from its version.py: to import it takes seconds."""
    spec = importlib.util.find_spec("torch")
    try:
        text = Path(spec.origin).with_name("version.py").read_text() if spec and spec.origin else ""
    except OSError:
        return ""
    found = re.search(r"^cuda\b[^=]*= *'([^']+)'", text, re.MULTILINE)
    return found[1] if found else ""


def _said(*command: str) -> str:
    """The first line that a program says; "" where it is not there, or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().partition("\n")[0]


def _free_bytes() -> int:
    """Of this machine's memory; 0 where that cannot be told."""
    try:
        told = Path("/proc/meminfo").read_text()
    except OSError:  # not Linux
        return 0
    found = re.search(r"^MemAvailable: *(\d+) kB", told, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def judged(llm: Llm, report: Report, pace: float) -> list[Line]:
    """The findings about one endpoint, in words. `pace`: seconds that a description lasts."""
    lines = [_models(llm, report.models)]
    if report.refusal is not None:
        words = str(report.refusal).removeprefix(f"{llm.url}").lstrip(": ")
        advice = "" if report.refusal.permanent else "is it running, and here? It may still be loading its model"
        return [*lines, Line("no", "answers", words, advice)]
    lines += [_form(trial) for trial in report.trials]
    if not report.directs:
        return [*lines, Line("no", "directs", "no answer holds a keyframe", "take a larger model, or one for chat")]
    return [
        *lines, _fields(report), _limit(report), _usage(report), *_thinking(report), _speed(report, pace),
        _closing(report),
    ]  # fmt: skip


def _models(llm: Llm, models: list[str] | None) -> Line:
    if models is None:
        return Line("--", "models", "the server does not list them")
    shown = ", ".join(models[:6]) + (f" and {len(models) - 6} more" if len(models) > 6 else "")
    if llm.model in models or llm.model == "default":
        return Line("ok", "models", shown or "none")
    return Line("--", "models", f"{shown or 'none'}; {llm.model} is not among them")


def _form(trial: Trial) -> Line:
    lower = "" if trial.form == FORMS[-1] else "the next form is used"
    if trial.refused:
        return Line("--", trial.form, "refused", lower)
    if not trial.frames:
        why = trial.cut or trial.wrong or "it holds no JSON object"
        return Line("no", trial.form, f"an answer without a keyframe: {why}", lower)
    found = f"{trial.frames} of {COUNT} keyframes are valid"
    if trial.form != FORMS[-1] and not trial.bare:
        found += "; accepted, not enforced: there is more in the answer than JSON"
    if trial.cut or trial.frames < COUNT:
        reason = trial.cut or trial.wrong or "the others did not come"
        return Line("--", trial.form, found, f"the film goes on without the others: {reason}")
    return Line("ok", trial.form, found)


def _fields(report: Report) -> Line:
    taken = [name for name in ("temperature", "top_p", "seed") if name not in report.dropped]
    refused = sorted({"temperature", "top_p", "seed"} & report.dropped)
    if not refused:
        return Line("ok", "sampling", f"{', '.join(taken)} are taken")
    kept = f"; {', '.join(taken)} taken" if taken else ""
    return Line("--", "sampling", f"{', '.join(refused)} refused{kept}", "those options have no effect there")


def _limit(report: Report) -> Line:
    if report.limit is None:
        return Line("--", "limit", "neither max_tokens nor max_completion_tokens is taken",
                    "--max-answer-tokens has no effect there")  # fmt: skip
    if report.limit_kept:
        return Line("ok", "limit", f"{report.limit}; kept")
    return Line("--", "limit", f"{report.limit} is taken, and an answer limited to {SHORT} tokens did not end by it",
                "--max-answer-tokens may have no effect there")  # fmt: skip


def _usage(report: Report) -> Line:
    usage = report.answer.usage
    counted = f"{usage.tokens_in} tokens in, {usage.tokens_out} out"
    if usage.estimated:
        return Line("--", "usage", f"not reported; estimated {counted}", "budgets go by the estimate")
    return Line("ok", "usage", f"reported: {counted}")


def _thinking(report: Report) -> Iterator[Line]:
    if report.answer.usage.thought or "<think>" in report.answer.text:
        advice = "it costs time before every first word: a model without it, or its switch at the server, is quicker"
        yield Line("--", "thinking", "it thinks aloud before it answers", advice)


def _speed(report: Report, pace: float) -> Line:
    answer = report.answer
    spent = max(answer.whole - (0.0 if answer.usage.thought else answer.first), 1e-3)
    found = (
        f"first words after {answer.first:.2f} s, {answer.usage.tokens_out / spent:.0f} tokens/s, "
        f"{report.each:.2f} s for a description"
    )
    if report.each <= pace:
        return Line("ok", "speed", f"{found}: keeps a pace of {pace:g} s")
    return Line(
        "--", "speed", found, f"slower than a pace of {pace:g} s: the film gets slower, or take a smaller model"
    )


def _closing(report: Report) -> Line:
    if report.after_closing is None:
        return Line("--", "steering", "no answer after one that was closed early", "a steer may have to wait")
    found = f"closed in mid-answer within {report.closing:.2f} s; the next one began after {report.after_closing:.2f} s"
    if report.after_closing > 2 * report.answer.first + 0.5:
        return Line("--", "steering", found, "it seems to go on generating for nobody: a steer has to wait for that")
    return Line("ok", "steering", found)
