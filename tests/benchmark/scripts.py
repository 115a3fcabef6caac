"""The scripts that people write to move secrets, as careful as such scripts are: pages, batches, 16 threads. They make no
plan, compare nothing and read nothing back.

Usage: scripts.py aws SOURCE TARGET ADDRESS      SOURCE and TARGET are access keys
       scripts.py vault SOURCE TARGET ADDRESS    SOURCE and TARGET are mounts
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

THREADS = 16
AWS_PREFIX = "airflow/connections/"
VAULT_TOKEN = "root"


def aws_client(key: str, address: str):
    import boto3
    from botocore.config import Config

    return boto3.client(
        "secretsmanager", region_name="us-east-1", endpoint_url=address, aws_access_key_id=key,
        aws_secret_access_key="test", config=Config(max_pool_connections=THREADS, retries={"mode": "standard"}),
    )


def copy_aws(source: str, target: str, address: str) -> None:
    old, new = aws_client(source, address), aws_client(target, address)
    pages = old.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": [AWS_PREFIX]}], PaginationConfig={"PageSize": 100})
    names = [secret["Name"] for page in pages for secret in page["SecretList"]]

    def read(batch: list[str]) -> list[dict]:
        return old.batch_get_secret_value(SecretIdList=batch)["SecretValues"]

    with ThreadPoolExecutor(THREADS) as pool:
        batches = [names[start:start + 20] for start in range(0, len(names), 20)]
        values = [value for batch in pool.map(read, batches) for value in batch]
        list(pool.map(lambda value: new.create_secret(Name=value["Name"], SecretString=value["SecretString"]), values))


def vault_client(address: str):
    import hvac
    import requests

    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=THREADS))
    return hvac.Client(url=address, token=VAULT_TOKEN, session=session)


def copy_vault(source: str, target: str, address: str) -> None:
    kv = vault_client(address).secrets.kv.v2
    names = kv.list_secrets("connections", mount_point=source)["data"]["keys"]

    def copy(name: str) -> None:
        path = f"connections/{name}"
        found = kv.read_secret_version(path, mount_point=source, raise_on_deleted_version=True)
        kv.create_or_update_secret(path, found["data"]["data"], cas=0, mount_point=target)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(copy, names))


if __name__ == "__main__":
    {"aws": copy_aws, "vault": copy_vault}[sys.argv[1]](*sys.argv[2:])
