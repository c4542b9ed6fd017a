"""Modbus TCP over TLS: the device has to prove who it is."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from bad_device import BadDevice
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.modbus import LinkDown, ModbusLink
from edge.plan import Block
from edge.wire.configuration import ConnectionConfig

NAME = "plc.plant.example"
BLOCK = Block("holding", 100, 2, ())


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for the name, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test device")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "device.pem"
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


@pytest.fixture
def device(certificate: Path) -> BadDevice:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return BadDevice("tcp", context)


def link_to(device: BadDevice, **more: object) -> ModbusLink:
    settings = {"name": "c", "kind": "tls", "host": "127.0.0.1", "port": device.port} | more
    return ModbusLink(ConnectionConfig(**settings, timeout_s=10.0))  # type: ignore[arg-type]


async def test_a_device_whose_certificate_is_vouched_for_is_read(
    device: BadDevice, certificate: Path
) -> None:
    async with device.listening():
        link = link_to(device, ca_file=str(certificate), server_name=NAME)
        assert list(await link.read(1, BLOCK)) == [100, 101]
        link.close()


async def test_a_certificate_that_nobody_vouches_for_is_not_connected(device: BadDevice) -> None:
    async with device.listening():
        with pytest.raises(LinkDown, match="certificate verify failed"):
            await link_to(device, server_name=NAME).read(1, BLOCK)
        assert device.asked == []


async def test_a_certificate_for_another_name_is_not_connected(
    device: BadDevice, certificate: Path
) -> None:
    async with device.listening():
        with pytest.raises(LinkDown, match="certificate verify failed"):
            await link_to(device, ca_file=str(certificate)).read(1, BLOCK)
        assert device.asked == []


async def test_a_ca_file_that_is_missing_is_told(device: BadDevice) -> None:
    async with device.listening():
        with pytest.raises(LinkDown, match="no such file"):
            await link_to(device, ca_file="missing.pem").read(1, BLOCK)
