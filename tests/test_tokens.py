"""Tokens: what is made is read back, and nothing else is."""

from __future__ import annotations

import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.cli import run
from streamer.tokens import EVERY, LEEWAY, MAX_TOKEN_CHARS, BadToken, Grant, mint, read

KEY = "k" * 32
OLDER = "o" * 32
NOW = 1_800_000_000.0

streams = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True) | st.just(EVERY)
scopes = st.sampled_from(["watch", "prompt"])


def signed(**claims: object) -> str:
    """As somebody else's program would make one."""
    given = {"stream": "main", "scope": "watch", "exp": int(NOW) + 60} | claims
    return jwt.encode({name: value for name, value in given.items() if value is not None}, KEY, "HS256")


@given(streams, scopes, st.integers(1, 10**9))
def test_what_is_made_is_read_back(stream, scope, seconds):
    assert read(mint(KEY, stream, scope, NOW + seconds), [KEY], NOW) == Grant(stream, scope, NOW + seconds + LEEWAY)


def test_a_key_is_changed_without_turning_anybody_away():
    old, new = mint(OLDER, "main", "watch", NOW + 60), mint(KEY, "main", "watch", NOW + 60)
    for token in (old, new):
        assert read(token, [KEY, OLDER], NOW).stream == "main"
    assert read(new, [KEY], NOW).stream == "main"
    with pytest.raises(BadToken, match="another key than those of `token_key`"):
        read(old, [KEY], NOW)


@given(st.data())
def test_a_token_that_was_changed_anywhere_lets_nobody_in(data):
    token = mint(KEY, "main", "watch", NOW + 60)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABab09-_.=").filter(lambda c: c != token[at]))
    changed = token[:at] + other + token[at + 1 :]
    head, body, signature = token.split(".")
    try:
        same = changed.split(".")[:2] == [head, body] and base64.urlsafe_b64decode(
            changed.split(".")[2] + "=="
        ) == base64.urlsafe_b64decode(signature + "==")
    except (IndexError, ValueError):
        same = False
    if same:  # the last character has two bits that mean nothing
        return
    with pytest.raises(BadToken):
        read(changed, [KEY], NOW)


@given(st.text(max_size=300))
def test_no_text_is_a_token_and_none_breaks_the_reader(text):
    with pytest.raises(BadToken) as caught:
        read(text, [KEY], NOW)
    assert len(text) < 8 or text not in str(caught.value)


def unsigned(algorithm: str) -> str:
    """A token that says itself how to check it."""
    parts = [{"alg": algorithm, "typ": "JWT"}, {"stream": "*", "scope": "prompt", "exp": 9_999_999_999}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (signed(exp=int(NOW) - 6), "expired 6 s ago"),
        (signed(exp=None), "until when"),
        (signed(exp="soon"), "until when"),
        (signed(exp=True), "until when"),
        (signed(exp=10**400), "until when"),
        (signed(nbf=int(NOW) + 30), "good in 30 s, not yet"),
        (signed(stream=None), "for which stream"),
        (signed(stream="a b"), "for which stream"),
        (signed(stream=["main"]), "for which stream"),
        (signed(scope=None), "what it allows"),
        (signed(scope="admin"), "what it allows"),
        (signed(scope=["watch"]), "what it allows"),
        (signed(pad="x" * 4000), f"{MAX_TOKEN_CHARS} at most"),
        (unsigned("none"), "HS256"),
        (unsigned("None"), "HS256"),
        (jwt.encode({"stream": "*", "scope": "watch", "exp": 9_999_999_999}, KEY * 2, "HS512"), "HS256"),
        ("", "not a token"),
        ("a.b.c", "not a token"),
    ],
)  # fmt: skip
def test_what_lets_nobody_in(token, reason):
    with pytest.raises(BadToken, match=reason) as caught:
        read(token, [KEY], NOW)
    assert not token or token not in str(caught.value)


def test_clocks_may_differ_a_little():
    token = signed(exp=int(NOW))
    assert read(token, [KEY], NOW + LEEWAY - 0.1).until == NOW + LEEWAY
    with pytest.raises(BadToken):
        read(token, [KEY], NOW + LEEWAY)
    assert read(signed(nbf=int(NOW + LEEWAY)), [KEY], NOW)


def test_what_other_programs_add_is_passed_over():
    assert read(signed(aud="players", iss="shop", sub="anna", iat=int(NOW) + 99, jti="7"), [KEY], NOW).scope == "watch"


def test_a_stream_s_token_covers_that_stream_and_a_star_all():
    assert Grant("main", "watch", NOW).covers("main")
    assert not Grant("main", "watch", NOW).covers("other")
    assert not Grant("main", "watch", NOW).covers(EVERY)
    assert Grant(EVERY, "watch", NOW).covers("other")


# streamer token


def test_the_command_prints_a_token_and_beside_it_what_it_allows(monkeypatch, capsys):
    monkeypatch.setenv("STREAMER_TOKEN_KEY", f"{KEY},{OLDER}")
    assert run(["token", "--stream", "stage-2", "--scope", "prompt", "--expires", "3600"]) == 0
    out, told = capsys.readouterr()
    claims = jwt.decode(out.strip(), KEY, ["HS256"])
    assert (claims["stream"], claims["scope"]) == ("stage-2", "prompt")
    assert "allows watching and asking, stream stage-2, until " in told
    assert KEY not in out + told
    assert run(["token", "--stream", "*"]) == 0
    out, told = capsys.readouterr()
    assert jwt.decode(out.strip(), KEY, ["HS256"])["stream"] == "*"
    assert "allows watching, every stream, until " in told


def test_the_command_says_what_it_lacks(monkeypatch, capsys):
    monkeypatch.delenv("STREAMER_TOKEN_KEY", raising=False)
    assert run(["token"]) == 2
    assert "STREAMER_TOKEN_KEY (--token-key); `openssl rand -hex 32`" in capsys.readouterr().err
    assert run(["up", "--stream", "*"]) == 2
    assert "a stream id is" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["token_key", "api_key", "token"])
def test_a_wrong_value_of_a_secret_is_not_printed(option, monkeypatch, capsys, tmp_path):
    command = {"token_key": "broadcaster", "api_key": "director", "token": "ls"}[option]
    secret = {"token_key": "too-short-secret", "api_key": "s3cret", "token": "t0ken" * 1000}[option]
    monkeypatch.delenv(f"STREAMER_{option.upper()}", raising=False)
    file = tmp_path / "streamer.toml"
    file.write_text(f"{option} = {{ key = '{secret}' }}\n")  # a table: no list and no text
    flag = f"--{option.replace('_', '-')}"
    assert run([command, "--config", str(file)]) == 2
    printed = capsys.readouterr().err
    assert option in printed
    assert secret not in printed
    if option != "api_key":  # of which any text is one
        assert run([command, flag, secret]) == 2
        printed = capsys.readouterr().err
        assert flag in printed
        assert secret not in printed
