"""The REST API of both Airflows: the web server of Airflow 2 and the API server of Airflow 3, each with a database of its own on
PostgreSQL: on SQLite, the API server of Airflow 3 hangs when several requests write at the same time."""

from __future__ import annotations

import json
from pathlib import Path

USER, PASSWORD = "admin", "made-up-admin-password"
VIEWER, VIEWER_PASSWORD = "viewer", "made-up-viewer-password"
FERNET_KEY = "ZmVybmV0IHZlY3RvciBrZXkgQSB-fn4_Pz8-Pj4uLi4="

HEALTH = {"2": "/api/v1/health", "3": "/api/v2/monitor/health"}


def command(version: str, python: Path, port: int) -> list[str]:
    """Starts the server. One process serves all tests."""
    if version == "2":
        return [str(python), "-m", "airflow", "webserver", "--workers", "1", "--hostname", "127.0.0.1", "--port", str(port)]
    return [str(python), "-m", "airflow", "api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]


def environment(version: str, database: str, home: Path) -> dict[str, str]:
    """Makes the folder of an Airflow with the PostgreSQL database at an address, and returns its settings.

    Airflow 2 has its user in the database, and accepts passwords with each request. Airflow 3 has two, with its own
    simple users, and gives tokens.
    """
    home.mkdir()
    shared = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": FERNET_KEY,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace("postgresql://", "postgresql+psycopg2://"),
    }
    if version == "2":
        return {
            **shared,
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
            # On a busy machine, its monitor may miss its only worker at the start, and would end the server after two minutes.
            "AIRFLOW__WEBSERVER__WEB_SERVER_MASTER_TIMEOUT": "0",
        }
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps({USER: PASSWORD, VIEWER: VIEWER_PASSWORD}))
    return {
        **shared,
        "AIRFLOW__API_AUTH__JWT_SECRET": "made-up-secret-of-sixty-four-characters-made-up-secret-of-sixty-",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin,{VIEWER}:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
