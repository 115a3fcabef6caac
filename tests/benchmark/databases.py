"""Times airbridge on a metadata database: into PostgreSQL and out of it, to a file and to OpenBao.

Usage, with the test servers running: databases.py AIRBRIDGE [COUNT ...]. COUNT is a number of connections; 10000 and 50000 by
default. Only 10000 or fewer are copied to OpenBao.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import measured

FERNET_KEY = "ZmVybmV0IHZlY3RvciBrZXkgQSB-fn4_Pz8-Pj4uLi4="


def connections(count: int, version: int) -> dict:
    """Connections with a password and an extra."""
    return {
        f"c{number}": {
            "conn_type": "postgres", "host": f"db{number}.acme.test", "login": "u", "port": 5432,
            "password": f"made-up-{version}-{number}", "extra": json.dumps({"sslmode": "require", "n": number}),
        }
        for number in range(count)
    }


def sql(statements: str) -> None:
    address = os.environ["AIRBRIDGE_TEST_POSTGRES"]
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", f"{address}/postgres"], input=statements, text=True, check=True)


def mount(name: str) -> None:
    address, token = os.environ["AIRBRIDGE_TEST_OPENBAO"], os.environ["AIRBRIDGE_TEST_OPENBAO_TOKEN"]
    body = json.dumps({"type": "kv", "options": {"version": "2"}}).encode()
    request = urllib.request.Request(f"{address}/v1/sys/mounts/{name}", data=body, headers={"X-Vault-Token": token})
    urllib.request.urlopen(request)
    time.sleep(1)  # until the new engine is ready


def main() -> None:
    program = str(Path(sys.argv[1]).resolve())
    for count in [int(count) for count in sys.argv[2:]] or [10_000, 50_000]:
        name = f"benchmark_{os.getpid()}_{count}"
        sql(f"CREATE DATABASE {name} TEMPLATE airflow_3;\n")
        with tempfile.TemporaryDirectory() as folder:
            address = os.environ["AIRBRIDGE_TEST_POSTGRES"]
            Path(folder, "airflow.cfg").write_text(
                f"[core]\nfernet_key = {FERNET_KEY}\n[database]\nsql_alchemy_conn = {address}/{name}\n")
            for version in (1, 2):
                Path(folder, f"{version}.json").write_text(json.dumps(connections(count, version)))
            environment = {"PATH": os.environ["PATH"], "HOME": folder, "VAULT_ADDR": os.environ["AIRBRIDGE_TEST_OPENBAO"],
                           "VAULT_TOKEN": os.environ["AIRBRIDGE_TEST_OPENBAO_TOKEN"]}
            first, second = (f"file:{version}.json?format=connections-json" for version in (1, 2))
            commands = [
                ("file to PostgreSQL", ["copy", first, "airflow-db:airflow.cfg", "--yes"]),
                ("nothing to do", ["copy", first, "airflow-db:airflow.cfg", "--yes"]),
                ("every row replaced", ["copy", second, "airflow-db:airflow.cfg", "--yes", "--on-conflict", "overwrite"]),
                ("list", ["list", "airflow-db:airflow.cfg"]),
                ("diff with the file", ["diff", second, "airflow-db:airflow.cfg"]),
                ("PostgreSQL to a new file", ["export", "airflow-db:airflow.cfg", "out.json?format=connections-json",
                                              "--only", "connections"]),
            ]
            if count <= 10_000:
                mount(name)
                commands.append(("PostgreSQL to OpenBao", ["copy", "airflow-db:airflow.cfg", f"vault:{name}", "--yes"]))
                commands.append(("nothing to do", ["copy", "airflow-db:airflow.cfg", f"vault:{name}", "--yes"]))
            for what, arguments in commands:
                started = time.monotonic()
                seconds, peak, code = measured.run([program, *arguments], environment, folder)
                wall = time.monotonic() - started
                print(f"{count:>6} {what:<26} {wall:6.2f} s, CPU {seconds:5.2f} s, {peak / 1e6:4.0f} MB, exit code {code}", flush=True)
        sql(f"DROP DATABASE {name} WITH (FORCE);\n")


if __name__ == "__main__":
    main()
