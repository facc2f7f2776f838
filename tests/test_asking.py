"""Options of `streamer prompt`: what the person gave is sent, nothing else."""

from __future__ import annotations

import os

import pytest

from streamer import cli
from streamer.asking import options_of
from streamer.errors import UserError
from streamer.messages import PromptOptions


@pytest.fixture(autouse=True)
def _nothing_is_set_already(monkeypatch):
    """The variables of whoever runs the tests are options, too."""
    for name in os.environ:
        if name.startswith("STREAMER_"):
            monkeypatch.delenv(name)


def asked(*flags: str) -> PromptOptions:
    _, settings, words = cli.parse(["prompt", "a boat", *flags])
    assert words == {"text": "a boat"}
    return options_of(settings)


def test_without_options_everything_is_left_to_the_director():
    assert asked() == PromptOptions()
    assert asked("--stream", "boats", "--action", "play") == PromptOptions()


def test_every_option_of_a_prompt_is_one_of_the_command_line():
    flags = {
        "style": "noir", "seed": 7, "window": 1, "pace": 1.5, "length": 60.0, "descriptions": 9,
        "language": "Deutsch", "temperature": 0.2, "top_p": 0.9, "transition": "cut",
    }  # fmt: skip
    assert set(flags) == set(PromptOptions.__struct_fields__)
    words = [word for name, value in flags.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    assert asked(*words) == PromptOptions(**flags)


def test_what_is_given_counts_though_it_is_the_default_or_nought():
    assert asked("--pace", "2", "--length", "0", "--temperature", "0") == PromptOptions(
        pace=2.0, length=0.0, temperature=0.0
    )


def test_a_variable_is_given_too(monkeypatch):
    monkeypatch.setenv("STREAMER_STYLE", "noir")
    assert asked() == PromptOptions(style="noir")


@pytest.mark.parametrize("flags", [("--pace", "0.1"), ("--top-p", "0"), ("--transition", "fade"), ("--window", "33")])
def test_out_of_range_is_said_before_anything_is_sent(flags):
    with pytest.raises(UserError, match=flags[0]):
        asked(*flags)
