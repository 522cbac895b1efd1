"""Certificates and keys of a test cluster, from its own certificate authority; valid for two days."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=2)
_SIGNS = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs the certificates of the cluster's components; all files are below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("caseplane test cluster")
        certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNS, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = self._write("ca.crt", _pem(certificate))
        self.key = self._write("ca.key", _key_pem(self._key))

    def issue(
        self, file: str, *, common_name: str, groups: tuple[str, ...] = (), hosts: tuple[str, ...] = ()
    ) -> tuple[Path, Path]:
        """A certificate and its key, for a server (its `hosts`) or a client (its user name and groups)."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(common_name, *groups), key.public_key())
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(map(_general_name, hosts)), critical=False
            )
        certificate = builder.sign(self._key, hashes.SHA256())
        return self._write(f"{file}.crt", _pem(certificate)), self._write(f"{file}.key", _key_pem(key))

    def signing_key(self, file: str) -> tuple[Path, Path]:
        """A private key and its public half, for signing and checking service account tokens."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return self._write(f"{file}.key", _key_pem(key)), self._write(f"{file}.pub", public)

    def _builder(self, subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=12))  # a test may set a clock back
            .not_valid_after(now + LIFETIME)
            # Python 3.13 and newer refuse a chain whose certificates do not name their issuer.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )

    def _write(self, file: str, content: bytes) -> Path:
        path = self._folder / file
        path.touch(mode=0o600)
        path.write_bytes(content)
        return path


def _name(common_name: str, *groups: str) -> x509.Name:
    # Kubernetes reads a client's groups from its organisations.
    organisations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organisations, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
