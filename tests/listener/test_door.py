"""The guarded door, before real sockets on loopback."""

import ipaddress
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from casebook.mention import Blindness
from listener.door import Answer, Ask, Door, _trust
from listener.door_rules import NoAddress, Target, is_outside, may_enter, refused, retry_at
from listener.source import SourceUnavailable
from tests.servers.fake_web import FakeWeb

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECRET = "very-secret-token"


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb() as web:
        yield web


def fetch(url: str, door: Door | None = None, **keys: object) -> Answer:
    return (door or Door(timeouts=(1.0, 2.0), within_seconds=5.0)).get(Ask(url, **keys), now=NOW)  # type: ignore[arg-type]


def refusal(url: str, door: Door | None = None, **keys: object) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as refused:
        fetch(url, door, **keys)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)
    return refused.value


# where it may lead


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),  # an IPv4 address behind NAT64
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.31.255.255", False),
        ("172.32.0.0", True),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),  # carrier-grade NAT
        ("100.128.0.1", True),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("::127.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),  # 6to4 of 127.0.0.1
        ("2001:0:5ef5:79fb::1", False),  # Teredo
        ("2001:db8::1", False),
    ],
)
def test_an_address_is_outside_or_somebodys_inside(address: str, *, outside: bool) -> None:
    assert is_outside(ipaddress.ip_address(address)) is outside


@pytest.mark.parametrize(
    ("address", "target", "named", "may"),
    [
        ("93.184.216.34", "http://a.example", "http://b.example", True),
        ("127.0.0.1", "http://127.0.0.1:81/x", "http://127.0.0.1:81/feed", True),
        ("127.0.0.1", "http://localhost:81/x", "http://localhost:81/feed", True),
        ("127.0.0.1", "http://127.0.0.1:82/x", "http://127.0.0.1:81/feed", False),
        ("127.0.0.1", "http://localhost:81/x", "http://127.0.0.1:81/feed", False),
        ("169.254.169.254", "http://169.254.169.254/x", "http://127.0.0.1:81/feed", False),
        ("10.0.0.5", "https://wiki.intra/x", "https://wiki.intra/feed", True),
        ("10.0.0.5", "http://wiki.intra/x", "https://wiki.intra/feed", False),
        ("10.0.0.5", "http://10.0.0.5/", "http://a.example/", False),
        ("fd00::5", "http://wiki.intra/", "http://wiki.intra/", True),
        # a public name whose owner points it at us, or at the credentials of a cloud
        ("127.0.0.1", "http://a.example/", "http://a.example/", False),
        ("::ffff:127.0.0.1", "http://a.example/", "http://a.example/", False),
        ("169.254.169.254", "http://a.example/", "http://a.example/", False),
        ("::ffff:169.254.169.254", "http://a.example/", "http://a.example/", False),
        ("0.0.0.0", "http://a.example/", "http://a.example/", False),
    ],
)
def test_inside_only_the_configured_host_and_port_is_entered(
    address: str, target: str, named: str, *, may: bool
) -> None:
    judged = may_enter(ipaddress.ip_address(address), Target.read(target), named=Target.read(named))
    assert judged is may


