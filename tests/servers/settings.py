"""Reads a deployment's settings with Airflow itself, and lists the arguments of its backend classes.

Run it with the Python of either Airflow (`AIRBRIDGE_TEST_AIRFLOW_PYTHON`, `AIRBRIDGE_TEST_AIRFLOW2_PYTHON`).

    settings.py configured      standard input: [{"cfg": TEXT, "env": {NAME: VALUE}, "worker": false}, ...]; with
                                "option": [SECTION, OPTION], the answer is the value of that option
                                standard output: one answer for each, in order:
                                null (no backend), "raises" (Airflow does not start), or
                                {"class": PATH, "kwargs": {...}} with which Airflow called the class
    settings.py signatures      standard output: {CLASS: {"named": [...], "any": BOOL, "handed_on": [...]}}:
                                the constructor's arguments, whether it accepts others, and those that it passes on
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import re
import sys
import tempfile
from typing import Any

from judge import prepare_environment

CLASSES = (
    "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
    "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
    "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend",
    "airflow.providers.hashicorp.secrets.vault.VaultBackend",
    "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend",
    "airflow.secrets.local_filesystem.LocalFilesystemBackend",
)


def main() -> None:
    answers_to = os.dup(1)
    os.dup2(2, 1)  # Airflow and its providers print to standard output
    with tempfile.TemporaryDirectory(prefix="airbridge-settings-") as home:
        prepare_environment(home)
        if sys.argv[1] == "signatures":
            answer: Any = {path: signature(path) for path in CLASSES}
        else:
            cases = json.load(sys.stdin)
            import airflow.configuration  # noqa: F401  with the environment above, before the first case

            answer = [configured(case) for case in cases]
    with os.fdopen(answers_to, "w") as out:
        out.write(json.dumps(answer) + "\n")


def configured(case: dict[str, Any]) -> Any:
    """The class and kwargs that Airflow reads from a case, with a new parser and only the variables of the case."""
    import airflow.configuration
    from airflow.configuration import AirflowConfigParser

    environment, conf = dict(os.environ), airflow.configuration.conf
    called: list[dict[str, Any]] = []

    class Parser(AirflowConfigParser):
        def getimport(self, section: str, key: str, **kwargs: Any) -> Any:
            found = super().getimport(section, key, **kwargs)
            path = self.get(section, key)

            def call(**backend_kwargs: Any) -> Any:
                called.append({"class": path, "kwargs": backend_kwargs})
                return found(**dict(backend_kwargs))

            return call if found else None

    try:
        os.environ.clear()
        os.environ.update({"PATH": environment["PATH"], "HOME": "/home/airflow"} | case["env"])
        # Airflow looks up values in the module's configuration.
        parser = airflow.configuration.conf = Parser()
        parser.read_string(case["cfg"])
        if "option" in case:
            return parser.get(*case["option"], fallback=None)
        if hasattr(parser, "_get_custom_secret_backend"):
            parser._get_custom_secret_backend(worker_mode=case["worker"])
        else:  # Airflow 2, which has no backend of workers alone
            airflow.configuration.get_custom_secret_backend()
        return called[-1] if called else None
    except Exception as error:
        print(f"settings: {type(error).__name__}", file=sys.stderr)
        return "raises"
    finally:
        airflow.configuration.conf = conf
        os.environ.clear()
        os.environ.update(environment)


def signature(path: str) -> dict[str, Any]:
    """The arguments of the constructor of a class."""
    import importlib

    module, _, name = path.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    named, anything = arguments(found)
    handed_on: list[str] = []
    if name == "VaultBackend":
        import hvac
        from hvac.adapters import JSONAdapter

        handed_on = arguments(hvac.Client)[0] + arguments(JSONAdapter)[0]
    if "amazon" in path:
        from airflow.providers.amazon.aws.utils.connection_wrapper import AwsConnectionWrapper

        # The class and its helper look up further arguments by name.
        looked_up = set(re.findall(r'"([a-z_]+)"', inspect.getsource(found) + inspect.getsource(AwsConnectionWrapper)))
        handed_on = sorted(looked_up | {field.name for field in dataclasses.fields(AwsConnectionWrapper)})
    return {"named": named, "any": anything, "handed_on": handed_on}


def arguments(found: type) -> tuple[list[str], bool]:
    parameters = list(inspect.signature(found.__init__).parameters.values())[1:]
    named = [each.name for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    return named, any(each.kind == each.VAR_KEYWORD for each in parameters)


if __name__ == "__main__":
    main()
