"""Reads entries in a real task, and exports a metadata database with Airflow's command line.

Run it with the Python of either Airflow (`AIRBRIDGE_TEST_AIRFLOW_PYTHON`, `AIRBRIDGE_TEST_AIRFLOW2_PYTHON`), with the
deployment's settings as `AIRFLOW__…` variables, and the text of an `airflow.cfg` in `AIRBRIDGE_CFG`. It uses the database that they name, which must have all tables.

    tasks.py read       standard input: {"connections": [ID, ...], "variables": [KEY, ...]}
                        standard output: {"connections": {ID: FIELDS}, "variables": {KEY: VALUE}}, as a task reads them;
                        null for one that Airflow does not find
    tasks.py export     standard output: {"connections": ..., "variables": ...}: the files of `airflow connections export`
                        and `airflow variables export`
    tasks.py fill       standard input: {"connections": {ID: FIELDS}, "variables": {KEY: VALUE}}; adds them with
                        `airflow connections add` and `airflow variables set`, in one process
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DAG = '''
import json, os
from datetime import datetime
try:
    from airflow.sdk import DAG, task
except ImportError:
    from airflow import DAG
    from airflow.decorators import task

FIELDS = ("conn_type", "host", "schema", "login", "password", "port", "extra")

def read(job):
    from airflow.exceptions import AirflowException
    try:
        from airflow.sdk import BaseHook, Variable
    except ImportError:
        from airflow.hooks.base import BaseHook
        from airflow.models import Variable
    connections, variables = {}, {}
    for conn_id in job["connections"]:
        try:
            found = BaseHook.get_connection(conn_id)
            connections[conn_id] = {field: getattr(found, field) for field in FIELDS}
        except Exception as error:
            connections[conn_id] = None
    for key in job["variables"]:
        variables[key] = Variable.get(key, None)
    return {"connections": connections, "variables": variables}

with DAG("reader", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
    @task
    def look():
        with open(os.environ["AIRBRIDGE_JOB"]) as file:
            job = json.load(file)
        with open(os.environ["AIRBRIDGE_ANSWER"], "w") as file:
            json.dump(read(job), file)
    look()
'''


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="airbridge-tasks-") as home:
        environment = {**os.environ, "AIRFLOW_HOME": home, "HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                       "AIRFLOW__CORE__DAGS_FOLDER": f"{home}/dags", "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
        if "AIRBRIDGE_CFG" in environment:
            (Path(home) / "airflow.cfg").write_text(environment.pop("AIRBRIDGE_CFG"))
        action = {"read": read, "export": export, "fill": fill}[sys.argv[1]]
        answer = action(Path(home), environment)
    sys.stdout.write(json.dumps(answer) + "\n")


def read(home: Path, environment: dict[str, str]) -> Any:
    (home / "dags").mkdir()
    (home / "dags/reader.py").write_text(DAG)
    (home / "job.json").write_text(sys.stdin.read())
    environment |= {"AIRBRIDGE_JOB": str(home / "job.json"), "AIRBRIDGE_ANSWER": str(home / "answer.json")}
    airflow(environment, "dags", "test", "reader", "2026-01-01")
    return json.loads((home / "answer.json").read_text())


def export(home: Path, environment: dict[str, str]) -> Any:
    answer = {}
    for kind, options in (("connections", ["--file-format", "json"]), ("variables", [])):
        path = home / f"{kind}.json"
        airflow(environment, kind, "export", str(path), *options)
        answer[kind] = json.loads(path.read_text())
    return answer


def fill(home: Path, environment: dict[str, str]) -> Any:
    """Calls the functions of Airflow's command line: a process for each entry would take seconds."""
    os.environ.update(environment)
    entries = json.load(sys.stdin)
    from airflow.cli import cli_parser

    parser = cli_parser.get_parser()
    names = {"conn_type": "type", "host": "host", "schema": "schema", "login": "login", "password": "password",
             "port": "port", "extra": "extra", "description": "description"}
    answers_to = os.dup(1)
    os.dup2(2, 1)  # the commands print
    for conn_id, fields in entries.get("connections", {}).items():
        options = [f"--conn-{names[name]}={value}" for name, value in fields.items() if value is not None]
        arguments = parser.parse_args(["connections", "add", conn_id, *options])
        arguments.func(arguments)
    for key, value in entries.get("variables", {}).items():
        arguments = parser.parse_args(["variables", "set", key, "--", value] if value.startswith("-")
                                      else ["variables", "set", key, value])
        arguments.func(arguments)
    os.dup2(answers_to, 1)
    return {}


def airflow(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "airflow", *arguments], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        # The output can contain values, so it goes to standard error only.
        sys.exit(f"`airflow {' '.join(arguments[:2])}` ended with code {done.returncode}:\n{done.stdout[-3000:]}")


if __name__ == "__main__":
    main()
