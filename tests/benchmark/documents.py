"""Times airbridge on whole documents: CPU and peak memory of `copy`, `plan`, `diff` and `list` between folders.

Usage: documents.py AIRBRIDGE [COUNT ...]. COUNT is a number of connections; 10000 and 100000 by default.
"""

import json
import os
import sys
import tempfile
from pathlib import Path


def connections(count: int) -> dict:
    """Connections with every field, of about 200 bytes each."""
    return {
        f"conn_{number:06d}": {
            "conn_type": "postgres",
            "description": None,
            "login": f"user{number}",
            "password": f"p@ss/{number}!x",
            "host": f"db-{number % 97}.example.internal",
            "port": 5432,
            "schema": "analytics",
            "extra": json.dumps({"sslmode": "require", "k": number}),
        }
        for number in range(count)
    }


def measured(command: list[str], folder: Path) -> str:
    """Runs a command and returns its CPU time, peak memory and exit code."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execv(command[0], command)
    _, status, usage = os.wait4(child, 0)
    cpu = usage.ru_utime + usage.ru_stime
    return f"{cpu:5.2f} s CPU {usage.ru_maxrss / 1000:6.0f} MB  exit code {os.waitstatus_to_exitcode(status)}"


def main() -> None:
    program = str(Path(sys.argv[1]).resolve())
    counts = [int(count) for count in sys.argv[2:]] or [10_000, 100_000]
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "old").mkdir()
            (folder / "old/connections.json").write_text(json.dumps(connections(count), indent=2))
            for what, arguments in [
                ("list", ["list", "old/"]),
                ("plan", ["plan", "old/", "new/"]),
                ("copy", ["copy", "old/", "new/", "--yes"]),
                ("copy again: nothing to do", ["copy", "old/", "new/", "--yes"]),
                ("diff", ["diff", "old/", "new/"]),
            ]:
                print(f"{count:9,} {what:26} {measured([program, *arguments], folder)}")


if __name__ == "__main__":
    main()
