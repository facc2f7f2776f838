"""The containers run the same commands as everybody: what can be said of them without a Docker engine."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from streamer.cli import COMMANDS, default_of, flags_of, parse
from streamer.topics import TOPICS

DOCKER = Path(__file__).resolve().parent.parent / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "streamer"}


def test_every_stage_is_a_service():
    assert set(OURS) == {"topics", "director", "worker", "broadcaster"}
    assert len(TOPICS) == 7


@pytest.mark.parametrize("name", OURS)
def test_its_command_is_one_that_the_command_line_takes(name, monkeypatch):
    for variable, value in OURS[name].get("environment", {}).items():
        if variable.startswith("STREAMER_"):
            default = value.partition(":-")[2].rstrip("}") if value.startswith("${") else value
            monkeypatch.setenv(variable, default)
    command, settings, _ = parse(OURS[name]["command"])
    assert command.name == name
    assert settings.bus == "kafka://kafka:29092"


def passed_on(name: str) -> dict[str, str]:
    """The options that a service takes from whoever starts it, with what they are otherwise."""
    variables = OURS[name].get("environment", {}).items()
    return {
        variable.removeprefix("STREAMER_").lower(): value.partition(":-")[2].rstrip("}")
        for variable, value in variables
        if variable.startswith("STREAMER_") and value.startswith(f"${{{variable}:-")
    }


@pytest.mark.parametrize("name", OURS)
def test_what_it_passes_on_is_the_services_own_option_with_its_own_default(name):
    options = passed_on(name)
    assert options.keys() <= set(flags_of(name))
    assert options == {option: default_of(COMMANDS[name], option) for option in options}


def test_prices_budgets_and_rates_can_be_set_from_outside():
    money = {"price_in", "price_out", "budget_tokens", "budget_cost"}
    assert passed_on("director").keys() == money | {"llm", "model", "api_key", "author_rate", "stream_rate"}
    assert passed_on("broadcaster").keys() == {"author_rate"}


def test_nothing_is_open_to_the_network_by_default_and_nothing_runs_as_root():
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    lines = (DOCKER / "Dockerfile").read_text().splitlines()
    assert any(line.startswith("USER streamer") for line in lines)
    assert any(line.startswith("HEALTHCHECK") for line in lines)


def test_compose_itself_accepts_the_file():
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("needs the docker command with its compose plugin; no engine has to run")
    done = subprocess.run(
        [docker, "compose", "-f", str(DOCKER / "compose.yaml"), "config", "--quiet"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
