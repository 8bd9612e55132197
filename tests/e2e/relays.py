"""Relays on loopback between a client and the embedded Data Space: TLS in front of it, and a proxy before that."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Handler = Callable[[socket.socket], None]


@contextmanager
def listening(handle: Handler, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Handle each connection in a thread; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def one(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                if tls is None:
                    handle(connection)
                    return
                with tls.wrap_socket(connection, server_side=True) as secured:
                    handle(secured)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=[connection], daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def pipe(client: socket.socket, address: tuple[str, int], first: bytes = b"") -> None:
    """Pass bytes both ways until one side ends."""
    with socket.create_connection(address) as service:
        service.sendall(first)
        upwards = threading.Thread(target=_pass_on, args=[client, service], daemon=True)
        upwards.start()
        _pass_on(service, client)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        upwards.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def secured(origin: str, directory: Path) -> Iterator[tuple[str, Path]]:
    """TLS in front of an http origin, with a certificate of its own; gives its origin and the certificate."""
    bundle, key = _certificate(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle, key)
    parts = urlsplit(origin)
    address = (str(parts.hostname), int(parts.port or 0))
    with listening(lambda client: pipe(client, address), context) as port:
        yield f"https://127.0.0.1:{port}", bundle


class Proxy:
    """An HTTP proxy's manners; `asked` holds the request line and headers of all that came."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, client: socket.socket) -> None:
        """Handle one connection: a tunnel, or one origin's plain requests."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(65_536)
            if not data:
                return
            head += data
        text = head.decode("latin-1")
        self.asked.append(text)
        method, target, _ = text.split("\r\n", 1)[0].split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pipe(client, (host, int(port)))
        else:
            parts = urlsplit(target)
            first = text.replace(f"{parts.scheme}://{parts.netloc}", "", 1).replace(
                "\r\n", "\r\nConnection: close\r\n", 1
            )
            pipe(client, (str(parts.hostname), int(parts.port or 80)), first.encode("latin-1"))


def _certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle, secret = directory / "bundle.pem", directory / "key.pem"
    bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return bundle, secret
