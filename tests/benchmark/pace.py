"""Measures how fast airbridge writes to servers that enforce the published rates of the services: 300 new variables each, or
as many as asked for.

It writes once at the default rate and once with `--rate` set to the published rate; more than 300 only at the published
rate, and only to the services that would not take hours. It prints the successful writes per second, from the first to the
last, as a share of the published rate; the time of the whole run over the shortest time in which the published rate permits
the writes; the number of throttled requests; and the number of all requests. Each server counts its own requests. OpenBao has
no published rate; here it has a quota of 100 requests per second, reads included. Run it with the servers:

    cargo build --release --package airbridge
    cargo build --package airbridge-tests --example key-vault
    python3 tests/servers/servers.py run -- \
        python3 tests/benchmark/pace.py PATH/TO/airbridge PATH/TO/examples/key-vault [COUNT]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator

USUAL = 300


def server(name: str) -> str:
    return os.environ[f"AIRBRIDGE_TEST_{name}"]


@dataclass
class Service:
    """A service to write to."""

    name: str
    published: float
    endpoint: str
    calls: Callable[[], Iterator[tuple[float, str, bool]]]
    """The time of each request, `write` or another word, and whether it was throttled."""
    writes_each: int = 1
    """The number of writing requests for each new secret."""
    environment: dict[str, str] = field(default_factory=dict)


def log(name: str) -> Iterator[list[str]]:
    """The words of each line that a counting server has logged so far."""
    urllib.request.urlopen(f"{server(name)}/logged").close()
    for line in Path(server(f"{name}_LOG")).read_text().splitlines():
        yield line.split(" ")


def amazon(name: str, published: float, scheme: str, operation: str, key: str) -> Service:
    root = "/" if scheme == "aws-ssm" else ""
    prefixes = "&".join(f"{kind}_prefix={root}{key}/{kind}" for kind in ("connections", "variables", "config"))

    def calls() -> Iterator[tuple[float, str, bool]]:
        for words in log("MOTO_THROTTLED"):
            if any(f"Credential={key}/" in word for word in words):
                yield float(words[-1]), "write" if words[0] == operation else words[0], words[1] != "200"

    variables = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
                 "AWS_ENDPOINT_URL": server("MOTO_THROTTLED")}
    return Service(name, published, f"{scheme}:us-east-1?{prefixes}", calls, environment=variables)


def google(project: str) -> Service:
    def calls() -> Iterator[tuple[float, str, bool]]:
        for method, path, status, moment in log("DRONGO_THROTTLED"):
            if path.startswith(f"/v1/projects/{project}/"):
                yield float(moment), "write" if method == "POST" else method, status == "429"

    endpoint = f"gcp:{project}?endpoint_url={server('DRONGO_THROTTLED')}"
    return Service("Google Secret Manager", 10, endpoint, calls, writes_each=2)


def vault(mount: str) -> Service:
    def call(path: str, body: object) -> None:
        request = urllib.request.Request(f"{server('OPENBAO')}/v1/{path}", json.dumps(body).encode(), method="POST",
                                         headers={"X-Vault-Token": server("OPENBAO_TOKEN")})
        urllib.request.urlopen(request).close()

    call(f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "2"}})
    call(f"sys/quotas/rate-limit/{mount}", {"path": f"{mount}/", "rate": 100, "interval": "1s"})

    def calls() -> Iterator[tuple[float, str, bool]]:
        for method, path, status, moment in log("OPENBAO_COUNTED"):
            if path.startswith(f"/v1/{mount}/"):
                yield float(moment), "write" if method == "POST" else method, status == "429"

    variables = {"VAULT_ADDR": server("OPENBAO_COUNTED"), "VAULT_TOKEN": server("OPENBAO_TOKEN")}
    return Service("OpenBao", 100, f"vault:{mount}", calls, environment=variables)


def azure(program: str, folder: Path) -> tuple[Service, subprocess.Popen[bytes]]:
    output = folder / "key-vault.log"
    with output.open("wb") as file:
        process = subprocess.Popen([program], stdout=file)
    while "\n\n" not in output.read_text():
        time.sleep(0.05)
    endpoint, *variables = output.read_text().split("\n\n")[0].splitlines()

    def calls() -> Iterator[tuple[float, str, bool]]:
        time.sleep(0.1)
        lines = [line.split(" ", 1) for line in output.read_text().split("\n\n", 1)[1].splitlines()]
        throttled = sum(call == "throttled" for _, call in lines)
        for moment, call in lines:
            if call.startswith("PUT"):
                # The log does not say which of them were throttled; only the number matters.
                throttled -= 1
                yield float(moment), "write", throttled >= 0
            elif call != "throttled":
                yield float(moment), call, False

    environment = dict(variable.split("=", 1) for variable in variables)
    return Service("Azure Key Vault (the double)", 30, endpoint, calls, environment=environment), process


def measure(program: str, source: Path, count: int, service: Service, *options: str) -> str:
    command = [program, "copy", str(source), service.endpoint, "--yes", "--output", "json", *options]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **service.environment}
    start = time.monotonic()
    run = subprocess.run(command, env=environment, capture_output=True, check=False)
    wall = time.monotonic() - start
    assert run.returncode == 0, f"{service.name}: {run.stdout.decode()[:2000]}{run.stderr.decode()}"
    assert json.loads(run.stdout)["summary"]["verified"] == count, service.name
    calls = list(service.calls())
    moments = sorted(moment for moment, kind, _ in calls if kind == "write")
    throttled = sum(refused for *_, refused in calls)
    landed = sum(kind == "write" and not refused for _, kind, refused in calls)
    assert landed == count * service.writes_each, f"{service.name}: {landed} writes for {count} secrets"
    pace = (landed - 1) / (moments[-1] - moments[0])
    floor = landed / service.published
    return (f"{service.name:30} {' '.join(options) or 'default':12} {pace:6.1f} of {service.published:5.1f}/s"
            f" {pace / service.published:6.0%} {wall:7.1f} s {wall / floor:5.2f} of the least {throttled:5} throttled"
            f" {len(calls):6} calls")


def main() -> None:
    program, key_vault = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else USUAL
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source = folder / "variables.json"
        source.write_text(json.dumps({f"key-{number:03}": f"value {number}" for number in range(count)}))
        for number, rated in enumerate((False, True) if count == USUAL else (True,)):
            in_azure, process = azure(key_vault, folder)
            services = [
                amazon("AWS Secrets Manager", 50, "aws", "secretsmanager.CreateSecret", f"AKIAPACE{number}SM"),
                google(f"pace-{number}"), in_azure,
            ]
            if count == USUAL:
                services += [
                    amazon("AWS Parameter Store", 3, "aws-ssm", "AmazonSSM.PutParameter", f"AKIAPACE{number}SSM"),
                    vault(f"pace-{number}"),
                ]

            def run(service: Service) -> str:
                options = ("--rate", f"{service.published:g}") if rated else ()
                return measure(program, source, count, service, *options)

            try:
                with ThreadPoolExecutor(len(services)) as pool:
                    for line in pool.map(run, services):
                        print(line, flush=True)
            finally:
                process.kill()
                process.wait()


if __name__ == "__main__":
    main()
