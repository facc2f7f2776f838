"""Who may come in."""

from __future__ import annotations

import pytest

from streamer.broadcaster.auth import Door

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
