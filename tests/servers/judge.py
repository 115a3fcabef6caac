"""Reads entries from a secrets backend with Airflow itself, to judge a copy.

Run it with the Python of the Airflow environment (`AIRBRIDGE_TEST_AIRFLOW_PYTHON`). One process answers any number
of reads, because importing Airflow takes seconds. Standard input is one JSON object:

    {"reads": [{
        "backend": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
        "kwargs": {"connections_prefix": "airflow/connections"},        as in [secrets] backend_kwargs
        "env": {"AWS_ENDPOINT_URL": "http://127.0.0.1:15001", ...},     added for this read only
        "team": "red",                                                  optional
        "google": "http://127.0.0.1:15086",                             optional: the REST server that stands in for
                                                                        Google Secret Manager (google_front.py)
        "connections": ["smtp"], "variables": ["key"], "config": ["sql_alchemy_conn"]}]}

A read of `airflow.secrets.metastore.MetastoreBackend` has the settings of its database in `env`.

Standard output is `{"airflow": VERSION, "reads": [...]}`, one answer for each read, in order:

    {"connections": {"smtp": {"core": FIELDS, "task": FIELDS}}, "variables": {"key": VALUE}, "config": {...}}

- `core` is the connection that the scheduler, API server and command line build (`airflow.models.Connection`), and
  `task` the one that a running task builds (`airflow.sdk.Connection`). Variables and config are read in one way.
- FIELDS: conn_type, description, host, schema, login, password, port, extra; each a string, a number or null (extra
  is a string). VALUE: a string. Local files and Vault can return other types: `{"type": "list", "value": [1]}`.
- `null`: the backend has no such entry. `{"error": "ValueError"}`: Airflow cannot read it. If a backend raises, or if
  Airflow cannot build the URI of a connection, Airflow treats the entry as missing and asks the next backend. Both are
  errors here.
- If the backend cannot be created, the whole read is answered with `{"error": ...}`.

Only the answer goes to standard output; Airflow's own messages go to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any, Callable

FOREIGN = ("AIRFLOW_", "AWS_", "AZURE_", "BAO_", "CLOUDSDK_", "GCE_", "GOOGLE_", "GRPC_", "IDENTITY_", "MSI_", "VAULT_")
METASTORE = "airflow.secrets.metastore.MetastoreBackend"
FIELDS = ("conn_type", "description", "host", "schema", "login", "password", "port", "extra")


def main() -> None:
    job = json.load(sys.stdin)
    answers_to = os.dup(1)
    os.dup2(2, 1)  # Airflow and its providers print to standard output
    with tempfile.TemporaryDirectory(prefix="airbridge-judge-") as home:
        prepare_environment(home)
        answer = json.dumps(judge(job["reads"], Path(home)))
    with os.fdopen(answers_to, "w") as out:
        out.write(answer + "\n")


def prepare_environment(home: str) -> None:
    """Isolates Airflow from this machine's settings. Call it before the first import of Airflow."""
    for name in list(os.environ):
        if name.startswith(FOREIGN):
            del os.environ[name]
    os.environ.update({
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/never-made.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AWS_CONFIG_FILE": os.path.join(home, "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": os.path.join(home, "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "GRPC_DNS_RESOLVER": "ares",  # resolves secretmanager.localhost, which the system may not
        "GRPC_VERBOSITY": "NONE",
        "HOME": home,  # hvac reads ~/.vault-token, Azure's SDK ~/.azure, Google's ~/.config/gcloud
        "NO_GCE_CHECK": "true",
        "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost",
    })


def judge(reads: list[dict[str, Any]], home: Path) -> dict[str, Any]:
    """Answers all reads of a job."""
    from airflow import __version__

    fronts = google_fronts({read["google"] for read in reads if "google" in read}, home)
    environment = dict(os.environ)
    answers = []
    for read in reads:
        if "google" in read:
            os.environ.update(fronts[read["google"]].environment)
        os.environ.update(read.get("env", {}))
        try:
            answers.append(answer_read(read))
        finally:
            os.environ.clear()
            os.environ.update(environment)
            forget_sessions()
    return {"airflow": __version__, "reads": answers}


def google_fronts(servers: set[str], home: Path) -> dict[str, Any]:
    """A gRPC front for each of these REST servers, for Google's own client."""
    if not servers:
        return {}
    importlib.import_module("airflow.providers.google.cloud.secrets.secret_manager")
    # Do not write a compiled module of ours into the repository.
    sys.dont_write_bytecode = True
    from google_front import Authority, Front
    sys.dont_write_bytecode = False

    authority = Authority.make(home)
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(authority.certificate)
    return {server: Front(server, home, authority) for server in servers}


