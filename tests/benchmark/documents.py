"""Times airbridge on whole documents: CPU and peak memory of `copy`, `plan`, `diff` and `list` between folders.

Usage: documents.py AIRBRIDGE [COUNT ...]. COUNT is a number of connections; 10000 and 100000 by default.
"""

import json
import sys
import tempfile
from pathlib import Path

import measured


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
                seconds, peak, code = measured.run([program, *arguments], folder=name)
                print(f"{count:9,} {what:26} {seconds:5.2f} s CPU {peak / 1e6:6.0f} MB  exit code {code}")


if __name__ == "__main__":
    main()
