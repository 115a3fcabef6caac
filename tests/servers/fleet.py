"""The list of servers, how to start each, and the variables that tell the tests their addresses."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import airflow_api
from databases import (accepts, as_user, copy_for_standby, make_certificates, mariadb_command, owned_folder,
                       postgres_command, unpack, user_of)
from install import Parts
from process import READY_WITHIN, Server, answers, free_port

HERE = Path(__file__).resolve().parent
ROOT_TOKEN = "root"

SHUT_CONFIG = """storage "inmem" {{}}
listener "tcp" {{
  address     = "127.0.0.1:{port}"
  tls_disable = true
}}
api_addr = "http://127.0.0.1:{port}"
"""

# Variables of a user's shell that would change how servers or tests behave.
FOREIGN_PREFIXES = (
    "AIRBRIDGE_TEST_", "AIRFLOW_", "AWS_", "AZURE_", "BAO_", "CLOUDSDK_", "GCE_", "GOOGLE_", "IDENTITY_", "MSI_",
    "VAULT_",
)
FOREIGN_NAMES = ("ALL_PROXY", "GCLOUD_PROJECT", "HTTP_PROXY", "HTTPS_PROXY", "NO_GCE_CHECK", "NO_PROXY")


def foreign(environ: dict[str, str]) -> list[str]:
    """The names in `environ` that tests must not see."""
    return sorted(name for name in environ
                  if name.startswith(FOREIGN_PREFIXES) or name.upper() in FOREIGN_NAMES)


def clean(environ: dict[str, str]) -> dict[str, str]:
    """`environ` without foreign variables, and with no proxy for loopback."""
    dropped = set(foreign(environ))
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


class Fleet:
    """All servers of one run, in one folder."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self._parts = parts
        self._folder = folder
        # Servers write inside the folder only. Compiled Python is kept in the cache for the next start.
        self._env = {**clean(dict(os.environ)), "HOME": str(folder),
                     "PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(parts.cache / "bytecode")}
        self.servers: list[Server] = []
        self._folders: list[Path] = []
        self.failed = False  # whether to keep the logs

    def start(self) -> dict[str, str]:
        """Starts every server, waits until all are ready, and returns the variables for the tests."""
        variables = {
            **self._moto(), **self._ministack(), **self._drongo(),
            **self._openbao("OPENBAO", self._parts.openbao),
            **self._openbao("OPENBAO_OLD", self._parts.openbao_old),
            **self._openbao_tls(),
            **self._openbao_shut("OPENBAO_SEALED"),
            **self._openbao_shut("OPENBAO_UNINITIALISED"),
            **self._postgres(), **self._mariadb(), **self._sqlite(),
        }
        variables.update(self._standby(variables["POSTGRES"]))
        variables.update(self._airflow_api("2", self._parts.airflow2_python, variables["POSTGRES"]))
        variables.update(self._airflow_api("3", self._parts.airflow_python, variables["POSTGRES"]))
        variables.update(self._nginx(variables))
        variables.update(self._haproxy(variables))
        deadline = time.monotonic() + READY_WITHIN
        for server in self.servers:
            server.wait_ready(deadline)
        variables["OPENBAO_TOKEN"] = ROOT_TOKEN
        variables["GOOGLE_PYTHON"] = str(self._parts.google_python)
        variables["AIRFLOW_PYTHON"] = str(self._parts.airflow_python)
        variables["AIRFLOW2_PYTHON"] = str(self._parts.airflow2_python)
        return {**{f"AIRBRIDGE_TEST_{name}": value for name, value in sorted(variables.items())},
                "AIRBRIDGE_REQUIRE_SERVERS": "1"}

    def dead(self) -> list[Server]:
        """The servers that ended before they were stopped."""
        return [server for server in self.servers if not server.alive()]

    def _launch(self, name: str, command: list[str], ready, **env: str) -> None:
        self.servers.append(Server(name, command, self._folder, {**self._env, **env}, ready))

    def _moto(self) -> dict[str, str]:
        urls = _urls("MOTO")
        # Use one thread: with more, concurrent writes lose secrets.
        self._launch("moto", [
            str(self._parts.moto_python), "-m", "gunicorn", "--workers=1", "--worker-class=gthread", "--threads=1",
            "--keep-alive=30", f"--pythonpath={HERE}", f"--bind=127.0.0.1:{_port(urls['MOTO'])}",
            "--no-control-socket", "moto_wsgi:app",
        ], lambda: answers(f"{urls['MOTO']}/moto-api/data.json", 200))
        return urls

    def _ministack(self) -> dict[str, str]:
        urls = _urls("MINISTACK")
        self._launch("ministack", [str(self._parts.ministack)],
                     lambda: answers(f"{urls['MINISTACK']}/_ministack/health", 200),
                     BIND_HOST="127.0.0.1", GATEWAY_PORT=_port(urls["MINISTACK"]),
                     SERVICES="secretsmanager,ssm,sts,iam,kms")
        return urls

    def _drongo(self) -> dict[str, str]:
        urls = _urls("DRONGO")
        self._launch("drongo", [str(self._parts.google_python), str(HERE / "drongo_server.py"), _port(urls["DRONGO"])],
                     lambda: answers(f"{urls['DRONGO']}/drongo/health", 200))
        return urls

    def _openbao(self, name: str, binary: Path) -> dict[str, str]:
        urls = _urls(name)
        self._launch(_log_name(name), _dev(binary, urls[name]), lambda: answers(f"{urls[name]}/v1/sys/health", 200))
        return urls

    def _openbao_tls(self) -> dict[str, str]:
        url = f"https://127.0.0.1:{free_port()}"
        certificates = self._folder / "tls"
        certificates.mkdir()
        ca = certificates / "vault-ca.pem"
        self._launch("openbao-tls", [*_dev(self._parts.openbao, url), "-dev-tls", f"-dev-tls-cert-dir={certificates}"],
                     lambda: answers(f"{url}/v1/sys/health", 200, ca=ca))
        return {"OPENBAO_TLS": url, "OPENBAO_TLS_CA": str(ca)}

    def _openbao_shut(self, name: str) -> dict[str, str]:
        """Starts a server that serves no secrets: initialised and sealed (health 503), or not initialised (501)."""
        urls = _urls(name)
        health = f"{urls[name]}/v1/sys/health"
        config = self._folder / f"{_log_name(name)}.hcl"
        config.write_text(SHUT_CONFIG.format(port=_port(urls[name])))

        def sealed() -> bool:
            # A new server is sealed after its initialisation. The keys are discarded, so it stays sealed.
            if answers(health, 501):
                answers(f"{urls[name]}/v1/sys/init", 200, method="PUT",
                        data=b'{"secret_shares":1,"secret_threshold":1}')
            return answers(health, 503)

        self._launch(_log_name(name), [str(self._parts.openbao), "server", f"-config={config}"],
                     sealed if name == "OPENBAO_SEALED" else lambda: answers(health, 501))
        return urls

    def _postgres(self) -> dict[str, str]:
        user, port = user_of("postgres"), free_port()
        folder = unpack(self._parts.databases / "postgres.tar", "airbridge-postgres-", user)
        self._folders.append(folder)
        ca = make_certificates(self._parts.airflow_python, folder, user)
        tls = ("-c", "ssl=on", "-c", f"ssl_cert_file={folder / 'server.crt'}", "-c", f"ssl_key_file={folder / 'server.key'}")
        self._launch_as(user, "postgres", folder, postgres_command(self._parts.database_programs, folder, port, *tls), port)
        return {"POSTGRES": f"postgresql://postgres@127.0.0.1:{port}", "POSTGRES_CA": str(ca)}

    def _standby(self, primary: str) -> dict[str, str]:
        """Starts a server that follows the PostgreSQL at this address and refuses writes."""
        self._wait_for("postgres")
        user, port = user_of("postgres"), free_port()
        folder = owned_folder("airbridge-standby-", user)
        self._folders.append(folder)
        copy_for_standby(self._parts.database_programs, int(_port(primary)), folder, user)
        self._launch_as(user, "standby", folder, postgres_command(self._parts.database_programs, folder, port), port)
        return {"POSTGRES_STANDBY": f"postgresql://postgres@127.0.0.1:{port}"}

    def _wait_for(self, name: str) -> None:
        for server in self.servers:
            if server.name == name:
                server.wait_ready(time.monotonic() + READY_WITHIN)

    def _mariadb(self) -> dict[str, str]:
        user, port = user_of("mysql"), free_port()
        folder = unpack(self._parts.databases / "mariadb.tar", "airbridge-mariadb-", user)
        self._folders.append(folder)
        self._launch_as(user, "mariadb", folder, mariadb_command(self._parts.database_programs, folder, port), port)
        return {"MARIADB": f"mysql://airflow:airflow@127.0.0.1:{port}"}

    def _sqlite(self) -> dict[str, str]:
        return {f"SQLITE_{version}": str(self._parts.databases / f"airflow-{version}.db") for version in ("2", "3")}

    def _airflow_api(self, version: str, python: Path, postgres: str) -> dict[str, str]:
        name = f"AIRFLOW_API_{version}"
        urls, database = _urls(name), f"{postgres}/airflow_api_{version}"
        env = airflow_api.environment(version, database, self._folder / f"airflow-{version}")
        self._wait_for("postgres")
        self._launch(_log_name(name), airflow_api.command(version, python, int(_port(urls[name]))),
                     lambda: answers(f"{urls[name]}{airflow_api.HEALTH[version]}", 200), **env)
        return {**urls, f"{name}_DATABASE": database}

    def _launch_as(self, user: str | None, name: str, folder: Path, command: list[str], port: int) -> None:
        self.servers.append(Server(name, command, self._folder, {**self._env, "HOME": str(folder)},
                                   lambda: accepts(port), cwd=folder, **as_user(user)))

    def remove(self) -> None:
        """Removes the data of servers that run as users of their own."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

    def _nginx(self, upstream: dict[str, str]) -> dict[str, str]:
        """Starts nginx, which counts and throttles requests."""
        urls = _urls("MOTO_COUNTED", "MOTO_THROTTLED", "MINISTACK_COUNTED", "DRONGO_COUNTED", "DRONGO_THROTTLED",
                     "OPENBAO_COUNTED")
        names = ("MOTO", "MINISTACK", "DRONGO", "OPENBAO")
        config = self._configure("nginx.conf", {name: upstream[name] for name in names} | urls)
        self._launch("nginx", [str(self._parts.nginx), "-p", str(self._folder), "-e", "stderr", "-c", str(config)],
                     lambda: all(answers(f"{url}/logged", 204) for url in urls.values()))
        return {**urls, **{f"{name}_LOG": str(self._folder / f"{_log_name(name)}.log") for name in urls}}

    def _haproxy(self, upstream: dict[str, str]) -> dict[str, str]:
        """Starts HAProxy, which delays requests."""
        urls = _urls("MOTO_DELAYED", "MINISTACK_DELAYED", "OPENBAO_DELAYED")
        names = ("MOTO", "MINISTACK_COUNTED", "OPENBAO_COUNTED")
        config = self._configure("haproxy.cfg", {name: upstream[name] for name in names} | urls)
        self._launch("haproxy", [str(self._parts.haproxy), "-db", "-f", str(config)],
                     lambda: answers(f"{urls['MOTO_DELAYED']}/moto-api/data.json", 200))
        return urls

    def _configure(self, template: str, urls: dict[str, str]) -> Path:
        """Replaces each `@NAME@` in a template of this folder with the port of that address; returns the new file."""
        text = (HERE / template).read_text().replace("@RUN@", str(self._folder)).replace("@HERE@", str(HERE))
        for name, url in urls.items():
            text = text.replace(f"@{name}@", _port(url))
        path = self._folder / template
        path.write_text(text)
        return path


def _urls(*names: str) -> dict[str, str]:
    """An address on a free port for each name."""
    return {name: f"http://127.0.0.1:{free_port()}" for name in names}


def _port(url: str) -> str:
    return url.rsplit(":", 1)[1]


def _dev(binary: Path, url: str) -> list[str]:
    return [str(binary), "server", "-dev", f"-dev-root-token-id={ROOT_TOKEN}", "-dev-no-store-token",
            f"-dev-listen-address=127.0.0.1:{_port(url)}"]


def _log_name(name: str) -> str:
    """The file name, without extension, for the server that the variable `name` points to."""
    return name.lower().replace("_", "-")
