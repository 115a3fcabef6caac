"""Microsoft's own client takes the double for a vault: every reply that it depends on, with nothing patched.

The environment leads it there: HTTPS_PROXY, REQUESTS_CA_BUNDLE, and the addresses of a machine's identity services.
Ends with an error where the client sees anything but what the service would show.
"""

from __future__ import annotations

import os

from azure.core.exceptions import (
    ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError,
)
from azure.identity import (
    CertificateCredential, ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from azure.keyvault.secrets import SecretClient

VAULT = "https://acme.vault.azure.net"
TENANT = os.environ["DOUBLE_TENANT"]


def refused(kind: type[Exception], call, code: str) -> None:
    try:
        call()
    except kind as error:
        assert code in str(error), f"{code} is not in {error}"
    else:
        raise AssertionError(f"{code} was expected")


def signs_in() -> SecretClient:
    application = ClientSecretCredential(TENANT, "application", os.environ["DOUBLE_SECRET"])
    client = SecretClient(VAULT, application)
    client.set_secret("signed-in", "x")
    pod = WorkloadIdentityCredential(tenant_id=TENANT, client_id="pod", token_file_path=os.environ["DOUBLE_TOKEN_FILE"])
    signing = CertificateCredential(TENANT, "application", os.environ["DOUBLE_CERTIFICATE"])
    for credential in (pod, signing, ManagedIdentityCredential(), DefaultAzureCredential()):
        assert SecretClient(VAULT, credential).get_secret("signed-in").value == "x"
    # Without App Service's own variables it takes the machine for a virtual one.
    service = {name: os.environ.pop(name) for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")}
    assert SecretClient(VAULT, ManagedIdentityCredential()).get_secret("signed-in").value == "x"
    os.environ.update(service)
    wrong = SecretClient(VAULT, ClientSecretCredential(TENANT, "application", "wrong"))
    refused(ClientAuthenticationError, lambda: wrong.get_secret("signed-in"), "Authentication failed")
    return client


def keeps_values(client: SecretClient) -> None:
    for value in ("", " \n", "é\U0001f511", '{"a": "\\"\\\\"}', "x" * 25_600):
        assert client.set_secret("Value", value).value == value
        assert client.get_secret("vALUE").value == value
    refused(HttpResponseError, lambda: client.set_secret("Value", "x" * 25_601), "BadParameter")
    refused(HttpResponseError, lambda: client.set_secret("Value", "x", tags={str(n): "" for n in range(16)}), "BadParameter")
    first = client.set_secret("versions", "1", content_type="text/plain", tags={"a": "b"})
    second = client.set_secret("versions", "2")
    found = client.get_secret("versions", first.properties.version)
    assert (found.value, found.properties.content_type, found.properties.tags) == ("1", "text/plain", {"a": "b"})
    assert client.get_secret("versions").properties.version == second.properties.version
    assert second.properties.tags is None and second.properties.created_on.microsecond == 0
    assert len(list(client.list_properties_of_secret_versions("versions"))) == 2
    assert list(client.list_properties_of_secret_versions("missing")) == []
    refused(ResourceNotFoundError, lambda: client.get_secret("missing"), "SecretNotFound")


def has_states(client: SecretClient) -> None:
    client.set_secret("off", "x", enabled=False)
    refused(HttpResponseError, lambda: client.get_secret("off"), "disabled secret")
    client.update_secret_properties("off", enabled=True)
    assert client.get_secret("off").value == "x"
    gone = client.begin_delete_secret("off").result()
    days = (gone.scheduled_purge_date - gone.deleted_date).days
    assert (gone.name, days, gone.properties.recoverable_days) == ("off", 90, 90)
    assert [secret.name for secret in client.list_deleted_secrets()] == ["off"]
    refused(ResourceExistsError, lambda: client.set_secret("off", "y"), "deleted but recoverable")
    client.begin_recover_deleted_secret("off").wait()
    assert client.get_secret("off").value == "x"
    client.begin_delete_secret("off").wait()
    client.purge_deleted_secret("off")
    refused(ResourceNotFoundError, lambda: client.get_deleted_secret("off"), "Deleted Secret not found")
    client.set_secret("off", "z")


def lists(client: SecretClient) -> None:
    before = {secret.name for secret in client.list_properties_of_secrets()}
    names = {f"Page-{n:03}" for n in range(68)}
    for name in names:
        client.set_secret(name, "x")
    pages = [list(page) for page in client.list_properties_of_secrets().by_page()]
    assert len(pages) == -(-len(before | names) // 25), len(pages)
    found = [secret.name for page in pages for secret in page]
    assert len(found) == len(set(found)) and set(found) == before | names
    assert found == sorted(found, key=str.upper)


def main() -> None:
    client = signs_in()
    keeps_values(client)
    has_states(client)
    lists(client)
    # Throttled twice before it is answered; the client waits and asks again by itself.
    client.set_secret("throttled", "x")
    assert client.get_secret("throttled").value == "x"


main()
