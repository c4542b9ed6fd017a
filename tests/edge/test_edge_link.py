"""Opening the websocket: what it trusts, what it refuses, and what it makes of an outage."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from edge_makers import ConfigMaker, Runner
from speaking_cloud import TOKEN, Cloud
from websockets.exceptions import InvalidStatus

from edge.link import LIVE_EDGE_S, LinkState, code_of, open_socket
from edge.wire import Close

CertificateMaker = Callable[[str], Path]


@pytest.fixture
def make_certificate(tmp_path: Path) -> CertificateMaker:
    """Write a self-signed certificate with its key for an address."""

    def make(address: str) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test cloud")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / f"{address}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return path

    return make


async def secure(cloud: Cloud, certificate: Path) -> None:
    await cloud.stop()
    cloud.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    cloud.tls.load_cert_chain(certificate)
    await cloud.start()


async def test_a_gateway_works_over_tls_with_a_ca_of_its_own(
    cloud: Cloud, gateway: Runner, make_certificate: CertificateMaker
) -> None:
    certificate = make_certificate("127.0.0.1")
    await secure(cloud, certificate)
    async with gateway(ca_file=certificate.name):
        await cloud.until(lambda: bool(cloud.readings()))


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    cloud: Cloud, make_config: ConfigMaker, make_certificate: CertificateMaker
) -> None:
    await secure(cloud, make_certificate("127.0.0.1"))
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        await open_socket(make_config(cloud.url, 1), TOKEN)
    assert cloud.headers == []


async def test_a_certificate_of_another_host_is_refused(
    cloud: Cloud, make_config: ConfigMaker, make_certificate: CertificateMaker
) -> None:
    certificate = make_certificate("127.0.0.2")
    await secure(cloud, certificate)
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        await open_socket(make_config(cloud.url, 1, ca_file=certificate.name), TOKEN)
    assert cloud.headers == []


async def test_the_token_does_not_follow_a_redirect(cloud: Cloud, make_config: ConfigMaker) -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer = f"HTTP/1.1 302 Found\r\nLocation: {cloud.url}\r\nContent-Length: 0\r\n\r\n"
        writer.write(answer.encode())
        writer.close()

    async with await asyncio.start_server(redirect, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(InvalidStatus) as caught:
            await open_socket(make_config(f"ws://127.0.0.1:{port}/", 1), TOKEN)
    assert caught.value.response.status_code == 302
    assert cloud.headers == []


async def test_a_proxy_in_the_environment_does_not_see_the_token(
    cloud: Cloud, make_config: ConfigMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    socket = await open_socket(make_config(cloud.url, 1), TOKEN)
    await socket.close()
    assert len(cloud.headers) == 1


@pytest.mark.parametrize(("status", "code"), [(401, Close.UNAUTHORIZED), (403, Close.FORBIDDEN)])
async def test_a_handshake_that_is_refused_counts_like_the_close_code(
    make_config: ConfigMaker, status: int, code: Close
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(InvalidStatus) as caught:
            await open_socket(make_config(f"ws://127.0.0.1:{port}/", 1), TOKEN)
    assert code_of(caught.value) == code


def test_readings_are_live_while_the_link_is_up_and_a_little_longer() -> None:
    link = LinkState(100.0)
    assert link.stream(100.0) == "live"
    assert link.stream(100.0 + LIVE_EDGE_S) == "history"
    link.up()
    assert link.stream(1_000.0) == "live"
    link.lost(1_000.0)
    link.lost(1_004.0)  # an attempt that failed: the outage is as old as before
    assert link.stream(1_000.0 + LIVE_EDGE_S - 0.1) == "live"
    assert link.stream(1_000.0 + LIVE_EDGE_S) == "history"
