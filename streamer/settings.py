"""Every option, declared once: the same declaration is the flag, the STREAMER_* variable, the TOML key and the
reference in docs/reference/options.md.

Precedence: flag, then variable, then the TOML file (`--config FILE`), then the default. `OPENAI_API_KEY` and
`OPENAI_BASE_URL` are honoured where the option of ours is not given.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from engines.diffusion.options import METHODS, Backends

from . import values
from .errors import UserError
from .topics import DEFAULT_PARTITIONS

SECTIONS = {
    "bus": "Where records live",
    "stream": "The film",
    "llm": "Director",
    "engine": "Worker",
    "host": "Broadcaster",
    "url": "Talking to a running system",
    "metrics_port": "Operation",
}
"""Titles of the help page and of the reference, by the option that begins each section."""

SERVICES = ("up", "director", "worker", "broadcaster")
TALKERS = ("prompt", "ls", "pause", "resume", "stop", "watch", "record", "push")
COMMANDS = (*SERVICES, *TALKERS, "token", "render", "kafka", "topics", "doctor", "engines")
DRAWERS = ("up", "worker", "render")

SECRETS = ("api_key", "token_key", "token")
"""Options whose values are printed nowhere, wrong ones included."""

DIFFUSION = (
    "engine_model", "backend", "device", "dtype", "steps", "guidance", "negative", "scheduler", "decoder", "lora",
    "coherence", "strength", "engine_cache",
)  # fmt: skip
"""Options that the sketch engine has no use for."""


def option(
    default: Any,
    description: str,
    *commands: str,
    metavar: str | None = None,
    also: dict[str, str] | None = None,
    **bounds: Any,
) -> Any:
    """A field of Settings that `commands` take as a flag; `also` is {command: another flag that it has there}."""
    extra: dict[str, Any] = {"commands": list(commands), "metavar": metavar, "also": also or {}}
    return Field(default, description=description, json_schema_extra=extra, **bounds)


StreamId = Annotated[str, AfterValidator(values.stream_id)]
Words = Annotated[list[str], NoDecode, BeforeValidator(values.words)]


class Settings(BaseSettings):
    """All options of all commands. Bounds are part of the declaration."""

    model_config = SettingsConfigDict(env_prefix="STREAMER_", extra="forbid", frozen=True)

    # Where records live
    bus: str = option(
        "memory", "where records live: `memory` (one process) or `kafka://HOST:PORT[,HOST:PORT]`",
        *SERVICES, "prompt", "pause", "resume", "stop", "topics", metavar="URL",
    )  # fmt: skip
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = option(
        "streamer.", "what every topic's name begins with", *SERVICES, "prompt", "pause", "resume", "stop", "topics"
    )
    partitions: int = option(
        DEFAULT_PARTITIONS, "partitions of every topic; the same for all services", *SERVICES,
        "prompt", "pause", "resume", "stop", "topics", ge=1, le=1024,
    )  # fmt: skip
    instance: str | None = option(
        None, "static group membership under this name, unique per process: quicker takeover of a restarted service",
        "director", "worker", metavar="NAME",
    )  # fmt: skip

    # The film
    stream: StreamId = option(
        "main", "the stream's id", "up", *(name for name in TALKERS if name != "ls"), metavar="ID"
    )
    prompt: str = option(
        "",
        "the words to begin with; without them a story in progress goes on; where there is none, a first film begins",
        "up",
        metavar="TEXT",
    )
    style: str = option(
        "", "a few words for the look: watercolour, noir, neon", "up", "prompt", "render", max_length=120
    )
    seed: int | None = option(
        None,
        "fixes the random part of the pictures, and the LLM's sampling where its server takes one",
        "up",
        "prompt",
        "render",
        ge=0,
        le=2**53 - 1,
    )
    action: Literal["auto", "play", "steer"] = option(
        "auto", "play begins a new film, steer bends the one that plays, auto does what fits", "prompt"
    )

    # Director
    llm: Annotated[Words, AfterValidator(values.llms)] = option(
        ["storyboard"],
        "base URL of an OpenAI-compatible server, or `storyboard`: the small offline storyteller that is built in; "
        "several in order of preference", "up", "director", "render", "doctor", metavar="URL,…",
    )  # fmt: skip
    model: Words = option(
        ["default"], "the model's name at that server, or one for each server", "up", "director", "render", "doctor",
        metavar="NAME,…",
    )  # fmt: skip
    api_key: Words = option(
        [], "key for that server, or one for each; OPENAI_API_KEY is honoured, over https and on this machine only",
        "up", "director", "render", "doctor",
        metavar="KEY,…",
    )  # fmt: skip
    window: int = option(
        8, "descriptions asked for at a time; 1 is the paper's way", "up", "director", "render", "prompt", ge=1, le=32
    )
    pace: float = option(2.0, "seconds that a description lasts", "up", "director", "render", "prompt", ge=0.5, le=12.0)
    length: float = option(
        0.0, "seconds after which a film ends; 0: endless", "up", "director", "prompt", ge=0, le=604_800
    )
    descriptions: int = option(
        0, "descriptions after which a film ends; 0: endless", "up", "director", "prompt", ge=0, le=1_000_000
    )
    template: Path | None = option(
        None, "file with the form of the whole sentence, {objects} {background} {attributes} {action} {movement} in it "
        "(default: the paper's)", "up", "director", "render", metavar="FILE",
    )  # fmt: skip
    language: str = option(
        "", "language of the prompts where their words do not show it", "up", "director", "render", "prompt",
        max_length=40,
    )  # fmt: skip
    engine_language: str = option(
        "English", "language of the descriptions: what the engine's text encoder understands", "up", "director",
        "render", max_length=40,
    )  # fmt: skip
    temperature: float | None = option(
        None, "of the LLM's sampling (default: the server's)", "up", "director", "render", "prompt", ge=0, le=2
    )
    top_p: float | None = option(
        None, "of the LLM's sampling (default: the server's)", "up", "director", "render", "prompt", gt=0, le=1
    )
    max_answer_tokens: int | None = option(
        None, "tokens that one answer may have (default: the server's limit)", "up", "director", "render", ge=16
    )
    transition: Literal["auto", "blend", "cut"] = option(
        "auto", "how a steer follows what is there: blend, cut, or as the LLM says", "up", "director", "prompt"
    )
    price_in: float = option(0.0, "price of a million tokens read by the LLM, in any currency", "up", "director", ge=0)
    price_out: float = option(0.0, "price of a million tokens written by it", "up", "director", ge=0)
    budget_tokens: int = option(
        0, "tokens, read and written, that a stream may use per hour; 0: no limit", "up", "director", ge=0
    )
    budget_cost: float = option(
        0.0, "what a stream may cost per hour, in the currency of the prices; 0: no limit", "up", "director", ge=0
    )
    author_rate: float = option(
        60.0, "prompts per minute taken from one author; 0: no limit", "up", "director", "broadcaster", ge=0, le=100_000
    )
    stream_rate: float = option(
        120.0, "prompts per minute taken for one stream; 0: no limit", "up", "director", ge=0, le=100_000
    )
    banned_words: Path | None = option(
        None, "file of words and phrases, one a line, that no prompt may contain", "up", "director", metavar="FILE"
    )
    lead_low: float = option(
        4.0, "seconds of film ahead below which the director asks for more", "up", "director", ge=1, le=60
    )
    starve: float = option(
        10.0, "seconds without a description after which fallback descriptions carry the film on",
        "up", "director", ge=1, le=300,
    )  # fmt: skip
    idle: float | None = option(
        None, "seconds without any viewer after which a film is held; 0: never (default: 60 in memory, never on Kafka)",
        "up", "director", ge=0,
    )  # fmt: skip
    max_streams: int = option(
        64, "films that one director lets live at once; a further one is refused", "up", "director", ge=1
    )
    max_prompt_chars: int = option(
        2000, "longest prompt, in characters", "up", "director", "broadcaster", ge=1, le=100_000
    )
    first_token_timeout: float = option(
        30.0, "seconds to wait for an answer's first words", "up", "director", "render", "doctor", gt=0
    )
    token_timeout: float = option(
        15.0, "seconds to wait between words of an answer", "up", "director", "render", "doctor", gt=0
    )
    answer_timeout: float = option(
        180.0, "seconds that one answer may take", "up", "director", "render", "doctor", gt=0
    )

    # Worker
    engine: Literal["sketch", "diffusion"] = option("sketch", "what draws the frames", *DRAWERS)
    engine_model: str = option(
        "", "the diffusion model: a folder in diffusers' format, or a name on the hub that the local cache holds",
        *DRAWERS, "engines", metavar="PATH|NAME", also={"worker": "--model", "engines": "--model"}, max_length=1000,
    )  # fmt: skip
    backend: Backends = option("torch", "what runs the diffusion model", *DRAWERS, "engines")
    device: Literal["auto", "cuda", "mps", "cpu"] = option("auto", "where it runs", *DRAWERS, "engines")
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = option(
        "auto", "precision of its numbers (auto: float16, on a CPU float32)", *DRAWERS, "engines"
    )
    steps: int | None = option(
        None, "denoising steps of a frame (default: the model's)", *DRAWERS, "engines", ge=1, le=100
    )
    guidance: float | None = option(
        None, "scale of classifier-free guidance, 0 or 1: none (default: the model's)", *DRAWERS, "engines", ge=0, le=50
    )
    negative: str = option(
        "", "what the pictures should not be like, where there is guidance", *DRAWERS, max_length=500
    )
    scheduler: str | None = option(
        None,
        "euler, euler-ancestral, ddim or lcm; may end with -trailing, -leading or -linspace (default: the model's)",
        *DRAWERS, "engines", metavar="NAME",
    )  # fmt: skip
    decoder: str | None = option(
        None, "`kl`, the model's own, or a folder or name of a TAESD, quicker (default: the model's TAESD)",
        *DRAWERS, "engines", metavar="PATH|NAME",
    )  # fmt: skip
    lora: Annotated[Words, AfterValidator(values.loras)] = option(
        [], "LoRAs fused into the model when it is loaded", *DRAWERS, "engines", metavar="PATH[:WEIGHT],…"
    )
    coherence: Annotated[Words | None, BeforeValidator(values.words), AfterValidator(values.coherence)] = option(
        None, f"what makes a film of the frames: of {', '.join(METHODS)}; or `off` (default: the model's)",
        *DRAWERS, "engines", metavar="METHOD,…",
    )  # fmt: skip
    strength: float = option(
        0.6, "of feedback: how much of a frame is made anew, 1: all of it", *DRAWERS, "engines", gt=0, le=1
    )
    engine_cache: Path | None = option(
        None, "folder of compiled engines (default: ~/.cache/streamer/engines)", *DRAWERS, "engines", metavar="FOLDER"
    )
    size: Annotated[str, AfterValidator(values.size)] = option(
        "512x512", "width and height of the picture in pixels", *DRAWERS, "engines", metavar="WxH"
    )
    fps: float = option(24.0, "frames per second", "up", "worker", "render", ge=1, le=60)
    gop: float = option(1.0, "seconds from keyframe to keyframe", "up", "worker", ge=0.2, le=10)
    bitrate: int = option(1_500_000, "bits per second that the video may take at most", "up", "worker", ge=50_000)
    lead: float = option(0.5, "seconds of video rendered ahead of the clock", "up", "worker", ge=0.1, le=5)

    # Broadcaster
    host: str = option("127.0.0.1", "address to listen on; 0.0.0.0 for all", "up", "broadcaster", metavar="ADDRESS")
    port: int = option(
        8080, "port of pages, REST and WebSocket (kafka: of the broker); 0: any free one",
        "up", "broadcaster", "kafka", ge=0, le=65535,
    )  # fmt: skip
    allowed_origins: Annotated[Words, AfterValidator(values.origins)] = option(
        [], "further origins whose pages may connect (https://example.org), or *; the own origin always may",
        "up", "broadcaster", metavar="ORIGIN,…",
    )  # fmt: skip
    allowed_hosts: Annotated[Words, AfterValidator(values.hosts)] = option(
        [], "further Host names answered to, or *; the address listened on and localhost always are",
        "up", "broadcaster", metavar="HOST,…",
    )  # fmt: skip
    token_key: Annotated[Words, AfterValidator(values.keys)] = option(
        [], "secret that tokens are signed with, 32 characters or more, the newest of several first; with it who comes "
        "needs one", "up", "broadcaster", "token", metavar="SECRET,…",
    )  # fmt: skip
    guard: Literal["all", "prompts"] = option(
        "all", "with `token_key`: what needs a token, everything or wishes alone", "up", "broadcaster"
    )
    trusted_proxies: Annotated[Words, AfterValidator(values.networks)] = option(
        [], "addresses or networks of proxies whose X-Forwarded-For is believed", "up", "broadcaster",
        metavar="ADDRESS,…",
    )  # fmt: skip
    tls_cert: Path | None = option(
        None, "certificate chain (PEM): serve https and wss", "up", "broadcaster", metavar="FILE"
    )
    tls_key: Path | None = option(None, "its private key (PEM)", "up", "broadcaster", metavar="FILE")
    processes: int = option(
        1, "processes that share the port, each with viewers of its own (needs Kafka, and Linux)", "broadcaster",
        ge=1, le=64,
    )  # fmt: skip
    max_viewers: int = option(
        5000, "viewers of every kind served at once by one process; a further one gets 503", "up", "broadcaster", ge=1
    )
    connect_rate: float = option(
        120.0, "connections of viewers per minute taken from one address that is not this machine's; 0: no limit",
        "up", "broadcaster", ge=0, le=1_000_000,
    )  # fmt: skip
    waiting_bytes: int = option(
        256 << 20, "bytes that may wait for all slow viewers of a process together; the slowest are closed above it",
        "up", "broadcaster", ge=1 << 20,
    )  # fmt: skip
    ring: float = option(6.0, "seconds of video kept per stream for joining viewers", "up", "broadcaster", ge=2, le=120)
    slow_limit: float = option(
        30.0, "seconds that a viewer may take nothing before it is closed with 1013", "up", "broadcaster", ge=5
    )

    # Talking to a running system
    url: Annotated[str, AfterValidator(values.http_url)] = option(
        "http://127.0.0.1:8080", "the system to talk to", *TALKERS, metavar="URL"
    )
    token: str = option("", "what its doors ask for, see `streamer token`", *TALKERS, metavar="TOKEN", max_length=4000)
    token_stream: Annotated[str, AfterValidator(values.stream_or_every)] = option(
        "main", "the stream that the token is for; * for every one", "token", metavar="ID", also={"token": "--stream"}
    )
    scope: Literal["watch", "prompt"] = option("watch", "what the token allows: to watch, or to ask as well", "token")
    expires: float = option(86_400.0, "seconds that the token is good for", "token", gt=0, le=315_360_000)
    output: Annotated[Path, AfterValidator(values.mp4)] | None = option(
        None, "the MP4 file to write", "record", "render", metavar="FILE"
    )
    seconds: float | None = option(
        None, "length in seconds (render: 8; the others: until Ctrl-C)", "record", "render", "watch", "push",
        gt=0, le=86_400,
    )  # fmt: skip

    # Operation
    metrics_port: int | None = option(
        None, "port of /metrics, /healthz and /readyz on the loopback (the broadcaster has them on its own port)",
        "director", "worker", ge=1, le=65535,
    )  # fmt: skip
    data: Path | None = option(None, "folder of the broker's data; kept (default: a temporary one)", "kafka")
    log_level: Literal["debug", "info", "warning", "error"] = option("info", "how much is logged", *COMMANDS)

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.size.partition("x")[0])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.size.partition("x")[2])

    @property
    def idle_after(self) -> float | None:
        """Seconds without a viewer after which a film is held; None: never (design §9)."""
        idle = self.idle if self.idle is not None else (60.0 if self.bus == "memory" else 0.0)
        return idle or None

    @property
    def keys(self) -> list[str]:
        """Keys for the LLM's servers, one for all or one for each; never empty, since the SDK refuses that."""
        return self.api_key or [os.environ.get("OPENAI_API_KEY", "") or "none"]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags come as init arguments; the TOML file is merged below the environment by `load`."""
        return (init_settings, env_settings)


def load(flags: dict[str, Any], config: Path | None = None, defaults: dict[str, Any] | None = None) -> Settings:
    """The settings of this run; `defaults` are a command's own.

    Raises `UserError` with one line that names the option, what was given and the bounds.
    """
    known = Settings.model_fields
    file: dict[str, Any] = {}
    if config is not None:
        try:
            file = tomllib.loads(config.read_text())
        except OSError as error:
            raise UserError(f"--config {config}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UserError(f"--config {config}: {error}") from error
        if unknown := sorted(file.keys() - known.keys()):
            raise UserError(f"--config {config}: unknown option {unknown[0]!r}")
    names = {f"STREAMER_{name}".upper() for name in known} | {"STREAMER_CONFIG"}
    for name in sorted(os.environ):
        foreign = name.startswith(("STREAMER_TEST_", "STREAMER_CACHE"))
        if name.startswith("STREAMER_") and name not in names and not foreign:
            raise UserError(f"{name}: unknown variable; `streamer --help` lists the options")
    elsewhere = {"llm": os.environ["OPENAI_BASE_URL"]} if os.environ.get("OPENAI_BASE_URL") else {}
    below = elsewhere | (defaults or {}) | file
    below = {k: v for k, v in below.items() if f"STREAMER_{k}".upper() not in os.environ}
    try:
        return Settings(**(below | flags))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "options"
        variable = f"STREAMER_{name.upper()}"
        flag = "--" + name.replace("_", "-")
        source = config if name in file else "OPENAI_BASE_URL"
        given = flag if name in flags else variable if variable in os.environ else f"{source}: {name}"
        got = "" if name in SECRETS else f" (got {first['input']!r})"
        raise UserError(f"{given}: {first['msg'].removeprefix('Value error, ')}{got}") from None
