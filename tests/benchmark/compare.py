"""Compares airbridge with scripts and other tools: time, CPU, peak memory and requests of a copy of 500 and 10,000
connections.

Usage: compare.py AIRBRIDGE [COUNT ...], with the test servers; `tests/benchmark/run` does both. Requests to the services
take 40 ms more than on this machine. A tool that is not installed is left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import measured
import scripts

HERE = Path(__file__).resolve().parent
SOURCE_KEY = "111111111111"


def server(name: str) -> str:
    return os.environ[f"AIRBRIDGE_TEST_{name}"]


def connection(number: int) -> dict:
    return {"conn_type": "postgres", "host": f"db{number}.example.test", "login": "user", "password": f"p@ss/{number}!x",
            "schema": "analytics", "port": 5432, "extra": json.dumps({"sslmode": "require", "number": number})}


@dataclass
class Run:
    """One tool's copy."""

    tool: str
    commands: list[list[str]]
    environment: dict[str, str]
    landed: Callable[[], int]
    """The number of connections at the target afterwards."""


def counted(log: str) -> int:
    """The number of requests that a counting server has logged so far."""
    urllib.request.urlopen(f"{server(log)}/logged").close()
    return len(Path(server(f"{log}_LOG")).read_text().splitlines())


def measure(run: Run, count: int, log: str | None) -> str:
    before = counted(log) if log else 0
    start, cpu, memory = time.monotonic(), 0.0, 0
    for command in run.commands:
        seconds, peak, code = measured.run(command, run.environment)
        assert code == 0, f"{run.tool}: {command} failed"
        cpu, memory = cpu + seconds, max(memory, peak)
    wall = time.monotonic() - start
    requests = f"{counted(log) - before:,}" if log else "-"
    landed = run.landed()
    assert landed == count, f"{run.tool}: {landed} of {count} landed"
    return f"{run.tool:52} {wall:7.2f} s {cpu:7.2f} s CPU {memory / 1e6:6.0f} MB {requests:>8} requests"


def base() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "NO_PROXY": "127.0.0.1"}


def python(*arguments: str) -> list[str]:
    return [sys.executable, str(HERE / "scripts.py"), *arguments]


def aws_names(key: str) -> set[str]:
    """The names of all secrets of an account."""
    pages = scripts.aws_client(key, server("MINISTACK")).get_paginator("list_secrets").paginate()
    return {secret["Name"] for page in pages for secret in page["SecretList"]}


