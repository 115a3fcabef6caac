"""Checks a substitute for Secret Manager with Google's own client.

    witness.py URL emulator|strict

`emulator` checks what every substitute must do; `strict` also checks what only the strict double does. Fails at the
first difference from the service.
"""

import sys

from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import secretmanager

url, strict = sys.argv[1], sys.argv[2] == "strict"
client = secretmanager.SecretManagerServiceClient(
    transport="rest", credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
PROJECT = "projects/witness"
State = secretmanager.SecretVersion.State


def refuses(kind, call, *args, **kwargs):
    """The call must fail with this error."""
    try:
        call(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected of {call.__name__} {args} {kwargs}")


def create(name, **fields):
    fields.setdefault("replication", {"automatic": {}})
    return client.create_secret(parent=PROJECT, secret_id=name, secret=fields)


def add(name, data, **fields):
    return client.add_secret_version(parent=f"{PROJECT}/secrets/{name}", payload={"data": data, **fields})


def access(name, version="latest"):
    return client.access_secret_version(name=f"{PROJECT}/secrets/{name}/versions/{version}")


# A secret, its versions, and their states.
made = create("a", labels={"team": "data"})
assert made.name.endswith("/secrets/a") and made.labels == {"team": "data"}, made
refuses(exceptions.Conflict, create, "a")
assert add("a", b"one").name.endswith("/secrets/a/versions/1")
second = add("a", b"two")
assert second.name.endswith("/versions/2") and second.state == State.ENABLED, second
assert access("a").payload.data == b"two"
assert access("a", 1).payload.data == b"one"
refuses(exceptions.NotFound, access, "a", 3)
refuses(exceptions.NotFound, access, "absent")
refuses(exceptions.NotFound, add, "absent", b"x")
client.disable_secret_version(name=f"{PROJECT}/secrets/a/versions/1")
assert client.get_secret_version(name=f"{PROJECT}/secrets/a/versions/1").state == State.DISABLED
assert "DISABLED" in refuses(exceptions.BadRequest, access, "a", 1)
client.enable_secret_version(name=f"{PROJECT}/secrets/a/versions/1")
assert access("a", 1).payload.data == b"one"
assert {version.name.rsplit("/", 1)[1] for version in
        client.list_secret_versions(parent=f"{PROJECT}/secrets/a")} == {"1", "2"}

# Listings.
names = {f"list-{number}" for number in range(7)}
for name in sorted(names):
    create(name)
listed = [secret.name.rsplit("/", 1)[1] for secret in client.list_secrets(request={"parent": PROJECT, "page_size": 3})]
assert sorted(listed) == sorted(names | {"a"}), listed

# Removal.
client.delete_secret(name=f"{PROJECT}/secrets/list-0")
refuses(exceptions.NotFound, client.get_secret, name=f"{PROJECT}/secrets/list-0")

if strict:
    # Pages, newest first, that survive insertions; and the filter, which looks into the whole name.
    pages = client.list_secrets(request={"parent": PROJECT, "page_size": 3}).pages
    first = [secret.name.rsplit("/", 1)[1] for secret in next(pages).secrets]
    assert first == ["list-6", "list-5", "list-4"], first
    create("inserted")
    rest = [secret.name.rsplit("/", 1)[1] for page in pages for secret in page.secrets]
    assert rest == ["list-3", "list-2", "list-1", "a"], rest
    found = client.list_secrets(request={"parent": PROJECT, "filter": "name:list-5"})
    assert [secret.name.rsplit("/", 1)[1] for secret in found] == ["list-5"]

    # The project's number in names; checksums; annotations with etags.
    assert not made.name.startswith(PROJECT + "/"), made.name
    assert access("a").payload.data_crc32c, "no checksum in the answer"
    assert second.client_specified_payload_checksum is True
    secret = create("marked", annotations={"airbridge-change": "x"})
    changed = client.update_secret(secret={"name": f"{PROJECT}/secrets/marked", "etag": secret.etag,
                                           "annotations": {"airbridge-change": "y"}},
                                   update_mask={"paths": ["annotations"]})
    assert changed.annotations == {"airbridge-change": "y"} and changed.etag != secret.etag
    refuses(exceptions.Conflict, client.update_secret,
            secret={"name": f"{PROJECT}/secrets/marked", "etag": secret.etag, "annotations": {}},
            update_mask={"paths": ["annotations"]})

    # The latest version is the newest, in whatever state.
    client.disable_secret_version(name=f"{PROJECT}/secrets/a/versions/2")
    assert "DISABLED" in refuses(exceptions.BadRequest, access, "a")
    client.destroy_secret_version(name=f"{PROJECT}/secrets/a/versions/2")
    assert "DESTROYED" in refuses(exceptions.BadRequest, access, "a")
    refuses(exceptions.NotFound, access, "marked")

    # What the service refuses.
    refuses(exceptions.BadRequest, create, "a.b")
    refuses(exceptions.BadRequest, create, "n" * 256)
    refuses(exceptions.BadRequest, client.create_secret, parent=PROJECT, secret_id="none", secret={})
    refuses(exceptions.BadRequest, create, "labelled", labels={"Team": "x"})
    refuses(exceptions.BadRequest, add, "a", b"")
    refuses(exceptions.BadRequest, add, "a", b"x" * 65_537)
    refuses(exceptions.BadRequest, add, "a", b"x", data_crc32c=1)

print("as the service does it")
