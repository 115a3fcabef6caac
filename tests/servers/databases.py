"""PostgreSQL, MariaDB and SQLite with the tables of Airflow 2 and 3, which Airflow's own migration makes.

`prepare` makes them once and keeps them in the cache: the data folders of both servers as archives, and a file of SQLite
for each version. A run unpacks the archives, so that its servers start in a second and no run sees the rows of another.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Mapping, Sequence

from airflow_api import PASSWORD, USER

VERSIONS = ("2", "3")
# Nothing has to survive a crash.
POSTGRES_OPTIONS = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
                    "-c", "max_connections=200", "-c", "max_wal_size=64MB",
                    # A test counts statements.
                    "-c", "shared_preload_libraries=pg_stat_statements")
MARIADB_OPTIONS = ("--skip-log-bin", "--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0",
                   "--innodb-doublewrite=0", "--innodb-log-file-size=8M", "--max-connections=200",
                   "--max-allowed-packet=64M")

# Who may sign in, and how: `airflow` with a password, `encrypted` over TLS only, the superuser freely.
HBA = """local all all trust
host replication postgres 127.0.0.1/32 trust
host all airflow,reader 127.0.0.1/32 scram-sha-256
hostssl all encrypted 127.0.0.1/32 trust
hostnossl all encrypted 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
"""

ROLES = """create extension pg_stat_statements;
create role airflow login password 'airflow' createdb;
create role reader login password 'reader';
create role encrypted login superuser;
"""

MARIADB_USERS = """create user airflow@'127.0.0.1' identified by 'airflow';
grant all on *.* to airflow@'127.0.0.1' with grant option;
"""


@dataclass(frozen=True)
class Programs:
    """The folders of the servers' programs."""

    postgres: Path
    mariadb: Path
    mariadb_install: Path

    def postgres_program(self, name: str) -> str:
        return str(self.postgres / name)


def find_programs(find: Callable[[str], str | None]) -> Programs | None:
    """The installed programs; `None` if some are missing."""
    postgres = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    mariadb, mariadb_install = find("mariadbd"), find("mariadb-install-db")
    if not postgres or not mariadb or not mariadb_install:
        return None
    return Programs(postgres[-1].parent, Path(mariadb), Path(mariadb_install))


def user_of(name: str) -> str | None:
    """The user who runs a server: both refuse to run as root."""
    return name if os.geteuid() == 0 else None


def owned_folder(prefix: str, user: str | None) -> Path:
    """A new folder that a server can reach: those of root cannot be entered by other users."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if user is not None:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    return folder


def call(command: Sequence[str], user: str | None = None, text: str | None = None,
         env: Mapping[str, str] | None = None) -> None:
    """Runs a command. An error contains the end of its output."""
    output = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            cwd="/", env=env, **as_user(user))
    if output.returncode != 0:
        tail = "\n".join(output.stdout.splitlines()[-15:])
        raise OSError(f"`{command[0]}` ended with code {output.returncode}:\n{tail}")


def as_user(user: str | None) -> dict[str, object]:
    """Arguments that start a process as `user`."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def postgres_command(programs: Programs, folder: Path, port: int, *options: str) -> list[str]:
    return [programs.postgres_program("postgres"), "-D", str(folder / "data"), "-p", str(port), "-h", "127.0.0.1",
            "-k", str(folder), *POSTGRES_OPTIONS, *options]


def copy_for_standby(programs: Programs, primary: int, folder: Path, user: str | None) -> None:
    """Copies a running server into `folder`, so that a server that starts there follows it and is read-only."""
    call([programs.postgres_program("pg_basebackup"), "-h", "127.0.0.1", "-p", str(primary), "-U", "postgres",
          "-D", str(folder / "data"), "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"], user)


def mariadb_command(programs: Programs, folder: Path, port: int) -> list[str]:
    return [str(programs.mariadb), "--no-defaults", f"--datadir={folder / 'data'}", "--bind-address=127.0.0.1",
            f"--port={port}", f"--socket={folder / 's.sock'}", f"--pid-file={folder / 'pid'}", *MARIADB_OPTIONS]


def prepare(programs: Programs, pythons: Mapping[str, Path], target: Path, port: Callable[[], int]) -> None:
    """Makes in `target` the databases `airflow_2` and `airflow_3` on both servers, `airflow_api_2` and `airflow_api_3` on
    PostgreSQL for the web servers, and a file of SQLite for each version."""
    _prepare_postgres(programs, pythons, target, port())
    _prepare_mariadb(programs, pythons, target, port())
    for version in VERSIONS:
        path = target / f"airflow-{version}.db"
        _migrate(pythons[version], f"sqlite:///{path}")


