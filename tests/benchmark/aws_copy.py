"""Compares airbridge with boto3 and 16 threads: copies 500 connections between AWS accounts, with 40 ms more per request.

airbridge lists, reads, plans, writes, reads back and compares. The boto3 script lists, reads and writes, as most scripts do.
Both send requests to ministack through the same delaying proxy. Run it with the servers and Airflow's Python, which has boto3:

    cargo build --release --package airbridge
    python3 tests/servers/servers.py run -- \
        sh -c '"$AIRBRIDGE_TEST_AIRFLOW_PYTHON" tests/benchmark/aws_copy.py PATH/TO/airbridge'
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

ENTRIES = 500
THREADS = 16
DIRECT = os.environ["AIRBRIDGE_TEST_MINISTACK"]
DELAYED = os.environ["AIRBRIDGE_TEST_MINISTACK_DELAYED"]
PREFIX = "airflow/connections/"


def client(account: str, endpoint: str):
    return boto3.client(
        "secretsmanager", region_name="us-east-1", endpoint_url=endpoint, aws_access_key_id=account,
        aws_secret_access_key="test", config=Config(max_pool_connections=THREADS, retries={"mode": "standard"}),
    )


def seed(account: str) -> None:
    aws = client(account, DIRECT)
    for number in range(ENTRIES):
        value = {"conn_type": "postgres", "host": f"db{number}.example.test", "login": "u", "password": f"p{number}",
                 "port": 5432, "extra": json.dumps({"sslmode": "require"})}
        aws.create_secret(Name=f"{PREFIX}conn_{number:04}", SecretString=json.dumps(value))


def count(account: str) -> int:
    pages = client(account, DIRECT).get_paginator("list_secrets").paginate()
    return sum(len(page["SecretList"]) for page in pages)


def with_boto3(source: str, target: str) -> None:
    """A careful script: pages of 100, batches of 20, 16 threads, no plan and no verification."""
    old, new = client(source, DELAYED), client(target, DELAYED)
    pages = old.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": [PREFIX]}], PaginationConfig={"PageSize": 100})
    names = [secret["Name"] for page in pages for secret in page["SecretList"]]

    def read(batch: list[str]) -> list[dict]:
        return old.batch_get_secret_value(SecretIdList=batch)["SecretValues"]

    with ThreadPoolExecutor(THREADS) as pool:
        batches = [names[start:start + 20] for start in range(0, len(names), 20)]
        values = [value for batch in pool.map(read, batches) for value in batch]
        list(pool.map(lambda value: new.create_secret(Name=value["Name"], SecretString=value["SecretString"]), values))


def with_airbridge(program: str, source: str, target: str, *options: str) -> None:
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true",
        "OLD_AWS_ACCESS_KEY_ID": source, "OLD_AWS_SECRET_ACCESS_KEY": "test", "OLD_AWS_ENDPOINT_URL": DELAYED,
        "NEW_AWS_ACCESS_KEY_ID": target, "NEW_AWS_SECRET_ACCESS_KEY": "test", "NEW_AWS_ENDPOINT_URL": DELAYED,
    }
    command = [program, "copy", "aws:us-east-1?env_prefix=OLD_", "aws:us-east-1?env_prefix=NEW_", "--yes", "--quiet"]
    subprocess.run([*command, *options], env=environment, check=True)


def measure(label: str, source: str, target: str, work) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN), time.process_time()
    start = time.monotonic()
    work(source, target)
    wall = time.monotonic() - start
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = children.ru_utime + children.ru_stime - before[0].ru_utime - before[0].ru_stime
    cpu += time.process_time() - before[1]
    landed = count(target)
    assert landed == ENTRIES, f"{label}: {landed} of {ENTRIES} landed"
    print(f"{label:45} {wall:6.1f} s wall  {cpu:5.1f} s CPU", flush=True)


def main() -> None:
    program = sys.argv[1]
    source = "111111111111"
    seed(source)
    # Each run opens its own connections.
    runs = [
        ("boto3, 16 threads, no plan, no verification", with_boto3),
        ("airbridge, --rate 1000", lambda a, b: with_airbridge(program, a, b, "--rate", "1000")),
        ("airbridge, default pace (80 % of the quota)", lambda a, b: with_airbridge(program, a, b)),
    ]
    for number, (label, work) in enumerate(runs):
        measure(label, source, f"22222222220{number}", work)


if __name__ == "__main__":
    main()
