"""Starts a server process, waits until it is ready, and stops it."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Callable, Iterable, Mapping, Sequence

READY_WITHIN = 180.0  # seconds; Airflow takes most of a minute on two cores
STOP_WITHIN = 5.0  # seconds, then SIGKILL
TAIL_LINES = 25


class ServerFailed(Exception):
    """A server ended or was not ready in time. The message contains the end of its log."""


class Server:
    """A started server. Its output goes to `<folder>/<name>.log`."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, env: Mapping[str, str],
                 ready: Callable[[], bool], cwd: Path | None = None, **options: object) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._ready = ready
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C in the terminal reaches only the tests. The servers are stopped afterwards.
            self._process = subprocess.Popen(
                command, cwd=cwd or folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_die_with_parent, **options)

    def alive(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    def wait_ready(self, deadline: float) -> None:
        """Polls until the server is ready. `deadline` is a time of `time.monotonic()`."""
        while True:
            ready = self._ready()
            # In this order: another program on the same port must not pass for a server that has ended.
            if not self.alive():
                raise ServerFailed(self.describe(f"ended with code {self._process.returncode} before it was ready"))
            if ready:
                return
            if time.monotonic() > deadline:
                raise ServerFailed(self.describe(f"was not ready within {READY_WITHIN:.0f} s"))
            time.sleep(0.05)

    def describe(self, what: str) -> str:
        """A message that says what happened to this server, with the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"{self.name} {what}; the end of {self.log}:", *(f"  {line}" for line in lines)])

    def signal(self, number: int) -> None:
        """Sends a signal to the server and its child processes."""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass

    def gone(self, deadline: float) -> bool:
        """Waits until the process ends or `deadline` passes. Returns whether it ended."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True


def stop_all(servers: Iterable[Server]) -> None:
    """Stops all servers at the same time: first with SIGTERM, then with SIGKILL."""
    servers = list(servers)
    for server in servers:
        server.signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN
    for server in servers:
        if not server.gone(deadline):
            server.signal(signal.SIGKILL)
            server.gone(deadline + STOP_WITHIN)


_given: set[int] = set()


def free_port() -> int:
    """A free loopback port whose next port is free too (OpenBao uses both). Never returns the same port twice.

    It is below the range that the kernel uses for outgoing connections, so that none of them takes it before the
    server does.
    """
    while True:
        port = random.randrange(20000, 32000, 2)
        if port not in _given and all(_can_bind(p) for p in (port, port + 1)):
            _given.add(port)
            return port


def answers(url: str, *statuses: int, ca: Path | None = None, data: bytes | None = None,
            method: str | None = None) -> bool:
    """Whether a request to `url` now returns one of `statuses`. Ignores proxies of the environment."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if ca is not None:
        if not ca.exists():  # the server is about to write it
            return False
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(ca))))
    request = urllib.request.Request(url, data=data, method=method)
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=5) as reply:
            return reply.status in statuses
    except urllib.error.HTTPError as error:
        return error.code in statuses
    except (OSError, ValueError):  # refused, reset, an incomplete answer or certificate
        return False


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """On Linux, ends the server when its parent ends, even if the parent was killed with SIGKILL."""
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
