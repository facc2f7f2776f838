"""Who may come in."""

from __future__ import annotations

import pytest

from streamer.broadcaster.auth import Door, presented
from streamer.errors import UserError
from streamer.settings import load

DOOR = Door("127.0.0.1", allowed_origins=["https://friend.example"], allowed_hosts=["film.example", "lan:8080"])


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:8080", "LOCALHOST", "127.0.0.1:8080", "[::1]:8080", "film.example", "film.example:443",
        "192.168.1.7:8080", "lan:8080",
    ],
)  # fmt: skip
def test_known_hosts(host):
    assert DOOR.check(host, None) is None


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", "localhost.evil.example", "x@localhost", "localhost/", "[::1", "127.0.0.1.evil", "[]"],
)
def test_unknown_hosts(host):
    denied = DOOR.check(host, None)
    assert denied is not None
    assert denied.setting == "allowed_hosts"
    assert "`allowed_hosts`" in denied.message


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8080", None),
        ("localhost:8080", "http://localhost:8080"),
        ("localhost:8080", "https://friend.example"),
        ("film.example", "https://film.example"),  # TLS ends at a proxy: our scheme is not the page's
    ],
)
def test_granted_origins(host, origin):
    assert DOOR.check(host, origin) is None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8080", "http://localhost:3000"),  # another port is another origin
        ("localhost:8080", "https://evil.example"),
        ("localhost:8080", "https://friend.example.evil.example"),
        ("localhost:8080", "http://friend.example"),
        ("localhost:8080", "null"),  # a sandboxed frame, a file
        ("localhost:8080", ""),
    ],
)
def test_foreign_origins(host, origin):
    denied = DOOR.check(host, origin)
    assert denied is not None
    assert denied.setting == "allowed_origins"
    assert "`allowed_origins`" in denied.message


def test_stars():
    assert Door("127.0.0.1", ["*"], ["*"]).check("any.example", "https://any.other") is None
    assert Door("127.0.0.1", ["*"]).frame_ancestors == "*"
    assert DOOR.frame_ancestors == "'self' https://friend.example"


def test_the_bound_name_is_known():
    assert Door("studio.lan").check("studio.lan:8080", None) is None


# As the settings have it


def test_a_door_is_what_the_settings_say():
    door = Door.of(
        load(
            {
                "host": "studio.lan",
                "allowed_origins": "https://Friend.example/,http://[::1]:3000",
                "allowed_hosts": "film.example",
                "token_key": "k" * 32,
                "guard": "prompts",
            }
        )
    )
    assert door.check("studio.lan:8080", "https://friend.example") is None
    assert door.check("film.example", "http://[::1]:3000") is None
    assert (door.asks("watch"), door.asks("prompt")) == (False, True)
    assert not Door.of(load({})).asks("prompt")


@pytest.mark.parametrize(
    "origin",
    ["https://a.example;script-src", "https://*.example.org", "https://a.example/path", "a.example", "null"],
)
def test_what_is_no_origin_never_comes_into_a_header(origin):
    with pytest.raises(UserError, match="is not an origin"):
        load({"allowed_origins": origin})


@pytest.mark.parametrize("network", ["proxy.lan", "10.0.0.0/33", "*"])
def test_proxies_are_addresses_or_networks(network):
    with pytest.raises(UserError, match=r"--trusted-proxies.*10\.0\.0\.0/8"):
        load({"trusted_proxies": network})


def test_a_known_scheme_is_compared():
    assert DOOR.grants("film.example", "https://film.example", "https")
    assert DOOR.grants("film.example:443", "https://film.example", "https")
    assert DOOR.grants("film.example", "http://film.example:80", "http")
    assert not DOOR.grants("film.example", "http://film.example", "https")
    assert not DOOR.grants("film.example:80", "https://film.example", "https")


# Where a token may come from


@pytest.mark.parametrize(
    ("authorization", "protocols", "query", "token"),
    [
        (None, [], "", None),
        ("Bearer a.b.c", ["streamer.v1", "token.d"], "token=e", "a.b.c"),
        ("bearer  a.b.c ", [], "", "a.b.c"),
        ("Basic dTpw", ["streamer.v1", "token.a.b.c"], "token=e", "a.b.c"),
        (None, ["streamer.v1"], "x=1&token=a.b.c", "a.b.c"),
        (None, [], "token=a%2Eb.c", "a.b.c"),
        (None, [], "token=", None),
        (None, [], "tokens=a", None),
        (None, [], "&".join(["x=1"] * 1000) + "&token=a", None),
    ],
)  # fmt: skip
def test_the_token_of_a_request(authorization, protocols, query, token):
    assert presented(authorization, protocols, query) == token
