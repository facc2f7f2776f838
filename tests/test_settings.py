"""One declaration an option: flag, variable, TOML key, reference."""

from pathlib import Path

import pytest

from engines.diffusion.options import DiffusionOptions, Lora
from streamer.cli import COMMANDS, flags_of, help_page, parse, run
from streamer.engine import options_of
from streamer.errors import UserError
from streamer.settings import COMMANDS as DECLARED
from streamer.settings import DIFFUSION, Settings, load


def test_a_flag_wins_over_a_variable_over_the_file_over_the_default(monkeypatch, tmp_path):
    file = tmp_path / "streamer.toml"
    file.write_text("port = 1111\nfps = 12\nlead = 1.0\n")
    monkeypatch.setenv("STREAMER_PORT", "2222")
    monkeypatch.setenv("STREAMER_FPS", "6")
    settings = load({"port": "3333"}, file, {"gop": 2.0, "lead": 2.0})
    assert (settings.port, settings.fps, settings.lead, settings.gop, settings.window) == (3333, 6, 1.0, 2.0, 8)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"port": "99999"}, "--port.*65535.*99999"),
        ({"size": "3x3"}, "--size.*even and from 64 to 1920"),
        ({"size": "513x512"}, "--size.*even"),
        ({"size": "big"}, "--size.*WIDTHxHEIGHT"),
        ({"llm": "ftp://x"}, "--llm.*http://"),
        ({"stream": "a b"}, "--stream.*stream id.*'a b'"),
        ({"url": "http://[::1"}, "--url.*not a URL"),
        ({"url": "http://host:port"}, "--url.*not a URL"),
        ({"allowed_origins": "foo bar"}, "--allowed-origins.*'foo' is not an origin"),
        ({"allowed_hosts": "a.example,https://b.example"}, "--allowed-hosts.*'https://b.example' is not a host"),
        ({"allowed_hosts": "*.example"}, "--allowed-hosts.*is not a host: write NAME or ADDRESS"),
        ({"output": "film.gif"}, "--output.*mp4"),
        ({"seconds": "inf"}, "--seconds.*86400"),
        ({"seed": str(2**64)}, "--seed"),
        ({"fps": "fast"}, "--fps.*number"),
        ({"engine": "magic"}, "--engine.*'sketch' or 'diffusion'"),
        ({"backend": "cuda"}, "--backend.*'torch', 'tensorrt' or 'onnxruntime'"),
        ({"steps": "0"}, "--steps.*greater than or equal to 1"),
        ({"guidance": "99"}, "--guidance.*50"),
        ({"strength": "0"}, "--strength.*greater than 0"),
        ({"lora": "a.safetensors:heavy"}, "--lora.*'a.safetensors:heavy' is not PATH or PATH:WEIGHT"),
        ({"lora": "a.safetensors:11"}, "--lora.*from -10 to 10"),
        ({"coherence": "bank,magic"}, "--coherence.*'magic' is none of joint, pan"),
        ({"coherence": "bank,off"}, "--coherence.*'off' is none of .*give `off` alone"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_option_value_and_bound(flags, says):
    with pytest.raises(UserError, match=says) as error:
        load(flags)
    assert "\n" not in str(error.value)


def test_unknown_variables_and_keys_are_refused(monkeypatch, tmp_path):
    file = tmp_path / "streamer.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(UserError, match="unknown option 'prot'"):
        load({}, file)
    file.write_text("port = 99999\n")
    with pytest.raises(UserError, match="streamer.toml: port: .*65535"):
        load({}, file)
    with pytest.raises(UserError, match="No such file"):
        load({}, tmp_path / "none.toml")
    monkeypatch.setenv("STREAMER_PROT", "1")
    with pytest.raises(UserError, match="STREAMER_PROT: unknown variable"):
        load({})


def test_a_wrong_value_of_the_environment_is_not_blamed_on_the_file(monkeypatch, tmp_path):
    file = tmp_path / "streamer.toml"
    file.write_text("port = 1111\n")
    monkeypatch.setenv("OPENAI_BASE_URL", "ftp://x")
    with pytest.raises(UserError, match="^OPENAI_BASE_URL: llm: .*'ftp://x'"):
        load({}, file)


def test_words_come_as_a_list_from_flag_and_variable(monkeypatch):
    monkeypatch.setenv("STREAMER_ALLOWED_HOSTS", "a.example,b.example")
    settings = load({"allowed_hosts": "a.example lan:8080 ::1 [::1]:80 *"})
    assert settings.allowed_hosts == ["a.example", "lan:8080", "::1", "[::1]:80", "*"]
    settings = load({"allowed_origins": "https://a.example, https://b.example"})
    assert settings.allowed_origins == ["https://a.example", "https://b.example"]
    assert settings.allowed_hosts == ["a.example", "b.example"]


def test_the_diffusion_engine_is_asked_for_what_was_said_and_its_preset_says_the_rest():
    bare = options_of(load({"engine_model": "stabilityai/sd-turbo"}))
    assert bare == DiffusionOptions("stabilityai/sd-turbo")
    flags = {
        "engine_model": "m", "size": "640x384", "backend": "tensorrt", "device": "cuda", "dtype": "bfloat16",
        "steps": "4", "guidance": "1.5", "negative": "blurry", "scheduler": "lcm", "decoder": "kl",
        "lora": "a.safetensors,b:0.5", "coherence": "bank,pan", "strength": "0.4", "engine_cache": "/c",
    }  # fmt: skip
    assert options_of(load(flags)) == DiffusionOptions(
        "m", 640, 384, "tensorrt", "cuda", "bfloat16", 4, 1.5, "blurry", "lcm", "kl",
        (Lora("a.safetensors"), Lora("b", 0.5)), ("bank", "pan"), 0.4, cache=Path("/c"),
    )  # fmt: skip
    assert options_of(load({"coherence": "off"})).coherence == ()
    assert set(flags) - {"size"} == set(DIFFUSION)


def test_the_model_of_a_worker_is_its_engines_and_that_of_the_others_the_llms():
    _, worker, _ = parse(["worker", "--model", "sd-turbo"])
    assert (worker.engine_model, worker.model) == ("sd-turbo", ["default"])
    _, up, _ = parse(["up", "--model", "qwen3", "--engine-model", "sd-turbo"])
    assert (up.engine_model, up.model) == ("sd-turbo", ["qwen3"])


def test_films_are_held_without_viewers_in_memory_only():
    assert load({}).idle_after == 60.0
    assert load({"bus": "kafka://localhost:9092"}).idle_after is None
    assert load({"idle": "0"}).idle_after is None


def test_every_command_has_its_options_and_every_option_its_commands():
    assert set(COMMANDS) == set(DECLARED)
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert set(field.json_schema_extra["commands"]) <= set(COMMANDS), name
        assert field.json_schema_extra["commands"], name
    assert all("log_level" in flags_of(c) for c in COMMANDS)


def test_the_help_page_shows_every_command_on_a_screen():
    page = help_page(colour=False)
    assert all(f"streamer {name}" in page for name in COMMANDS)
    assert max(map(len, page.splitlines())) <= 120
    assert len(page.splitlines()) <= 40


def test_a_commands_own_defaults_show_in_its_settings():
    _, settings, words = parse(["render", "a boat", "-o", "x.mp4"])
    assert (settings.fps, settings.size, settings.seconds, settings.output) == (30.0, "256x256", 8.0, Path("x.mp4"))
    assert words == {"text": "a boat"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fly"], "no command 'fly'"),
        (["up", "--prot", "1"], "unrecognized arguments: --prot"),
        (["up", "--port", "x"], "--port"),
        (["topics", "melt"], "invalid choice: 'melt'"),
        (["render"], "required: text"),
        (["up", "--po", "1"], "unrecognized arguments"),
        (["topics", "check", "--bus", "kafka:/x"], "unknown bus 'kafka:/x'"),
        (["up", "--bus", "kafka://:9"], "bad address"),
    ],
)
def test_what_the_user_got_wrong_is_one_line_and_status_2(arguments, says, capsys):
    assert run(arguments) == 2
    shown = capsys.readouterr().err
    assert says in shown
    assert shown.count("\n") == 1
    assert "Traceback" not in shown
