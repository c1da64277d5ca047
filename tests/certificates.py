"""Certificates that sign themselves."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def self_signed(private: Private, name: str, days: int = 1) -> x509.Certificate:
    """One of ``name``, which is also its host, good until so many days from now."""
    whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    end = datetime.now(timezone.utc) + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=9))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, SHA256())
    )


def of_localhost(folder: Path) -> Path:
    """One of ``localhost`` with its key, in one file."""
    private = ec.generate_private_key(ec.SECP256R1())
    file = folder / "both.pem"
    file.write_bytes(
        self_signed(private, "localhost").public_bytes(Encoding.PEM)
        + private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return file
