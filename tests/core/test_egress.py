import pytest

from apps.core.egress import EgressRefused, allowed_addresses, parse_rules

PUBLIC = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]
NOT_PUBLIC = [
    *("0.0.0.0", "10.1.2.3", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "100.64.0.1"),  # noqa: S104
    *("192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_reached(address: str):
    assert allowed_addresses("example.com", [address], 443, ()) == [address]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address: str):
    with pytest.raises(EgressRefused, match=r"example\.com:443"):
        allowed_addresses("example.com", [address], 443, ())


def test_of_several_addresses_the_allowed_ones_are_used():
    assert allowed_addresses("example.com", ["10.0.0.1", "8.8.8.8"], 443, ()) == ["8.8.8.8"]


@pytest.mark.parametrize(
    ("entry", "host", "address", "port"),
    [
        ("localhost", "localhost", "127.0.0.1", 80),
        ("LOCALHOST.", "localhost", "::1", 80),
        ("gateway:8080", "Gateway", "10.0.0.1", 8080),
        ("münchen.example", "xn--mnchen-3ya.example", "10.0.0.1", 80),
        ("10.0.0.1", "anything", "10.0.0.1", 80),
        ("10.0.0.0/8:443", "anything", "10.9.9.9", 443),
        ("10.0.0.1/8", "anything", "10.9.9.9", 443),
        ("::1", "anything", "::1", 80),
        ("[::1]:80", "anything", "::1", 80),
        ("[fd00::/8]:80", "anything", "fd12::1", 80),
        ("fd00::/8", "anything", "fd12::1%eth0", 80),
        ("127.0.0.1", "anything", "::ffff:127.0.0.1", 80),
    ],
)
def test_what_is_listed_may_be_reached(entry: str, host: str, address: str, port: int):
    assert allowed_addresses(host, [address], port, parse_rules((entry,))) == [address]


@pytest.mark.parametrize(
    ("entry", "host", "address", "port"),
    [
        ("localhost:80", "localhost", "127.0.0.1", 81),
        ("localhost", "other", "127.0.0.1", 80),
        ("localhost", "sub.localhost", "127.0.0.1", 80),
        ("10.0.0.0/24", "anything", "10.0.1.1", 80),
        ("10.0.0.1", "10.0.0.1", "10.0.0.2", 80),
        ("[::1]:80", "anything", "::1", 81),
    ],
)
def test_what_is_beside_the_list_is_refused(entry: str, host: str, address: str, port: int):
    with pytest.raises(EgressRefused):
        allowed_addresses(host, [address], port, parse_rules((entry,)))


@pytest.mark.parametrize(
    "entry",
    [
        "",
        " ",
        "a:b",
        "host:0",
        "host:70000",
        "10.0.0.300",
        "10.0.0.0/99",
        "http://host",
        "a b",
        "[::1",
        "[host",
        "*",
        "a/b",
    ],
)
def test_an_entry_that_cannot_be_read_is_named(entry: str):
    with pytest.raises(ValueError, match="EGRESS_ALLOW"):
        parse_rules(("localhost", entry))
