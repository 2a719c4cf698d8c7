"""Who a request is from, behind proxies: what is believed, what is not, and what it may cost."""

import time
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stario.http.headers import Headers
from stario.http.trust.forwarded import node_address, usual_address
from stario.http.trust.proxies import Origin, Peer, ProxyHeaders, TrustedProxies, proxy_network

NGINX = "10.0.0.1"
TRUSTED = ("10.0.0.0/8", "fd00::/8")


def fields(*lines: tuple[str, str]) -> Headers:
    headers = Headers()
    for name, value in lines:
        headers.add(name, value)
    return headers


def origin(
    *lines: tuple[str, str],
    trusted: tuple[str, ...] = TRUSTED,
    family: ProxyHeaders = "x-forwarded",
    peer: str = NGINX,
    scheme: str = "http",
) -> Origin:
    return TrustedProxies(trusted, family).origin(Peer(peer, scheme), fields(*lines))


def client_for(*values: str, trusted: tuple[str, ...] = TRUSTED, peer: str = NGINX) -> str:
    """The client by X-Forwarded-For lines."""
    lines = [("x-forwarded-for", value) for value in values]
    return origin(*lines, trusted=trusted, peer=peer).client


def forwarded(*values: str, trusted: tuple[str, ...] = TRUSTED) -> Origin:
    """The origin by Forwarded lines."""
    lines = [("forwarded", value) for value in values]
    return origin(*lines, trusted=trusted, family="forwarded")


@pytest.mark.parametrize(
    ("node", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5678", "192.0.2.1"),
        ("192.0.2.1:_hidden.port-1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[::1]:80", "::1"),
        ("[::1]:_x", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::FFFF:c000:201]:80", "192.0.2.1"),
        ("::", "::"),
        ("unix:", "unix"),
    ],
)
def test_a_node_has_an_address(node: str, address: str) -> None:
    """RFC 7239, 6; and the spellings of X-Forwarded-For, for which there is no specification."""
    assert node_address(node) == address


@pytest.mark.parametrize(
    "node",
    [
        *("", " ", "unknown", "_hidden", "_", "localhost", "a.example", "unix", "UNIX:", "unix:/s"),
        *("192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1.", "192.0.2.1%eth0", "1"),
        *("192.0.2.1:", "192.0.2.1:x", "192.0.2.1:123456", "192.0.2.1:-1", "192.0.2.1:80:80"),
        *("[192.0.2.1]", "[::1", "::1]", "[]", "[::1]x", "[::1]:", "[[::1]]", "[:]", ":", ":::"),
        *(" 192.0.2.1", "192.0.2.1 ", "192.0.2.1\t", "192.0.2.1\n", "192.0.2.1\0", "192.0.2.1,"),
        *("１92.0.2.1", "192.0.2.١", "0x7f.0.0.1", "2130706433", "http://192.0.2.1", "192.0.2.1/8"),
        *("1:2:3:4:5:6:7:8:9", "12345::", "::192.0.2.256", "%", "::1%", '"192.0.2.1"', "<b>"),
        "::1%" + "x" * 200,
        "1" * 100_000,
        ":" * 100_000,
    ],
)
def test_what_is_no_address_has_none(node: str) -> None:
    assert node_address(node) == ""


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


