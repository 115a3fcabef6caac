"""A gRPC server for the one Google Secret Manager method that Airflow calls. It forwards each call to a REST server.

Airflow's backend speaks only gRPC and has no setting for the address. Google's universe domain leads it here without a
patch: in the universe `localhost:PORT` the service is `secretmanager.localhost:PORT`, over TLS, and a service account
signs its own tokens. gRPC's resolver (c-ares) resolves every name below `localhost` to this machine.
"""

from __future__ import annotations

import datetime
import json
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from google.cloud.secretmanager_v1 import AccessSecretVersionRequest, AccessSecretVersionResponse

SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"
HOST = "secretmanager.localhost"  # the full name: gRPC rejects a certificate for *.localhost


class Front:
    """Forwards Airflow's calls to the server at `rest`, as long as the process runs."""

    def __init__(self, rest: str, folder: Path, authority: Authority) -> None:
        self._rest = rest
        self._server = grpc.server(ThreadPoolExecutor(4))
        access = grpc.unary_unary_rpc_method_handler(
            self._access, AccessSecretVersionRequest.deserialize, AccessSecretVersionResponse.serialize)
        self._server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler(SERVICE, {"AccessSecretVersion": access})])
        port = self._server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([authority.leaf()]))
        self._server.start()
        universe = f"localhost:{port}"
        account = folder / f"google-account-{port}.json"
        account.write_text(json.dumps(_account(universe)))
        self.environment = {
            "GOOGLE_APPLICATION_CREDENTIALS": str(account),
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN": universe,
        }

    def _access(self, request: AccessSecretVersionRequest, context: grpc.ServicerContext) -> AccessSecretVersionResponse:
        url = f"{self._rest}/v1/{urllib.parse.quote(request.name)}:access"
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return AccessSecretVersionResponse.from_json(reply.read(), ignore_unknown_fields=True)
        except urllib.error.HTTPError as error:
            refusal = json.load(error)["error"]
            context.abort(grpc.StatusCode[refusal["status"]], refusal["message"])


@dataclass(frozen=True)
class Authority:
    """The certificate authority of all fronts of a process. They share one, because gRPC reads `certificate` only once."""

    certificate: Path
    _name: x509.Name
    _key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, folder: Path) -> Authority:
        """Creates an authority and writes its certificate to a file in `folder`."""
        name, key = _name("airbridge test authority"), ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(name, key.public_key()).issuer_name(name)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        certificate = folder / "google-ca.pem"
        certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return cls(certificate, name, key)

    def leaf(self) -> tuple[bytes, bytes]:
        """The key and certificate of a server with the name HOST."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(_name(HOST), key.public_key()).issuer_name(self._name)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return _pem(key), certificate.public_bytes(serialization.Encoding.PEM)


def _certificate(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _account(universe: str) -> dict[str, str]:
    """A made-up service account. It signs its own tokens, which no server checks."""
    return {
        "type": "service_account", "project_id": "nobody", "private_key_id": "none",
        "private_key": _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)).decode(),
        "client_email": "airflow@nobody.example.test", "client_id": "0", "universe_domain": universe,
        # Never used; a request to it would fail immediately.
        "token_uri": "https://127.0.0.1:1/token",
    }
