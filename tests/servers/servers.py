#!/usr/bin/env python3
"""Installs and starts the servers that the tests run against. See README.md in this folder.

    servers.py install                 put the servers into the cache
    servers.py run -- COMMAND ARG…     start the servers, run COMMAND with their addresses, stop the servers
    servers.py env                     start the servers, print shell exports, stop the servers on Ctrl-C
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # before importing our modules: write no compiled files into the tree

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from fleet import Fleet, clean, foreign
from install import InstallFailed, alone, cache, install, say
from process import ServerFailed, stop_all

CHILD_ENDS_WITHIN = 10.0  # seconds after a signal was passed on, then SIGKILL


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A signal ended the program."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def main() -> int:
    parser = argparse.ArgumentParser(prog="servers.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True, metavar="install | run | env")
    actions.add_parser("install", help="put the servers into the cache")
    actions.add_parser("env", help="start the servers and print their addresses, until Ctrl-C")
    run = actions.add_parser("run", help="start the servers for one command")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ARG…")
    options = parser.parse_args()
    try:
        for number in SIGNALS:
            signal.signal(number, _raise_stopped)
        if options.action == "install":
            install()
            say(f"all installed in {cache()}")
            return 0
        if options.action == "env":
            return print_environment()
        command = options.command[1:] if options.command[:1] == ["--"] else options.command
        if not command:
            run.error("a command is missing: servers.py run -- COMMAND ARG…")
        return run_command(command)
    except (InstallFailed, ServerFailed, OSError) as error:
        say(f"error: {error}")
        return 1
    except Stopped as stopped:
        say(f"stopped by {stopped}")
        return 128 + stopped.number


def run_command(command: list[str]) -> int:
    """Starts the servers and runs `command`. Returns its exit code."""
    with started() as (fleet, variables):
        if sys.stdin.isatty():  # the terminal sends Ctrl-C to the command, too; a shell there must survive it
            signal.signal(signal.SIGINT, lambda *_: None)
        child = subprocess.Popen(command, env={**clean(dict(os.environ)), **variables})
        code = _wait(child)
        for server in fleet.dead():
            say(server.describe("ended during the run"))
        fleet.failed = code != 0
    return code


def print_environment() -> int:
    """Prints shell lines that set up the environment for tests, then waits for a signal."""
    with started() as (_, variables):
        for name in foreign(dict(os.environ)):
            print(f"unset {name}")
        for name, value in {**clean({}), **variables}.items():
            print(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        say("ready; Ctrl-C stops the servers")
        while True:
            signal.pause()


@contextmanager
def started() -> Iterator[tuple[Fleet, dict[str, str]]]:
    """Starts all servers and stops them afterwards. Yields them and the variables for the tests. Logs remain after a failure."""
    parts = install()
    folder = Path(tempfile.mkdtemp(prefix="airbridge-servers-"))
    fleet = Fleet(parts, folder)
    try:
        with alone(parts.cache / "start.lock", "start"):  # two runs at the same time could choose the same port
            say("starting …")
            variables = fleet.start()
        yield fleet, variables
    except ServerFailed:
        fleet.failed = True
        raise
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        stop_all(fleet.servers)
        fleet.remove()
        if fleet.failed:
            say(f"the servers' logs are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Waits for `child`. Returns its exit code as a shell does, and passes signals on to it."""
    try:
        code = child.wait()
    except Stopped as stopped:
        child.send_signal(stopped.number)
        try:
            child.wait(CHILD_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            pass
        raise
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    return code if code >= 0 else 128 - code


def _raise_stopped(number: int, _frame: object) -> None:
    raise Stopped(number)


if __name__ == "__main__":
    sys.exit(main())