def told(address: IPv4Address | IPv6Address) -> str:
    """As `client` tells it."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


@given(ADDRESSES, st.sampled_from(["", ":80", ":65535", ":_p"]))
@example(ip_address("::ffff:10.0.0.1"), "")
def test_an_address_comes_back_from_every_spelling(
    address: IPv4Address | IPv6Address, port: str
) -> None:
    if isinstance(address, IPv6Address):
        for text in (str(address), address.exploded, str(address).upper()):
            assert node_address(text) == node_address(f"[{text}]{port}") == told(address)
    else:
        assert node_address(f"{address}{port}") == told(address)


@given(st.one_of(st.text(), st.text(":.[]%0123456789abcdef_")))
def test_any_text_is_an_address_in_its_usual_spelling_or_none(node: str) -> None:
    address = node_address(node)
    assert address in ("", "unix") or usual_address(address) == address == str(ip_address(address))


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        ([], NGINX),
        (["192.0.2.1"], "192.0.2.1"),
        (["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        (["203.0.113.9", "192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        (["192.0.2.1,10.0.0.3,fd00::2"], "192.0.2.1"),
        (["192.0.2.1", "10.0.0.3", "10.0.0.2"], "192.0.2.1"),
        (["203.0.113.9, 192.0.2.1 , \t10.0.0.2"], "192.0.2.1"),
        (["10.0.0.4, 10.0.0.3"], "10.0.0.4"),
        (["192.0.2.1:5678, 10.0.0.2:80"], "192.0.2.1"),
        (["[2001:db8::1]:5678, [fd00::2]"], "2001:db8::1"),
        (['"[2001:db8::1]:4711"'], "2001:db8::1"),
        (["::ffff:192.0.2.1, ::ffff:10.0.0.2"], "192.0.2.1"),
    ],
)
def test_the_first_address_from_the_right_that_is_not_trusted_is_the_client(
    lines: list[str], client: str
) -> None:
    """Or the leftmost, where all are trusted."""
    assert client_for(*lines) == client


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        ([""], NGINX),
        (["unknown"], NGINX),
        (["192.0.2.1, unknown"], NGINX),
        (["192.0.2.1, _hidden, 10.0.0.2"], "10.0.0.2"),
        (["192.0.2.1, , 10.0.0.2"], "10.0.0.2"),
        (["192.0.2.1,"], NGINX),
        (["192.0.2.1", ""], NGINX),
        (["192.0.2.1; 10.0.0.2"], NGINX),
        (["192.0.2.1 10.0.0.2"], NGINX),
        (["192.0.2.1, 10.0.0.2\t10.0.0.3"], NGINX),
        (['192.0.2.1, "10.0.0.2'], NGINX),
        (['"192.0.2.1, 10.0.0.2"'], NGINX),
        (["192.0.2.1, 10.0.0.300"], NGINX),
        (["192.0.2.1, unix:"], ""),
        (["<script>, 192.0.2.1"], "192.0.2.1"),
        (["\xff\xfe, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
    ],
)
def test_what_cannot_be_read_ends_the_walk_at_the_last_that_could(
    lines: list[str], client: str
) -> None:
    """Nothing beyond is believed: no trusted proxy is known to have written it."""
    assert client_for(*lines) == client


def test_a_peer_that_is_not_trusted_is_the_client_whatever_it_says() -> None:
    lines = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https")]
    lines += [("forwarded", "for=192.0.2.1;proto=https")]
    for family in ("x-forwarded", "forwarded"):
        for trusted in ((), ("10.0.0.2",), ("fd00::/8",), ("unix",)):
            seen = origin(*lines, trusted=trusted, family=family)
            assert seen == (NGINX, "http")


def test_one_family_is_read_and_the_other_is_the_client_s_to_forge() -> None:
    x_forwarded = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https")]
    standard = [("forwarded", "for=192.0.2.2;proto=https")]
    assert origin(*standard) == (NGINX, "http")
    assert origin(*x_forwarded, family="forwarded") == (NGINX, "http")
    assert origin(*x_forwarded, *standard) == ("192.0.2.1", "https")
    assert origin(*x_forwarded, *standard, family="forwarded") == ("192.0.2.2", "https")


@pytest.mark.parametrize(
    "name",
    ["x-real-ip", "x-forwarded-host", "x-client-ip", "true-client-ip", "via", "x_forwarded_for"],
)
def test_no_other_field_is_believed(name: str) -> None:
    assert origin((name, "192.0.2.1")) == (NGINX, "http")


def test_a_peer_on_a_unix_socket_is_trusted_by_its_own_word() -> None:
    """It has no address, and no network holds it."""
    assert client_for("192.0.2.1", peer="unix", trusted=("unix",)) == "192.0.2.1"
    assert client_for("192.0.2.1, unix:", peer="unix", trusted=("unix",)) == "192.0.2.1"
    assert client_for("192.0.2.1", peer="unix", trusted=("0.0.0.0/0", "::/0")) == ""
    assert client_for(peer="unix", trusted=("unix",)) == ""
    assert client_for("192.0.2.1", peer="unix", trusted=()) == ""


def test_a_star_trusts_everybody_so_the_leftmost_is_the_client() -> None:
    assert client_for("203.0.113.9, 192.0.2.1", trusted=("*",)) == "203.0.113.9"
    assert client_for("203.0.113.9, x, 192.0.2.1", trusted=("*",)) == "192.0.2.1"
    for peer in ("unix", "", "testclient", "2001:db8::1"):
        assert client_for("192.0.2.1", trusted=("*",), peer=peer) == "192.0.2.1"


@pytest.mark.parametrize("peer", ["", "testclient", "10.0.0", "10.0.0.1 ", "::ffff:10.0.0.1"])
def test_a_peer_that_is_no_address_in_its_usual_spelling_is_not_trusted(peer: str) -> None:
    assert client_for("192.0.2.1", peer=peer) == peer


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("fd00::/8", "fdff::1", "fe00::1"),
        ("::1", "::1", "::2"),
        ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("0.0.0.0/0", "192.0.2.1", "2001:db8::1"),
        ("::/0", "2001:db8::1", "192.0.2.1"),
    ],
)
def test_a_network_holds_addresses_of_its_own_version(name: str, inside: str, outside: str) -> None:
    """An IPv4 address that is mapped into IPv6 is an IPv4 address, in settings too."""
    proxies = TrustedProxies((name,))
    assert inside in proxies
    assert outside not in proxies
    assert 5 not in proxies


def test_the_repr_names_who_is_trusted() -> None:
    assert repr(TrustedProxies(("unix", "10.0.0.1"))) == "TrustedProxies(['10.0.0.1', 'unix'])"


@pytest.mark.parametrize("name", ["", "10.0.0.1/8", "x", "fe80::1%1", "::ffff:10.0.0.1/104"])
def test_what_is_no_network_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - partly the words of ipaddress
        proxy_network(name)


@pytest.mark.parametrize(
    ("addresses", "schemes", "scheme"),
    [
        (["192.0.2.1"], ["https"], "https"),
        (["192.0.2.1"], ["HTTPS"], "https"),
        (["192.0.2.1"], [" Http "], "http"),
        ([], ["https"], "https"),
        (["unknown"], ["https"], "https"),
        (["192.0.2.1"], [], "http"),
        (["192.0.2.1"], [""], "http"),
        (["192.0.2.1"], ["wss"], "http"),
        (["192.0.2.1"], ["https:"], "http"),
        (["192.0.2.1"], ["https, ftp"], "http"),
        # What the client sent stands before what the proxy added.
        (["192.0.2.1"], ["https, http"], "http"),
        (["192.0.2.1"], ["http,https"], "https"),
        (["203.0.113.9, 192.0.2.1"], ["https,http"], "http"),
        (["192.0.2.1"], ["https", "http"], "http"),
        # Two proxies: the farther one spoke with the client.
        (["192.0.2.1, 10.0.0.2"], ["https, http"], "https"),
        (["192.0.2.1, 10.0.0.2"], ["http, https, http"], "https"),
        (["192.0.2.1, 10.0.0.2"], ["https", "http"], "https"),
        (["192.0.2.1, 10.0.0.2"], ["ftp, https"], "https"),
        # One value for two proxies: the nearer one replaced it, or passed it on.
        (["192.0.2.1, 10.0.0.2"], ["https"], "https"),
        (["192.0.2.1, 10.0.0.3, 10.0.0.2"], ["https, http"], "https"),
    ],
)
def test_the_scheme_is_what_the_farthest_trusted_proxy_wrote(
    addresses: list[str], schemes: list[str], scheme: str
) -> None:
    lines = [("x-forwarded-for", one) for one in addresses]
    lines += [("x-forwarded-proto", one) for one in schemes]
    assert origin(*lines).scheme == scheme


def test_without_a_word_of_the_proxy_the_scheme_is_that_of_our_socket() -> None:
    assert origin(scheme="https") == (NGINX, "https")
    assert origin(("x-forwarded-proto", "gopher"), scheme="https") == (NGINX, "https")
    assert origin(("x-forwarded-proto", "http"), scheme="https") == (NGINX, "http")


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        (["for=192.0.2.1"], ("192.0.2.1", "http")),
        (["FOR=192.0.2.1;Proto=HTTPS"], ("192.0.2.1", "https")),
        (["proto=https;by=10.0.0.1;for=192.0.2.1;host=a.example"], ("192.0.2.1", "https")),
        (['for="192.0.2.1:4711"'], ("192.0.2.1", "http")),
        (['for="[2001:db8::1]:4711"'], ("2001:db8::1", "http")),
        (['for="[2001:db8::1]"'], ("2001:db8::1", "http")),
        (["for=192.0.2.1:4711"], ("192.0.2.1", "http")),
        (["for=[2001:db8::1]"], ("2001:db8::1", "http")),
        ([r'for="192\.0.2.\1"'], ("192.0.2.1", "http")),
        (['for="192.0.2.1";secret="a,b;for=192.0.2.9\\""'], ("192.0.2.1", "http")),
        (["for=192.0.2.1;;proto=https;"], ("192.0.2.1", "https")),
        ([" ; for=192.0.2.1 ; proto=https "], ("192.0.2.1", "https")),
        (["for=192.0.2.9, for=192.0.2.1"], ("192.0.2.1", "http")),
        (["for=192.0.2.1,for=10.0.0.2"], ("192.0.2.1", "http")),
        (["for=192.0.2.1", 'for="[fd00::2]"'], ("192.0.2.1", "http")),
        (["for=10.0.0.3, for=10.0.0.2"], ("10.0.0.3", "http")),
        # The scheme of the client's own element, or of the farthest that tells one.
        (["for=192.0.2.1;proto=https, for=10.0.0.2;proto=http"], ("192.0.2.1", "https")),
        (["for=192.0.2.1, for=10.0.0.2;proto=https"], ("192.0.2.1", "https")),
        (["for=192.0.2.9;proto=https, for=192.0.2.1;proto=http"], ("192.0.2.1", "http")),
        (["for=192.0.2.1;proto=ftp"], ("192.0.2.1", "http")),
        (["proto=https"], (NGINX, "https")),
        (["for=unknown;proto=https"], (NGINX, "https")),
        (["for=_hidden;proto=https"], (NGINX, "https")),
    ],
)
def test_forwarded_is_read_as_its_grammar_has_it(lines: list[str], seen: tuple[str, str]) -> None:
    """RFC 7239, 4. Values that need quotes are read without them too."""
    assert forwarded(*lines) == seen


@pytest.mark.parametrize(
    "element",
    [
        "",
        " ",
        "for",
        "for=",
        "=192.0.2.1",
        "for=192.0.2.1;for=192.0.2.2",
        "for=192.0.2.1;FOR=192.0.2.1",
        "for=192.0.2.1;proto",
        "for=192.0.2.1 proto=https",
        "for = 192.0.2.1",
        "for= 192.0.2.1",
        "for=192.0.2.1@x",
        'for="192.0.2.1',
        'for=192.0.2.1"',
        'for="192.0.2.1"x',
        'for="192.0.2.1\\"',
        "for='192.0.2.1'",
        'for="for=192.0.2.1"',
        "f\xf6r=192.0.2.1",
    ],
)
def test_a_malformed_element_ends_the_walk(element: str) -> None:
    assert forwarded(element) == (NGINX, "http")
    assert forwarded(f"for=192.0.2.1, {element}, for=10.0.0.2") == ("10.0.0.2", "http")


@pytest.mark.parametrize(
    "forged", ['for="', '"', 'for="x', "\\", 'for="\\', '";for=192.0.2.9', ',,"', 'for=x;\\"']
)
def test_what_the_client_left_open_cannot_swallow_what_the_proxy_wrote(forged: str) -> None:
    """A parser from the left would read the proxy's element as part of the client's quote."""
    assert forwarded(f"{forged}, for=192.0.2.1;proto=https") == ("192.0.2.1", "https")
    assert forwarded(forged, "for=192.0.2.1;proto=https") == ("192.0.2.1", "https")
    quoted = 'by="a\\"b,c;d\\\\";for="192.0.2.1"'
    assert forwarded(f"{forged}, {quoted}") == ("192.0.2.1", "http")


TOKENS = st.from_regex("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}", fullmatch=True)
PRINTABLE = st.text(
    st.characters(min_codepoint=32, max_codepoint=255).filter(lambda c: c != "\x7f")
)


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(
    st.text(st.characters(max_codepoint=255).filter(lambda c: c >= " " and c != "\x7f")),
    ADDRESSES.filter(lambda one: told(one) not in TrustedProxies(TRUSTED)),
    st.sampled_from(["http", "https"]),
    st.dictionaries(TOKENS.filter(lambda t: t.lower() not in ("for", "proto")), PRINTABLE),
)
def test_what_a_proxy_appends_is_read_back_whatever_stood_before(
    before: str, address: IPv4Address | IPv6Address, scheme: str, extensions: dict[str, str]
) -> None:
    node = f"[{address}]:80" if isinstance(address, IPv6Address) else str(address)
    names = {name.lower(): value for name, value in extensions.items()}
    pairs = [f"{name}={quoted(value)}" for name, value in names.items()]
    element = ";".join([*pairs, f"for={quoted(node)}", f"proto={scheme}"])
    assert forwarded(f"{before},{element}") == (told(address), scheme)
    assert forwarded(before, element) == (told(address), scheme)
    assert client_for(f"{before},{node}") == client_for(before, node) == told(address)


@given(st.lists(ADDRESSES, max_size=6), st.lists(st.sampled_from(["http", "https"]), max_size=6))
def test_the_walk_does_what_its_definition_says(
    addresses: "list[IPv4Address | IPv6Address]", schemes: list[str]
) -> None:
    """In its plainest words: a list of those who called, each with the scheme that was written."""
    trusted = TrustedProxies((*TRUSTED, "128.0.0.0/1", "8000::/1"))
    way = [NGINX, *map(told, reversed(addresses))]
    strangers = [at for at, address in enumerate(way) if address not in trusted]
    client = strangers[0] if strangers else len(way) - 1
    proxies = client if strangers else len(way)
    told_schemes = [*reversed(schemes)][: max(proxies, 1)]
    seen = trusted.origin(
        Peer(NGINX, "http"),
        fields(
            *(("x-forwarded-for", str(address)) for address in addresses),
            *(("x-forwarded-proto", scheme) for scheme in schemes),
        ),
    )
    assert seen == (way[client], told_schemes[-1] if told_schemes else "http")


@given(st.lists(st.one_of(PRINTABLE, st.text('for="\\,;:[]10. proto=https_'))))
@example(['for="a'])
def test_any_fields_give_an_address_that_was_sent_or_the_peer(lines: list[str]) -> None:
    for family in ("x-forwarded", "forwarded"):
        names = (
            ("forwarded",) if family == "forwarded" else ("x-forwarded-for", "x-forwarded-proto")
        )
        pairs = [(name, line) for line in lines for name in names]
        for trusted in (TRUSTED, ("*",)):
            seen = origin(*pairs, trusted=trusted, family=family)
            assert seen.scheme in ("http", "https")
            assert seen.client in (NGINX, "") or usual_address(seen.client) == seen.client


LONG = [
    *(",", "10.0.0.1,", "[", ":", "1", ".", '"', '""', "\\", '\\"', '",', '\\",', " ", "\t,", "%"),
    *(",10.0.0.1", ",for=10.0.0.1", ',for="[::1]:80"', "for=10.0.0.1,", "for=10.0.0.1;", ";"),
    *("a=b;", 'a="b";', 'a="', 'a="\\', "=", "for=", "f"),
]


@pytest.mark.parametrize("piece", LONG)
@pytest.mark.parametrize("family", ["x-forwarded", "forwarded"])
def test_a_long_line_is_read_in_linear_time(family: ProxyHeaders, piece: str) -> None:
    """A head has room for 60 KB. A quadratic parser needs minutes for the megabyte."""
    proxies = TrustedProxies(("*",), family)
    line = piece * (1_000_000 // len(piece))
    start = time.process_time()
    proxies.origin(
        Peer(NGINX, "http"),
        fields(("x-forwarded-for", line), ("x-forwarded-proto", line), ("forwarded", line)),
    )
    assert time.process_time() - start < 5


def test_a_way_of_more_than_64_proxies_is_not_followed() -> None:
    """Each address costs a look at the networks, and a client can send thousands."""
    far = ["192.0.2.1", *(f"10.0.1.{number}" for number in range(63))]
    assert client_for(", ".join(far)) == "192.0.2.1"
    assert client_for(", ".join([*far, "10.0.2.1"])) == "10.0.1.0"
    elements = [f"for={one}" for one in far]
    assert forwarded(", ".join(elements)).client == "192.0.2.1"
    assert forwarded(", ".join([*elements, "for=10.0.2.1"])).client == "10.0.1.0"