@pytest.mark.parametrize(
    "written",
    [
        "",
        "syote.xml",
        "file:///etc/passwd",
        "ftp://a.example/",
        "gopher://a.example/",
        "javascript:alert(1)",
        "http://",
        "http:///x",
        "http://a.example:0/",
        "http://a.example:99999/",
        "http://a.example:x/",
        "http://[::1/",
        "http://a b/",
        "http://a.example/\r\nX-Evil: 1",
        "http://a.example\\@b.example/",
        "http://-a.example/",
        "http://a.example/" + "x" * 5_000,
        "http://" + "ä" * 300 + ".example/",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(written: str) -> None:
    with pytest.raises(NoAddress) as refused:
        Target.read(written)
    assert not written or written not in str(refused.value)


def test_an_address_is_shown_without_password_and_query() -> None:
    target = Target.read(f"https://user:{SECRET}@Example.org./päivä?token={SECRET}")
    assert target.shown == "example.org/p%C3%A4iv%C3%A4"
    assert (target.user, target.password) == ("user", SECRET)
    assert SECRET not in target.shown
    assert Target.read("http://Ääkkönen.example").host == "xn--kknen-fraa0m.example"


# answers


def test_a_page_is_fetched_with_its_headers(web: FakeWeb) -> None:
    web.put("/feed.xml", "sisältö", type="text/xml", zipped=True)
    answer = fetch(web.url + "/feed.xml?a=1")
    assert (answer.status, answer.body.decode()) == (200, "sisältö")
    assert answer.headers["content-type"] == "text/xml"
    assert web.asked[0].path == "/feed.xml?a=1"
    assert web.asked[0].headers["host"] == f"127.0.0.1:{web.port}"


def test_what_has_not_changed_is_not_sent_again(web: FakeWeb) -> None:
    web.put("/a", "x", ETag='"1"')
    web.put("/b", "x", Last_Modified="Mon, 02 Nov 2026 09:00:00 GMT")
    assert fetch(web.url + "/a", etag='"1"').is_unchanged
    assert not fetch(web.url + "/a", etag='"2"').is_unchanged
    assert fetch(web.url + "/b", modified="Mon, 02 Nov 2026 09:00:00 GMT").is_unchanged
    assert not fetch(web.url + "/a", etag='"1"\r\nX-Evil: 1').is_unchanged


@pytest.mark.parametrize(
    ("status", "reason", "permanent"),
    [
        (401, Blindness.AUTHORISATION, True),
        (403, Blindness.AUTHORISATION, True),
        (404, Blindness.VENDOR, True),
        (410, Blindness.VENDOR, True),
        (418, Blindness.VENDOR, True),
        (429, Blindness.RATE_LIMIT, False),
        (500, Blindness.VENDOR, False),
        (503, Blindness.VENDOR, False),
    ],
)
def test_each_status_says_why_nobody_could_look(status: int, reason: Blindness, *, permanent: bool) -> None:
    fault = refused(status, {"retry-after": "120"}, where="a.example", now=NOW)
    assert (fault.reason, fault.permanent) == (reason, permanent)
    assert str(status) in str(fault)
    if status in {429, 503}:
        assert fault.retry_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("60", NOW + timedelta(minutes=1)),
        ("Mon, 02 Nov 2026 10:00:00 GMT", NOW + timedelta(hours=1)),
        ("9999999999", NOW + timedelta(days=1)),
        ("Mon, 02 Nov 2099 10:00:00 GMT", NOW + timedelta(days=1)),
        ("0", None),
        ("-5", None),
        ("Mon, 02 Nov 2020 10:00:00 GMT", None),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_retry_after_is_honoured_within_a_day(written: str, at: datetime | None) -> None:
    assert retry_at({"retry-after": written}, now=NOW) == at


# redirects


def test_a_redirect_on_the_configured_host_and_port_is_followed(web: FakeWeb) -> None:
    web.send_to("/old", "/new", status=301)
    web.put("/new", "x")
    answer = fetch(web.url + "/old")
    assert (answer.body, answer.url) == (b"x", web.url + "/new")


def test_redirects_without_end_are_followed_five_times(web: FakeWeb) -> None:
    web.send_to("/a", "/a")
    assert refusal(web.url + "/a").permanent
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{other}/x",
        "http://169.254.169.254/latest",
        "http://[::ffff:127.0.0.1]:{other}/x",
        "//localhost:{other}/x",
    ],
)
def test_a_redirect_to_another_place_inside_is_refused(web: FakeWeb, location: str) -> None:
    with FakeWeb() as other:
        web.send_to("/a", location.format(other=other.port))
        fault = refusal(web.url + "/a")
        assert "inside" in str(fault)
        assert fault.permanent
        assert other.asked == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://a.example/", "http://[", "javascript:1"])
def test_a_redirect_to_what_is_no_page_is_refused(web: FakeWeb, location: str) -> None:
    web.send_to("/a", location)
    assert "no address" in str(refusal(web.url + "/a"))


def test_an_address_told_by_an_answer_is_judged_as_a_redirect_is(web: FakeWeb) -> None:
    with FakeWeb() as other:
        fault = refusal(other.url + "/next", named=web.url + "/first", headers={"Authorization": SECRET})
        assert "inside" in str(fault)
        assert other.asked == []


