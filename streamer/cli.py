"""The command line: flags from the declarations in `settings`, one clear line for what the user got wrong."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn, cast, get_args, get_origin

from . import __version__
from .errors import UserError
from .settings import SECTIONS, Settings, load


@dataclass(frozen=True)
class Command:
    """A command: how it is written, what it does, which coroutine does it."""

    name: str
    does: str
    run: str  # "module:function" below this package, imported only when needed: help stays quick
    words: tuple[tuple[str, str], ...] = ()  # positional arguments: name, help
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)  # where a command's default differs from the declaration
    example: str = ""

    def usage(self) -> str:
        """`prompt TEXT`, as the help page shows it."""
        return " ".join([self.name, *("|".join(self.choices.get(w, (w.upper(),))) for w, _ in self.words)])


GROUPS: dict[str, tuple[Command, ...]] = {
    "See a film": (
        Command("up", "everything in one process; prints the address of the page", "app:up",
                example="streamer up --prompt 'a red fox runs through snow'"),
        Command("render", "a film of fixed length into a file, as fast as it goes", "render:render",
                (("text", "what the film is about"),),
                defaults={"fps": 30.0, "size": "256x256", "seconds": 8.0},
                example="streamer render 'a blue boat at night' -o boat.mp4 --fps 30 --size 256x256 --seconds 8"),
    ),
    "Direct it while it runs": (
        Command("prompt", "begin a film, or bend the one that plays", "talk:prompt",
                (("text", "the wish, in words"),), example="streamer prompt 'now it snows'"),
        Command("pause", "hold the film", "talk:pause"),
        Command("resume", "let it go on", "talk:resume"),
        Command("stop", "end it", "talk:stop"),
        Command("ls", "the films and what they show", "talk:ls"),
        Command("watch", "follow a film in the terminal: its words, rate and delay", "talk:watch"),
        Command("record", "the live film into an MP4 file", "talk:record",
                example="streamer record -o film.mp4 --seconds 30"),
        Command("push", "the live film to an RTMP or SRT server", "push:push",
                (("target", "rtmp://HOST/APP/KEY or srt://HOST:PORT; -: as PUSH_TARGET or a line of stdin says"),),
                example="streamer push rtmp://127.0.0.1/live/film"),
    ),
    "Run it in parts, over Kafka": (
        Command("director", "the service that asks the LLM and publishes frame descriptions", "app:director"),
        Command("worker", "the service that renders them", "app:worker"),
        Command("broadcaster", "the service that everyone watches", "app:broadcaster"),
        Command("token", "make a token for viewers of a broadcaster that has a token_key", "tokens:token",
                example="streamer token --stream main --scope prompt --expires 3600"),
        Command("topics", "create the topics (idempotent), or check them", "operate:topics",
                (("what", "create or check"),), choices={"what": ("create", "check")},
                example="streamer topics create --bus kafka://127.0.0.1:9092"),
        Command("kafka", "a real local Apache Kafka for development (Java 17)", "operate:kafka",
                defaults={"port": 9092}, example="streamer kafka --port 9092"),
    ),
    "Find out what works": (
        Command("doctor", "what works here: this machine's parts, and what an LLM's server can do", "doctor:doctor",
                example="streamer doctor --llm http://127.0.0.1:11434/v1 --model qwen3"),
        Command("engines", "compiled diffusion engines: make them ahead of time, see what there is",
                "engines_command:engines",
                (("what", "build: compile a model's networks before a worker needs them; list: what has been compiled; "
                  "verify: whether it is whole and, with --model, draws what torch draws; bench: frames a second, "
                  "as a worker gets them"),), choices={"what": ("build", "list", "verify", "bench")},
                example="streamer engines build --model stabilityai/sd-turbo --backend tensorrt"),
    ),
}  # fmt: skip
COMMANDS = {c.name: c for group in GROUPS.values() for c in group}

SHORT = {"output": "-o", "stream": "-s", "prompt": "-p"}


def flags_of(command: str) -> list[str]:
    """The names of the options that a command takes, in the order of their declaration."""
    return [
        name
        for name, f in Settings.model_fields.items()
        if isinstance(f.json_schema_extra, dict) and command in f.json_schema_extra["commands"]  # type: ignore[operator]
    ]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see `{self.prog} --help`")


def default_of(command: Command, name: str) -> str:
    """How an option's default is shown: "" where there is nothing to tell."""
    value = command.defaults.get(name, Settings.model_fields[name].default)
    if isinstance(value, list):
        return ",".join(value)
    return "" if value is None or value == "" else str(value)


def _metavar(name: str) -> str:
    """`sketch|diffusion` for a choice, else the last word of the option's name."""
    annotation = Settings.model_fields[name].annotation
    return "|".join(get_args(annotation)) if get_origin(annotation) is Literal else name.rpartition("_")[2].upper()


