"""Which servers there are, how each is started, and the variables that tell the tests."""

from __future__ import annotations

import os
import time
from pathlib import Path

from install import Parts
from process import READY_WITHIN, Server, answers, free_port

HERE = Path(__file__).resolve().parent
ROOT_TOKEN = "root"

SEALED_CONFIG = """storage "inmem" {{}}
listener "tcp" {{
  address     = "127.0.0.1:{port}"
  tls_disable = true
}}
api_addr = "http://127.0.0.1:{port}"
"""

# What a user's shell may hold and what would change the answers of servers or tests.
FOREIGN_PREFIXES = ("AIRBRIDGE_TEST_", "AIRFLOW_", "AWS_", "BAO_", "VAULT_")
FOREIGN_NAMES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def foreign(environ: dict[str, str]) -> list[str]:
    """The names in `environ` that tests must not see."""
    return sorted(name for name in environ
                  if name.startswith(FOREIGN_PREFIXES) or name.upper() in FOREIGN_NAMES)


def clean(environ: dict[str, str]) -> dict[str, str]:
    """`environ` without what is foreign, and with every proxy kept off loopback."""
    dropped = set(foreign(environ))
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


class Fleet:
    """All servers of one run, in one folder."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self._parts = parts
        self._folder = folder
        self._env = {**clean(dict(os.environ)), "HOME": str(folder),
                     "PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(parts.bytecode)}
        self.servers: list[Server] = []
        self.failed = False  # whether somebody will want to read the logs

    def start(self) -> dict[str, str]:
        """Starts every server, waits until all are ready, and returns the variables for the tests."""
        variables = {
            **self._moto(), **self._ministack(),
            **self._openbao("OPENBAO", self._parts.openbao),
            **self._openbao("OPENBAO_OLD", self._parts.openbao_old),
            **self._openbao_tls(), **self._openbao_shut("OPENBAO_SEALED"), **self._openbao_shut("OPENBAO_UNINITIALISED"),
        }
        variables.update(self._nginx(variables))
        deadline = time.monotonic() + READY_WITHIN
        for server in self.servers:
            server.wait_ready(deadline)
        variables["OPENBAO_TOKEN"] = ROOT_TOKEN
        variables["AIRFLOW_PYTHON"] = str(self._parts.airflow_python)
        return {**{f"AIRBRIDGE_TEST_{name}": value for name, value in sorted(variables.items())},
                "AIRBRIDGE_REQUIRE_SERVERS": "1"}

    def dead(self) -> list[Server]:
        """The servers that ended by themselves."""
        return [server for server in self.servers if not server.alive()]

    def _launch(self, name: str, command: list[str], ready, **env: str) -> None:
        self.servers.append(Server(name, command, self._folder, {**self._env, **env}, ready))

    def _moto(self) -> dict[str, str]:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self._launch("moto", [
            str(self._parts.moto_python), "-m", "gunicorn", "--workers=1", "--worker-class=gthread", "--threads=1",
            "--keep-alive=30", f"--pythonpath={HERE}", f"--bind=127.0.0.1:{port}", "--no-control-socket",
            "moto_wsgi:app",
        ], lambda: answers(f"{url}/moto-api/data.json", 200))
        return {"MOTO": url}

    def _ministack(self) -> dict[str, str]:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self._launch("ministack", [str(self._parts.ministack)], lambda: answers(f"{url}/_ministack/health", 200),
                     BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port), SERVICES="secretsmanager,ssm,sts,iam,kms")
        return {"MINISTACK": url}

    def _openbao(self, name: str, binary: Path) -> dict[str, str]:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self._launch(_log_name(name), _dev(binary, port), lambda: answers(f"{url}/v1/sys/health", 200))
        return {name: url}

    def _openbao_tls(self) -> dict[str, str]:
        port = free_port()
        url = f"https://127.0.0.1:{port}"
        certificates = self._folder / "tls"
        certificates.mkdir()
        ca = certificates / "vault-ca.pem"
        self._launch("openbao-tls", [*_dev(self._parts.openbao, port), "-dev-tls", f"-dev-tls-cert-dir={certificates}"],
                     lambda: answers(f"{url}/v1/sys/health", 200, ca=ca))
        return {"OPENBAO_TLS": url, "OPENBAO_TLS_CA": str(ca)}

    def _openbao_shut(self, name: str) -> dict[str, str]:
        """A server that answers no request: initialised and sealed (503), or not initialised (501)."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        config = self._folder / f"{_log_name(name)}.hcl"
        config.write_text(SEALED_CONFIG.format(port=port))

        def sealed() -> bool:
            # A server is sealed from its initialisation until somebody unseals it. The keys are not kept.
            if answers(f"{url}/v1/sys/health", 501):
                answers(f"{url}/v1/sys/init", 200, data=b'{"secret_shares":1,"secret_threshold":1}', method="PUT")
            return answers(f"{url}/v1/sys/health", 503)

        def uninitialised() -> bool:
            return answers(f"{url}/v1/sys/health", 501)

        self._launch(_log_name(name), [str(self._parts.openbao), "server", f"-config={config}"],
                     sealed if name == "OPENBAO_SEALED" else uninitialised)
        return {name: url}

    def _nginx(self, variables: dict[str, str]) -> dict[str, str]:
        ports = {name: free_port() for name in ("MOTO_COUNTED", "MOTO_THROTTLED", "OPENBAO_COUNTED")}
        config = (HERE / "nginx.conf").read_text()
        for name, value in {
            "RUN": str(self._folder), **{name: str(port) for name, port in ports.items()},
            "MOTO": variables["MOTO"].rsplit(":", 1)[1], "OPENBAO": variables["OPENBAO"].rsplit(":", 1)[1],
        }.items():
            config = config.replace(f"@{name}@", value)
        path = self._folder / "nginx.conf"
        path.write_text(config)
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self._launch("nginx", [str(self._parts.nginx), "-p", str(self._folder), "-e", "stderr", "-c", str(path)],
                     lambda: all(answers(f"{url}/logged", 204) for url in urls.values()))
        logs = {f"{name}_LOG": str(self._folder / f"{_log_name(name)}.log") for name in urls}
        return {**urls, **logs}


def _dev(binary: Path, port: int) -> list[str]:
    return [str(binary), "server", "-dev", f"-dev-root-token-id={ROOT_TOKEN}", "-dev-no-store-token",
            f"-dev-listen-address=127.0.0.1:{port}"]


def _log_name(name: str) -> str:
    return name.lower().replace("_", "-")