def test_credentials_go_to_the_configured_origin_alone(web: FakeWeb) -> None:
    with FakeWeb() as other:
        # both are the test's own; the second stands for a stranger outside
        door = Door(resolve=lambda host, port: ["127.0.0.1"])
        web.send_to("/a", f"http://localhost:{other.port}/b")
        web.put("/c", "x")
        named = f"http://user:{SECRET}@127.0.0.1:{web.port}"
        fetch(named + "/c", door, headers={"X-Token": SECRET})
        assert web.asked[0].headers["x-token"] == SECRET
        assert web.asked[0].headers["authorization"].startswith("Basic ")
        refusal(named + "/a", door, headers={"X-Token": SECRET})
        assert other.asked == []


# names


def test_the_connection_goes_to_the_address_that_was_judged(web: FakeWeb) -> None:
    """A name server that answers differently the second time is never asked a second time."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    web.put("/x", "x")
    assert fetch(f"http://localhost:{web.port}/x", Door(resolve=resolve)).body == b"x"
    assert asked == ["localhost"]
    assert web.asked[0].headers["host"] == f"localhost:{web.port}"


def test_a_public_name_that_leads_inside_is_not_followed(web: FakeWeb) -> None:
    door = Door(resolve=lambda host, port: ["127.0.0.1", "::1", "169.254.169.254"])
    assert "inside" in str(refusal(f"http://feeds.example:{web.port}/x", door))
    assert web.asked == []


def test_an_address_that_does_not_answer_is_followed_by_the_next(web: FakeWeb) -> None:
    web.put("/x", "x")
    door = Door(resolve=lambda host, port: ["::1", "127.0.0.1"])  # nothing listens on the first
    assert fetch(f"http://localhost:{web.port}/x", door).body == b"x"


def test_an_unknown_name_and_a_dead_port_are_the_networks_fault() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    fault = refusal("http://nowhere.example/", Door(resolve=unknown))
    assert (fault.reason, "not known" in str(fault)) == (Blindness.NETWORK, True)
    assert refusal("http://127.0.0.1:9/").reason is Blindness.NETWORK


def test_proxies_of_the_environment_are_not_used(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    web.put("/x", "x")
    assert fetch(web.url + "/x").body == b"x"


# bounds


def test_a_gzip_bomb_is_refused_before_it_unfolds(web: FakeWeb) -> None:
    web.put("/bomb", b"0" * 20_000_000, zipped=True)
    door = Door(longest=1_000_000)
    fetch(web.url + "/bomb?small", Door(longest=30_000_000))  # the imports are not to be measured
    tracemalloc.start()
    fault = refusal(web.url + "/bomb", door)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "more than 1 MB" in str(fault)
    assert peak < 8_000_000


def test_broken_compression_is_said(web: FakeWeb) -> None:
    web.put("/x", b"no gzip", Content_Encoding="gzip")
    assert refusal(web.url + "/x").reason is Blindness.NETWORK


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_an_answer_that_takes_too_long_is_broken_off(web: FakeWeb, how: str) -> None:
    web.put("/x", b"x" * 1_000, how=how)  # type: ignore[arg-type]
    began = time.monotonic()
    fault = refusal(web.url + "/x", Door(timeouts=(1.0, 1.0), within_seconds=0.4))
    assert fault.reason is Blindness.NETWORK
    assert time.monotonic() - began < 3


def test_closing_the_door_ends_a_fetch_at_once(web: FakeWeb) -> None:
    web.put("/x", how="hang")
    door = Door()
    faults: list[SourceUnavailable] = []
    thread = threading.Thread(target=lambda: faults.append(refusal(web.url + "/x", door)))
    thread.start()
    assert web.reached.acquire(timeout=5)
    began = time.monotonic()
    door.close()
    door.close()
    thread.join(timeout=5)
    assert time.monotonic() - began < 2
    assert "being closed" in str(faults[0])
    assert "being closed" in str(refusal(web.url + "/x", door))
    assert len(web.asked) == 1


# TLS


def test_a_certificate_must_be_the_names_though_the_address_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path, "localhost")
    door = Door(resolve=lambda host, port: ["127.0.0.1"])
    with FakeWeb(certificate=str(certificate)) as web:
        web.put("/x", "x")
        fault = refusal(f"https://localhost:{web.port}/x", door)
        assert (fault.permanent, "certificate" in str(fault)) == (True, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        _trust.cache_clear()
        assert fetch(f"https://localhost:{web.port}/x", door).body == b"x"
        assert "certificate" in str(refusal(f"https://127.0.0.1:{web.port}/x", door))
    _trust.cache_clear()


def _certificate(folder: Path, name: str) -> Path:

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
