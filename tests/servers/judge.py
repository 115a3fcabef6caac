"""What Airflow itself reads from a secrets backend: the judge of a copy.

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

Standard output is `{"airflow": VERSION, "reads": [...]}`, one answer for each read, in order:

    {"connections": {"smtp": {"core": FIELDS, "task": FIELDS}}, "variables": {"key": VALUE}, "config": {...}}

- `core` is how scheduler, API server and command line build the connection (`airflow.models.Connection`), `task` how
  a running task does (`airflow.sdk.Connection`). For variables and config there is one way.
- FIELDS: conn_type, description, host, schema, login, password, port, extra: a text, a number or null (extra is its
  text). VALUE: a text. Local files and Vault can give what is neither: `{"type": "list", "value": [1]}`.
- `null`: the backend has no such entry. `{"error": "ValueError"}`: Airflow fails to read it. Where a backend raises,
  Airflow takes the entry for missing and asks the next backend; so does it when the URI of a connection that was
  read cannot be built, and that is an error here too.
- A backend that cannot be built answers `{"error": ...}` for the whole read.

Nothing but this goes to standard output; Airflow's own messages go to standard error.
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
FIELDS = ("conn_type", "description", "host", "schema", "login", "password", "port", "extra")


def main() -> None:
    job = json.load(sys.stdin)
    answers_to = os.dup(1)
    os.dup2(2, 1)  # Airflow and its providers print and log as they please
    with tempfile.TemporaryDirectory(prefix="airbridge-judge-") as home:
        prepare_environment(home)
        answer = json.dumps(judge(job["reads"], Path(home)))
    with os.fdopen(answers_to, "w") as out:
        out.write(answer + "\n")


def prepare_environment(home: str) -> None:
    """An Airflow that knows nothing of this machine's: must come before the first import of Airflow."""
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
        "GRPC_DNS_RESOLVER": "ares",  # which knows secretmanager.localhost, as the system need not
        "GRPC_VERBOSITY": "NONE",
        "HOME": home,  # hvac reads ~/.vault-token, Azure's SDK ~/.azure, Google's ~/.config/gcloud
        "NO_GCE_CHECK": "true",
        "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost",
    })


def judge(reads: list[dict[str, Any]], home: Path) -> dict[str, Any]:
    """The answer to a whole job."""
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
    """What leads Google's own client to each of these REST servers."""
    if not servers:
        return {}
    importlib.import_module("airflow.providers.google.cloud.secrets.secret_manager")
    # Compiled modules are kept for the next run, but not this one of ours: nothing is written into the tree.
    sys.dont_write_bytecode = True
    from google_front import Authority, Front
    sys.dont_write_bytecode = False

    authority = Authority.make(home)
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(authority.certificate)
    return {server: Front(server, home, authority) for server in servers}


def answer_read(read: dict[str, Any]) -> dict[str, Any]:
    """The answer to one read. Each reader gets a backend of its own, as each process of Airflow does."""
    from airflow.models.connection import Connection as CoreConnection
    from airflow.sdk.definitions.connection import Connection as TaskConnection

    module, _, name = read["backend"].rpartition(".")
    backend_class = getattr(importlib.import_module(module), name)  # a wrong name is the job's fault: the judge ends
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


def build_backend(backend_class: type, read: dict[str, Any], reader: type) -> Any:
    """A backend as Airflow builds it from [secrets], with the connection class of one of the two readers."""
    backend = backend_class(**read.get("kwargs", {}))
    backend._set_connection_class(reader)
    return backend


def asking_once(backend_class: type) -> type:
    """The same backend, but both readers build a connection from one answer of the store, and a local file is parsed
    once for each: that alone is changed, to be quick."""
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
    """The fields of a connection, null or a failure."""
    try:
        found = backend.get_connection(conn_id=conn_id, **team)
        if not found:
            return None
        found.get_uri()  # both readers build it before they hand the connection over
        return {field: plain(getattr(found, field), int) for field in FIELDS}
    except Exception as error:
        return failure(error)


def value(get: Callable[[], Any]) -> Any:
    """The value of a variable or config option, null or a failure."""
    try:
        return plain(get())
    except Exception as error:
        return failure(error)


def plain(found: Any, *also: type) -> Any:
    """What was read, as JSON: a string, null or one of `also` unchanged, anything else with its type."""
    if found is None or type(found) in (str, *also):
        return found
    try:
        shown = json.loads(json.dumps(found, default=str, allow_nan=False))
    except (TypeError, ValueError):
        shown = repr(found)
    return {"type": type(found).__name__, "value": shown}


def failure(error: Exception) -> dict[str, str]:
    """The class alone: messages of Airflow can hold values. They are on standard error, for the person who looks."""
    print(f"judge: {type(error).__name__}: {error}", file=sys.stderr)
    return {"error": type(error).__name__}


def forget_sessions() -> None:
    """Nothing of one read may help or hurt the next."""
    boto3 = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = None


if __name__ == "__main__":
    main()