def answer_read(read: dict[str, Any]) -> dict[str, Any]:
    """Answers one read. Each reader gets its own backend, as each process of Airflow does."""
    from airflow.models.connection import Connection as CoreConnection
    from airflow.sdk.definitions.connection import Connection as TaskConnection

    if read["backend"] == METASTORE:
        return answer_metastore(read)
    module, _, name = read["backend"].rpartition(".")
    backend_class = getattr(importlib.import_module(module), name)  # a wrong name ends the judge
    backend_class = asking_once(backend_class)
    try:
        core = build_backend(backend_class, read, CoreConnection)
        task = build_backend(backend_class, read, TaskConnection)
    except Exception as error:
        return failure(error)
    team = {"team_name": read["team"]} if read.get("team") else {}
    return {
        "connections": {conn_id: {"core": connection(core, conn_id, team), "task": connection(task, conn_id, team)}
                        for conn_id in read.get("connections", [])},
        "variables": {key: value(lambda: core.get_variable(key=key, **team)) for key in read.get("variables", [])},
        "config": {key: value(lambda: core.get_config(key)) for key in read.get("config", [])},
    }


def answer_metastore(read: dict[str, Any]) -> dict[str, Any]:
    """Answers one read from a metadata database. A task gets what the API server sends of it."""
    from airflow import settings
    from airflow.api_fastapi.execution_api.datamodels.connection import ConnectionResponse
    from airflow.models.crypto import get_fernet
    from airflow.sdk.definitions.connection import Connection as TaskConnection
    from airflow.secrets.metastore import MetastoreBackend

    settings.dispose_orm()
    settings.configure_vars()
    settings.configure_orm(disable_connection_pool=True)
    getattr(get_fernet, "cache_clear", lambda: None)()
    backend = MetastoreBackend()
    team = {"team_name": read["team"]} if read.get("team") else {}

    class Task:
        """Gives a connection as the Execution API and the Task SDK pass it on."""

        @staticmethod
        def get_connection(conn_id: str, **team: str) -> Any:
            found = backend.get_connection(conn_id, **team)
            if found is None:
                return None
            sent = ConnectionResponse.model_validate(found).model_dump(by_alias=True)
            # Not sent, and so not compared.
            return TaskConnection(**sent, description=found.description)

    return {
        "connections": {conn_id: {"core": connection(backend, conn_id, team), "task": connection(Task, conn_id, team)}
                        for conn_id in read.get("connections", [])},
        "variables": {key: value(lambda: backend.get_variable(key, **team)) for key in read.get("variables", [])},
        "config": {},
    }


def build_backend(backend_class: type, read: dict[str, Any], reader: type) -> Any:
    """Creates the backend as Airflow does from [secrets], with the connection class of one of the two readers."""
    backend = backend_class(**read.get("kwargs", {}))
    backend._set_connection_class(reader)
    return backend


def asking_once(backend_class: type) -> type:
    """A faster subclass of the backend: both readers build a connection from one answer of the store, and each parses a
    local file once. It changes nothing else."""
    answers: dict[tuple[str, str | None], str | None] = {}

    def get_conn_value(self: Any, conn_id: str, team_name: str | None = None) -> str | None:
        if (conn_id, team_name) not in answers:
            team = {"team_name": team_name} if team_name else {}
            answers[conn_id, team_name] = super(quick, self).get_conn_value(conn_id=conn_id, **team)
        return answers[conn_id, team_name]

    files = [file for file in ("_local_connections", "_local_variables", "_local_configs") if hasattr(backend_class, file)]
    parsed = {file: cached_property(getattr(backend_class, file).fget) for file in files}
    quick = type(backend_class.__name__, (backend_class,), {"get_conn_value": get_conn_value, **parsed})
    return quick


def connection(backend: Any, conn_id: str, team: dict[str, str]) -> dict[str, Any] | None:
    """Reads a connection: its fields, null or a failure."""
    try:
        found = backend.get_connection(conn_id=conn_id, **team)
        if not found:
            return None
        found.get_uri()  # both readers build it before they return the connection
        return {field: plain(getattr(found, field), int) for field in FIELDS}
    except Exception as error:
        return failure(error)


def value(get: Callable[[], Any]) -> Any:
    """Reads a variable or config option: its value, null or a failure."""
    try:
        return plain(get())
    except Exception as error:
        return failure(error)


def plain(found: Any, *also: type) -> Any:
    """What was read, as JSON: a string, null or one of the types `also` unchanged, any other value with its type."""
    if found is None or type(found) in (str, *also):
        return found
    try:
        shown = json.loads(json.dumps(found, default=str, allow_nan=False))
    except (TypeError, ValueError):
        shown = repr(found)
    return {"type": type(found).__name__, "value": shown}


def failure(error: Exception) -> dict[str, str]:
    """The class of the error. Its message can contain values, so it goes to standard error only."""
    print(f"judge: {type(error).__name__}: {error}", file=sys.stderr)
    return {"error": type(error).__name__}


def forget_sessions() -> None:
    """Drops sessions, so that the next read opens its own."""
    boto3 = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = None


if __name__ == "__main__":
    main()