def _parser(command: Command) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"streamer {command.name}",
        usage=f"streamer {command.usage()} [options]",
        description=command.does[0].upper() + command.does[1:] + ".",
        epilog="Every option is also a variable (STREAMER_PORT) and a key of the TOML file of --config."
        + (f"  Example:  {command.example}" if command.example else ""),
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=28, width=110),
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    for word, text in command.words:
        parser.add_argument(word, help=text, choices=command.choices.get(word))
    section: argparse._ArgumentGroup | argparse.ArgumentParser = parser
    taken = flags_of(command.name)
    for name in Settings.model_fields:
        if name in SECTIONS:
            section = parser.add_argument_group(SECTIONS[name])
        if name not in taken:
            continue
        declared = Settings.model_fields[name]
        extra = cast("dict[str, Any]", declared.json_schema_extra)
        shown = default_of(command, name)
        section.add_argument(
            *([SHORT[name]] if name in SHORT else []),
            "--" + name.replace("_", "-"),
            *([extra["also"][command.name]] if command.name in extra["also"] else []),
            dest=name,
            metavar=extra["metavar"] or _metavar(name),
            help=((declared.description or "") + (f"  [{shown}]" if shown else "")).replace("%", "%%"),
        )
    section.add_argument("--config", metavar="FILE", help="a TOML file with options (STREAMER_CONFIG)")
    return parser


def help_page(colour: bool) -> str:
    """What `streamer --help` prints."""
    bold, dim, plain = ("\033[1m", "\033[2m", "\033[0m") if colour else ("", "", "")
    lines = [
        f"{bold}streamer{plain} {__version__}: a live film machine. A sentence goes in, an endless film comes out.",
        "",
        f"  {bold}streamer up{plain}          then open the address that it prints",
        "",
    ]
    for title, commands in GROUPS.items():
        lines.append(f"{bold}{title}{plain}")
        lines += [f"  streamer {c.usage():<31} {dim}{c.does}{plain}" for c in commands]
        lines.append("")
    lines += [
        "`streamer COMMAND --help` lists a command's options. Each is also a variable (STREAMER_PORT=8081) and a key",
        "of a TOML file (--config FILE). OPENAI_BASE_URL and OPENAI_API_KEY are honoured.",
    ]
    return "\n".join(lines)


def parse(arguments: list[str]) -> tuple[Command, Settings, dict[str, str]]:
    """The command, its settings and its positional words. Raises `UserError`; prints help and exits for --help."""
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        print(help_page(sys.stdout.isatty() and "NO_COLOR" not in os.environ))
        raise SystemExit(0)
    if name in ("-V", "--version"):
        print(f"streamer {__version__}")
        raise SystemExit(0)
    if name not in COMMANDS:
        raise UserError(f"there is no command {name!r}; `streamer --help` lists them")
    command = COMMANDS[name]
    given = vars(_parser(command).parse_args(arguments[1:]))
    words = {word: given.pop(word) for word, _ in command.words}
    config = given.pop("config", None) or os.environ.get("STREAMER_CONFIG")
    return command, load(given, Path(config) if config else None, command.defaults), words


def log_to_stderr(level: str, who: str = "") -> None:
    """Begin to log; each line names `who` writes it, where there are several."""
    who = f"[{who}] " if who else ""
    logging.basicConfig(
        level=level.upper(), format=f"%(asctime)s %(levelname).1s {who}%(name)s: %(message)s", datefmt="%H:%M:%S"
    )
    for noisy in (
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "openai",
        "aiokafka",
        "uvicorn",
        "asyncio",
        "onnx_ir",
        "onnxscript",
        "torch.onnx",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))


async def _until_signalled(work: Awaitable[None]) -> None:
    """Cancel `work` on the first SIGINT, SIGTERM or SIGHUP: it stops in order. The second one ends the process."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if stopping:
            os._exit(130)
        stopping = True
        task.cancel()

    for number in filter(None, (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None))):
        with contextlib.suppress(NotImplementedError):  # no signal handlers on this loop: Windows
            loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopping:
            raise


def drive(work: Awaitable[None]) -> None:
    """Run `work` on the fastest loop there is, to its end or until a signal ends it."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_until_signalled(work))


def user_error(error: BaseException) -> UserError | None:
    """The first UserError in an error or in a group of them: tasks fail in groups."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(user_error, error.exceptions)), None)
    return None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not built for Windows
        return None
    return uvloop.new_event_loop


def main(arguments: list[str] | None = None) -> int:
    """Run the command line. Exit status: 0, 2 for what the user got wrong, 1 for anything else."""
    status = run(arguments)
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(1.0)
            if thread.is_alive():  # an engine that hangs: everything is committed or void, nobody has to wait for it
                logging.shutdown()
                sys.stdout.flush()
                os._exit(status)
    return status


def run(arguments: list[str] | None = None) -> int:
    """As `main`, in a process that goes on: whatever threads it has are left alone."""
    try:
        command, settings, words = parse(sys.argv[1:] if arguments is None else arguments)
        log_to_stderr(settings.log_level)
        module, _, function = command.run.partition(":")
        work = getattr(importlib.import_module(f".{module}", __package__), function)
        drive(work(settings, **words))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        known = user_error(error)
        if known is None:
            raise
        print(f"streamer: {known}", file=sys.stderr)
        return 2
    return 0
