"""Who calls, behind which proxies, and how often each may come."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.broadcaster.callers import REMEMBERED, SMALL_AS_ONE, Caller, Callers, place_of

PROXIES = Callers(["10.0.0.0/8", "127.0.0.1", "2001:db8:f::/48"])


def asked(peer: str, *forwarded: str, proto: tuple[str, ...] = (), tls: bool = False) -> Caller:
    return PROXIES.caller(peer, "192.0.2.1", tls=tls, forwarded=forwarded, proto=proto)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", (), "203.0.113.5"),
        ("203.0.113.5", ("198.51.100.7",), "203.0.113.5"),  # a stranger's word
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.7",), "198.51.100.7"),
        ("10.0.0.1", ("6.6.6.6, 198.51.100.7",), "198.51.100.7"),  # what the caller itself wrote is left of it
        ("10.0.0.1", ("6.6.6.6", "198.51.100.7"), "198.51.100.7"),  # a list may come in several headers
        ("10.0.0.1", ("198.51.100.7, 10.2.0.9 ,10.0.0.2",), "198.51.100.7"),  # three proxies of ours
        ("10.0.0.1", ("10.2.0.9, 10.0.0.2",), "10.2.0.9"),  # somebody inside
        ("10.0.0.1", ("198.51.100.7, nonsense, 10.0.0.2",), "10.0.0.2"),  # as far as it can be read
        ("10.0.0.1", ("unknown",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.7:4711",), "198.51.100.7"),
        ("10.0.0.1", ("[2001:db8::7]:4711",), "2001:db8::7"),
        ("10.0.0.1", ("2001:db8::7",), "2001:db8::7"),
        ("::ffff:10.0.0.1", ("198.51.100.7",), "198.51.100.7"),  # IPv4 on a socket that takes both
        ("2001:db8:f:1::1", ("198.51.100.7",), "198.51.100.7"),
        ("10.0.0.1", (",".join(["6.6.6.6"] + ["10.0.0.2"] * 5000),), "10.0.0.2"),  # no list is read for ever
    ],
)  # fmt: skip
def test_who_calls(peer, forwarded, address):
    assert asked(peer, *forwarded).address == address


@given(st.text(max_size=200), st.ip_addresses())
def test_whatever_a_stranger_writes_into_the_header_changes_nothing(written, peer):
    stranger = Callers(["10.7.7.7"])
    address = ip_address(str(peer))
    if str(address) in ("10.7.7.7", "::ffff:10.7.7.7"):
        return
    plain = stranger.caller(str(peer), "", tls=False)
    assert stranger.caller(str(peer), "", tls=False, forwarded=[written], proto=[written]) == plain


@given(st.text(max_size=200))
def test_behind_a_proxy_the_last_entry_is_its_own_and_all_before_it_hearsay(written):
    assert asked("10.0.0.1", f"{written}, 198.51.100.7").address == "198.51.100.7"


def test_the_scheme_is_what_is_known():
    assert asked("203.0.113.5").scheme == "", "a proxy that we do not know of may have ended TLS"
    assert asked("203.0.113.5", proto=("https",)).scheme == ""
    assert asked("203.0.113.5", tls=True).scheme == "https"
    assert asked("10.0.0.1", proto=("https",)).scheme == "https"
    assert asked("10.0.0.1", proto=("http", "HTTPS")).scheme == "https"
    assert asked("10.0.0.1", proto=("http",)).scheme == "http"
    assert asked("10.0.0.1", proto=("gopher",)).scheme == ""


def test_a_place_is_an_ipv4_address_or_a_64_of_ipv6():
    assert place_of("192.0.2.7") == place_of("::ffff:192.0.2.7") != place_of("192.0.2.8")
    assert place_of("2001:db8:0:1::5") == place_of("2001:db8:0:1:ffff::1") != place_of("2001:db8:0:2::5")
    assert place_of("/run/streamer.sock") == b""


# How often


def let_in(callers: Callers, caller: Caller, tries: int, now: float, *, small: bool = False) -> int:
    return sum(callers.wait(caller, now, small=small) == 0.0 for _ in range(tries))


def test_a_third_of_a_minute_s_worth_comes_at_once_and_then_as_time_goes_by():
    callers = Callers(rate=120)
    anna, ben = callers.caller("203.0.113.5", "", tls=False), callers.caller("203.0.113.6", "", tls=False)
    assert let_in(callers, anna, 100, 0.0) == 40
    assert callers.wait(anna, 0.0) == pytest.approx(0.5)
    assert let_in(callers, anna, 100, 10.0) == 20
    assert let_in(callers, ben, 100, 10.0) == 40, "another place has a bucket of its own"
    assert callers.refusal(0.5) == "`connect_rate` allows 120 connections a minute from one address; the next in 1 s"


def test_small_requests_have_a_larger_bucket():
    callers = Callers(rate=120)
    anna = callers.caller("203.0.113.5", "", tls=False)
    assert let_in(callers, anna, 10_000, 0.0, small=True) == pytest.approx(40 * SMALL_AS_ONE, abs=1)
    assert let_in(callers, anna, 100, 0.0) == 40


def test_who_has_a_whole_ipv6_network_has_one_bucket():
    callers = Callers(rate=60)
    neighbours = [callers.caller(f"2001:db8:0:1::{n:x}", "", tls=False) for n in range(100)]
    assert sum(callers.wait(caller, 0.0) == 0.0 for caller in neighbours) == 20


def test_this_machine_is_not_counted_unless_a_trusted_proxy_on_it_names_another():
    callers = Callers(["127.0.0.1"], rate=15)
    for peer, here in [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("192.0.2.9", "192.0.2.9"), ("", "")]:
        assert let_in(callers, callers.caller(peer, here, tls=False), 100, 0.0) == 100
    proxied = callers.caller("127.0.0.1", "127.0.0.1", tls=False, forwarded=["198.51.100.7"])
    assert let_in(callers, proxied, 100, 0.0) == 5


def test_a_rate_of_0_is_no_limit():
    callers = Callers(rate=0)
    assert let_in(callers, callers.caller("203.0.113.5", "", tls=False), 10_000, 0.0) == 10_000


def test_the_table_of_addresses_is_bounded():
    callers = Callers(rate=120)
    for n in range(REMEMBERED + 500):
        address = str(ip_address(0x0B000000 + n))
        assert callers.wait(callers.caller(address, "", tls=False), n / 1e6) == 0.0
    assert len(callers._connections) == REMEMBERED
