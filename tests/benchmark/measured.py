"""Runs a command and measures it: CPU time and peak memory.

Usage as a program: measured.py FILE COMMAND ... writes `SECONDS BYTES EXIT_CODE` to FILE. It is a process of its own, because
Linux counts the memory of the process that starts a command as the command's.
"""

import os
import sys


def run(command: "list[str]", environment: "dict[str, str] | None" = None, folder: "str | None" = None):
    """The CPU time in seconds, the peak memory in bytes, and the exit code of a command."""
    import subprocess
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        helper = [sys.executable, "-S", "-E", os.path.abspath(__file__), file.name]
        subprocess.run([*helper, *command], env=environment, cwd=folder, check=True)
        seconds, peak, code = file.read().decode().split()
    return float(seconds), int(peak), int(code)


def main() -> None:
    file, command = sys.argv[1], sys.argv[2:]
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(child, 0)
    with open(file, "w") as out:
        out.write(f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss * 1024} {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