def seed_aws(key: str, names: list[str]) -> None:
    """Creates a connection under each name that an account does not have yet."""
    direct, have = scripts.aws_client(key, server("MINISTACK")), aws_names(key)

    def create(numbered: tuple[int, str]) -> None:
        number, name = numbered
        if name not in have:
            direct.create_secret(Name=name, SecretString=json.dumps(connection(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(create, enumerate(names)))


def aws(program: str, count: int, folder: Path) -> list[Run]:
    seed_aws(SOURCE_KEY, [f"{scripts.AWS_PREFIX}conn_{number:06}" for number in range(count)])
    delayed = server("MINISTACK_DELAYED")

    def run(tool: str, number: int, options: list[str] | None = None) -> Run:
        key = f"{count:06}{number:06}"
        environment = {**base(), "AWS_EC2_METADATA_DISABLED": "true"}
        for prefix, key_of_side in (("OLD_", SOURCE_KEY), ("NEW_", key)):
            environment |= {f"{prefix}AWS_ACCESS_KEY_ID": key_of_side, f"{prefix}AWS_SECRET_ACCESS_KEY": "test",
                            f"{prefix}AWS_ENDPOINT_URL": delayed}
        command = [program, "copy", "aws:us-east-1?env_prefix=OLD_", "aws:us-east-1?env_prefix=NEW_", "--yes", "--quiet"]
        commands = [python("aws", SOURCE_KEY, key, delayed) if options is None else [*command, *options]]
        return Run(tool, commands, environment, lambda: len(aws_names(key)))

    runs = [
        run("boto3, 16 threads", 0),
        run("airbridge --rate 1000 --concurrency 16", 1, ["--rate", "1000", "--concurrency", "16"]),
        run("airbridge --rate 1000", 2, ["--rate", "1000"]),
    ]
    runs += secretspec(count, folder)
    # At 10,000 it only shows the rate; `pace.py` measures that.
    return runs if count > 1000 else [*runs, run("airbridge (80 % of the quota)", 3, [])]


def secretspec(count: int, folder: Path) -> list[Run]:
    """SecretSpec copies the secrets that its manifest declares, under names of its own layout."""
    # It sends one request after another: 10,000 secrets would take more than 20 minutes.
    if count > 1000 or not shutil.which("secretspec"):
        return []
    source, target = "333333333333", f"{count:06}999999"
    names = [f"CONN_{number:06}" for number in range(count)]
    seed_aws(source, [f"secretspec/benchmark/default/{name}" for name in names])
    declared = "".join(f'{name} = {{ description = "-", required = true }}\n' for name in names)
    manifest = folder / "secretspec.toml"
    manifest.write_text(f'[project]\nname = "benchmark"\nrevision = "1.0"\n\n[profiles.default]\n{declared}')
    profiles = "".join(
        f"[profile {name}]\nregion = us-east-1\nendpoint_url = {server('MINISTACK_DELAYED')}\n"
        f"aws_access_key_id = {key}\naws_secret_access_key = test\n" for name, key in (("old", source), ("new", target)))
    (folder / "config").write_text(profiles)
    environment = {**base(), "HOME": str(folder), "AWS_CONFIG_FILE": str(folder / "config"),
                   "AWS_EC2_METADATA_DISABLED": "true", "SECRETSPEC_PROVIDER": "awssm://new@us-east-1"}
    command = ["secretspec", "--file", str(manifest), "import", "awssm://old@us-east-1"]
    return [Run("secretspec import", [command], environment, lambda: len(aws_names(target)))]


def vault(program: str, count: int) -> list[Run]:
    direct = scripts.vault_client(server("OPENBAO"))
    source = f"old-{count}"
    direct.sys.enable_secrets_engine("kv", source, options={"version": "2"})
    time.sleep(1)  # a new KV 2 mount upgrades itself first
    kv = direct.secrets.kv.v2
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: kv.create_or_update_secret(
            f"connections/conn_{number:06}", connection(number), mount_point=source), range(count)))
    delayed = server("OPENBAO_DELAYED")

    def run(tool: str, number: int, options: list[str] | None = None) -> Run:
        target = f"new-{count}-{number}"
        direct.sys.enable_secrets_engine("kv", target, options={"version": "2"})

        def landed() -> int:
            return len(kv.list_secrets("connections", mount_point=target)["data"]["keys"])

        environment = {**base(), "VAULT_ADDR": delayed, "VAULT_TOKEN": server("OPENBAO_TOKEN")}
        command = [program, "copy", f"vault:{source}", f"vault:{target}", "--yes", "--quiet"]
        commands = [python("vault", source, target, delayed) if options is None else [*command, *options]]
        return Run(tool, commands, environment, landed)

    runs = [
        run("hvac, 16 threads", 0),
        run("airbridge (16 concurrent requests)", 1, []),
        run("airbridge --concurrency 64", 2, ["--concurrency", "64"]),
    ]
    time.sleep(1)
    return runs


def files(program: str, count: int, folder: Path) -> list[Run]:
    connections = {f"conn_{number:06}": connection(number) for number in range(count)}
    (folder / "old").mkdir()
    (folder / "old/connections.json").write_text(json.dumps(connections, indent=2))
    airflow = {**base(), "HOME": str(folder), "AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
               "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
               "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db"}
    command = [sys.executable, "-m", "airflow"]

    def landed(path: str) -> Callable[[], int]:
        return lambda: len(json.loads((folder / path).read_text()))

    load = f"import json; json.dump(json.load(open({str(folder / 'old/connections.json')!r})), " \
           f"open({str(folder / 'python.json')!r}, 'w'), indent=2)"
    old, new = str(folder / "old") + "/", str(folder / "new") + "/"
    runs = [
        Run("Python: json.load and json.dump", [[sys.executable, "-c", load]], base(), landed("python.json")),
        Run("airbridge", [[program, "copy", old, new, "--yes", "--quiet"]], base(), landed("new/connections.json")),
    ]
    if count > 1000:
        # The time of Airflow's import grows faster than the number of connections: 10,000 take more than 8 minutes.
        return runs
    subprocess.run([*command, "db", "migrate"], env=airflow, check=True, capture_output=True)
    return [*runs, Run("airflow connections import, then export", [
        [*command, "connections", "import", str(folder / "old/connections.json")],
        [*command, "connections", "export", str(folder / "airflow.json")],
    ], airflow, landed("airflow.json"))]


def main() -> None:
    program = str(Path(sys.argv[1]).resolve())
    counts = [int(count) for count in sys.argv[2:]] or [500, 10_000]
    for count in counts:
        folder = Path(tempfile.mkdtemp())
        try:
            for place, log, runs in [
                ("files", None, lambda: files(program, count, folder)),
                ("AWS Secrets Manager (ministack) to another account", "MINISTACK_COUNTED",
                 lambda: aws(program, count, folder)),
                ("OpenBao KV 2 to another mount", "OPENBAO_COUNTED", lambda: vault(program, count)),
            ]:
                print(f"\n{count:,} connections, {place}", flush=True)
                for run in runs():
                    print(measure(run, count, log), flush=True)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
