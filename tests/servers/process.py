"""One server process: started, waited for, stopped."""

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

READY_WITHIN = 60.0  # seconds
STOP_WITHIN = 5.0  # seconds, then SIGKILL
TAIL_LINES = 25


class ServerFailed(Exception):
    """A server died or was not ready in time; the message has the end of its log."""


class Server:
    """A started server. Its output goes to `<folder>/<name>.log`."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, env: Mapping[str, str],
                 ready: Callable[[], bool]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._ready = ready
        with self.log.open("wb") as log:
            # Own session: Ctrl-C in the terminal is for the tests, the servers are stopped after them.
            self._process = subprocess.Popen(
                command, cwd=folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_die_with_parent)

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait_ready(self, deadline: float) -> None:
        """Polls until the server answers as it should. `deadline` is of `time.monotonic()`."""
        while True:
            ready = self._ready()
            # Asked in this order, so that a stranger on the same port is not taken for a server that died.
            if not self.alive():
                raise ServerFailed(self.describe(f"ended with code {self._process.returncode} before it was ready"))
            if ready:
                return
            if time.monotonic() > deadline:
                raise ServerFailed(self.describe(f"was not ready within {READY_WITHIN:.0f} s"))
            time.sleep(0.05)

    def describe(self, what: str) -> str:
        """`what` happened to this server, with the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"{self.name} {what}; the end of {self.log}:", *(f"  {line}" for line in lines)])

    def signal(self, number: int) -> None:
        """Sends a signal to the server and whatever it started."""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass

    def gone(self, deadline: float) -> bool:
        """Waits for the end until `deadline`; whether it came."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True


def stop_all(servers: Iterable[Server]) -> None:
    """Ends all servers at once, kindly first."""
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
    """A loopback port that is free, as is the one above it (OpenBao takes both), and never the same twice.

    Drawn below the range that the kernel hands out for outgoing connections, so that none of those takes it
    before the server does.
    """
    while True:
        port = random.randrange(20000, 32000, 2)
        if port not in _given and all(_can_bind(p) for p in (port, port + 1)):
            _given.add(port)
            return port


def answers(url: str, *statuses: int, ca: Path | None = None, data: bytes | None = None,
            method: str | None = None) -> bool:
    """Whether `url` answers with one of `statuses` now. Proxies of the environment are not used."""
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
    except (OSError, ValueError):  # refused, reset, half an answer, half a certificate
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
    """Linux: a server does not outlive its starter, even one that was killed with SIGKILL."""
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
