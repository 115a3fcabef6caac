"""Runs a real Airflow with its scheduler until the tasks of its DAGs have ended, and returns what it logged.

Run it with the Python of either Airflow (`AIRBRIDGE_TEST_AIRFLOW_PYTHON`, `AIRBRIDGE_TEST_AIRFLOW2_PYTHON`). Standard input
is one JSON object:

    {"folder": FOLDER,                      an empty folder, which becomes AIRFLOW_HOME
     "dags": {NAME: TEXT},                  the files of the DAGs folder
     "env": {NAME: VALUE},                  the settings of the deployment, with a database that has all tables
     "worker_env": {NAME: VALUE},           what only the tasks have: the API server does not
     "tasks": 5, "seconds": 150}            how many tasks must end, and within which time

Standard output is {"states": {"DAG.TASK": STATE}, "logs": {NAME: TEXT}}: the logs of the tasks, the records of
airbridge, and what each process printed. Airflow 3 runs as API server, Dag processor and scheduler with the LocalExecutor;
Airflow 2 as scheduler with the SequentialExecutor.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOREIGN = ("AIRFLOW_", "AWS_", "AZURE_", "BAO_", "CLOUDSDK_", "GCE_", "GOOGLE_", "VAULT_")
ENDED = {"success", "failed", "upstream_failed", "skipped"}


def main() -> None:
    job = json.load(sys.stdin)
    answers_to = os.dup(1)
    os.dup2(2, 1)  # Airflow prints to standard output
    home = Path(job["folder"])
    (home / "dags").mkdir(parents=True)
    for name, text in job["dags"].items():
        (home / "dags" / name).write_text(text)
    is_new = version("apache-airflow").startswith("3.")
    environment = settings(home, job["env"], is_new)
    processes = {}
    try:
        for name, command in commands(environment, is_new).items():
            out = (home / f"{name}.out").open("wb")
            env = {**environment, **job["worker_env"]} if name == "scheduler" else environment
            processes[name] = subprocess.Popen([sys.executable, "-m", "airflow", *command], env=env, stdin=subprocess.DEVNULL,
                                               stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
            if name == "api-server":
                wait_for(environment["PROBE_TEST_HEALTH"], processes[name])
        states = wait_for_tasks(environment, job["tasks"], job["seconds"], processes)
        time.sleep(1)
    finally:
        for process in processes.values():
            stop(process)
    texts = {str(path.relative_to(home)): path.read_text(errors="replace")
             for path in [*home.glob("*.out"), *(home / "logs").rglob("*"), *(home / ".local").rglob("*")] if path.is_file()}
    with os.fdopen(answers_to, "w") as out:
        json.dump({"states": states, "logs": texts}, out)


def bare(home: Path) -> dict[str, str]:
    """This environment without settings of Airflow, of services and of users."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, "HOME": str(home), "AIRFLOW_HOME": str(home), "NO_PROXY": "127.0.0.1,localhost"}


def settings(home: Path, given: dict[str, str], is_new: bool) -> dict[str, str]:
    """The environment of every process of this Airflow."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",  # the most that a log can hold
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "PYTHONUNBUFFERED": "1",
    }
    if is_new:
        shared |= {
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API_AUTH__JWT_SECRET": "made-up-secret-of-sixty-four-characters-made-up-secret-of-sixty-",
            "AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__API__PORT": str(port), "AIRFLOW__API__WORKERS": "1",
            "PROBE_TEST_HEALTH": f"http://127.0.0.1:{port}/api/v2/monitor/health",
        }
    else:
        shared |= {"AIRFLOW__CORE__EXECUTOR": "SequentialExecutor"}
    # Airflow 2 starts its tasks as the command `airflow`.
    path = os.pathsep.join([str(Path(sys.executable).parent), given["PATH"]])
    return {**bare(home), **shared, **given, "PATH": path}


def commands(environment: dict[str, str], is_new: bool) -> dict[str, list[str]]:
    """The processes, in the order in which they start."""
    scheduler = {"scheduler": ["scheduler", "--skip-serve-logs"]}
    if not is_new:
        return scheduler
    return {"dag-processor": ["dag-processor"], "api-server": ["api-server"], **scheduler}


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Waits until the server answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("the API server has ended")
        try:
            with opener.open(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.3)
    raise SystemExit("the API server does not answer")


def wait_for_tasks(environment: dict[str, str], number: int, seconds: float, processes: dict[str, Any]) -> dict[str, str]:
    """Waits until this many tasks have ended; returns the state of each."""
    from sqlalchemy import create_engine, text

    engine = create_engine(environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    deadline = time.monotonic() + seconds
    states: dict[str, str] = {}
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT dag_id, task_id, state FROM task_instance"))
            states = {f"{dag}.{task}": str(state) for dag, task, state in rows}
        if len([state for state in states.values() if state in ENDED]) >= number:
            break
        if any(process.poll() is not None for process in processes.values()):
            break
        time.sleep(0.5)
    engine.dispose()
    return states


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process with all that it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=8)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


if __name__ == "__main__":
    main()