def _prepare_postgres(programs: Programs, pythons: Mapping[str, Path], target: Path, port: int) -> None:
    user = user_of("postgres")
    folder = owned_folder("airbridge-postgres-", user)
    try:
        call([programs.postgres_program("initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "postgres",
              "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"], user)
        with _running(postgres_command(programs, folder, port), port, user):
            psql = [programs.postgres_program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port),
                    "-U", "postgres"]
            call(psql, text=ROLES)
            for version in VERSIONS:
                call(psql, text=f"create database airflow_{version} owner airflow;")
                _migrate(pythons[version], f"postgresql+psycopg2://airflow@127.0.0.1:{port}/airflow_{version}")
                call(psql, text=f"create database airflow_api_{version} template airflow_{version};")
            _airflow(pythons["2"], f"postgresql+psycopg2://postgres@127.0.0.1:{port}/airflow_api_2", "users", "create",
                     "--role", "Admin", "--username", USER, "--password", PASSWORD, "--firstname", "a", "--lastname", "b",
                     "--email", "a@acme.test")
            call([*psql, "airflow_api_2"], text=f"update ab_user set password = '{_quick_hash(PASSWORD)}';")
        (folder / "data/pg_hba.conf").write_text(HBA)
        call(["tar", "-cf", str(target / "postgres.tar"), "-C", str(folder), "data"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quick_hash(password: str) -> str:
    """The hash of a password with one round. Airflow 2 checks it on each request, which takes 0.1 s with its own hash."""
    return f"pbkdf2:sha256:1$salt${hashlib.pbkdf2_hmac('sha256', password.encode(), b'salt', 1).hex()}"


def _prepare_mariadb(programs: Programs, pythons: Mapping[str, Path], target: Path, port: int) -> None:
    user = user_of("mysql")
    folder = owned_folder("airbridge-mariadb-", user)
    try:
        call([str(programs.mariadb_install), "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db",
              "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M"], user)
        with _running(mariadb_command(programs, folder, port), port, user):
            mariadb = [str(Path(shutil.which("mariadb") or "mariadb")), "--no-defaults", "-S", str(folder / "s.sock"), "-u", "root"]
            call(mariadb, text=MARIADB_USERS)
            for version in VERSIONS:
                call(mariadb, text=f"create database airflow_{version} character set utf8mb4;")
                _migrate(pythons[version], f"mysql+mysqldb://airflow:airflow@127.0.0.1:{port}/airflow_{version}")
        call(["tar", "-cf", str(target / "mariadb.tar"), "-C", str(folder), "data"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _migrate(python: Path, address: str) -> None:
    """Airflow's own migration of an empty database."""
    _airflow(python, address, "db", "migrate")


def _airflow(python: Path, address: str, *arguments: str) -> None:
    """Runs Airflow's command line on a database."""
    with tempfile.TemporaryDirectory(prefix="airbridge-airflow-") as home:
        call([str(python), "-m", "airflow", *arguments], env={
            "PATH": os.environ["PATH"], "HOME": home, "AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
        })


class _running:
    """A server during the preparation."""

    def __init__(self, command: Sequence[str], port: int, user: str | None) -> None:
        self._command, self._port, self._user = command, port, user

    def __enter__(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, cwd="/", **as_user(self._user))
        deadline = time.monotonic() + 60
        while not accepts(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"`{self._command[0]}` did not start")
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()


def accepts(port: int) -> bool:
    """Whether a server accepts connections on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unpack(archive: Path, prefix: str, user: str | None) -> Path:
    """The data folder of a server, in a new folder of this run."""
    folder = owned_folder(prefix, user)
    call(["tar", "-xf", str(archive), "-C", str(folder)])
    if user is not None:
        call(["chown", "-R", f"{user}:", str(folder / "data")])
    return folder


def make_certificates(python: Path, folder: Path, user: str | None) -> Path:
    """A certificate authority, and a certificate of 127.0.0.1 and localhost for PostgreSQL. Returns the authority's file."""
    call([str(python), "-c", CERTIFICATES, str(folder)])
    for name in ("server.crt", "server.key"):
        if user is not None:
            shutil.chown(folder / name, user)
    return folder / "ca.pem"


CERTIFICATES = '''
import datetime, ipaddress, pathlib, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
folder = pathlib.Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
name = lambda text: x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, text)])
def make(subject, issuer, key, signer, *extensions):
    builder = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
               .not_valid_after(now + datetime.timedelta(days=2)))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())
ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ca = make("airbridge tests", "airbridge tests", ca_key, ca_key, (x509.BasicConstraints(ca=True, path_length=None), True))
names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
leaf = make("localhost", "airbridge tests", key, ca_key, (names, False))
pem = serialization.Encoding.PEM
(folder / "ca.pem").write_bytes(ca.public_bytes(pem))
(folder / "ca.pem").chmod(0o644)
(folder / "server.crt").write_bytes(leaf.public_bytes(pem))
path = folder / "server.key"
path.touch(0o600)
path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
'''
