"""A push service and a browser behind it, on this machine: https as for real, read as a browser reads (RFC 8291)."""

import datetime
import ssl
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

AUTH = b"sixteen bytes..."


class Browser:
    """Has the private half of the keys."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        return {
            name: urlsafe_b64encode(key).rstrip(b"=").decode()
            for name, key in (("p256dh", self.public), ("auth", AUTH))
        }

    def read(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        key = _derived(shared, salt=AUTH, info=b"WebPush: info\x00" + self.public + sender, length=32)
        content_key = _derived(key, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16)
        nonce = _derived(key, salt=salt, info=b"Content-Encoding: nonce\x00", length=12)
        padded = AESGCM(content_key).decrypt(nonce, sealed, None)
        text, mark, _padding = padded.rpartition(b"\x02")
        assert mark, "the last record is not marked as the last"
        return text


def _derived(key: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(key)


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class PushService:
    """`answers` are its next statuses, one a call; then it says 201."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def host(self) -> str:
        return f"localhost:{self.server.server_port}"


@contextmanager
def running(folder: Path) -> Iterator[tuple[PushService, Path]]:
    """The service, and the file of the certificate that makes one trust it."""
    certificate = _certificate(folder)
    server = HTTPServer(("localhost", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.service = service = PushService(server)  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service, certificate
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        service = self.server.service  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        service.received.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(service.answers.pop(0) if service.answers else 201)
        self.send_header("Location", "https://localhost:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "push-service.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return path
