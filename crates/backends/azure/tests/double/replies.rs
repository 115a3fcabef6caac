//! Replies of the real service, as recorded in the tests of Microsoft's own libraries (`Azure/azure-sdk-for-js` and
//! `azure-sdk-for-go`, API 7.0 to 7.4) and in reports of users.

use serde_json::{Value, json};

/// A reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Reply {
    /// A successful reply.
    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("x-ms-request-id", "6d1b5c0e-3f6f-4a8e-9c5c-0123456789ab".to_owned()),
        ];
        Self { status, headers, body: body.to_string() }
    }

    /// A reply that is not JSON, for example of a proxy.
    pub(crate) fn page(status: u16) -> Self {
        let headers = vec![("content-type", "text/html".to_owned())];
        Self { status, headers, body: "<html>canary</html>".to_owned() }
    }

    pub(crate) fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }
}

/// An error document of the service, with an inner code.
pub(crate) fn error(status: u16, code: &str, message: &str, inner: Option<&str>) -> Reply {
    let mut error = json!({"code": code, "message": message});
    if let Some(inner) = inner {
        error["innererror"] = json!({"code": inner});
    }
    Reply::json(status, &json!({"error": error}))
}

pub(crate) fn challenge(tenant: &str, resource: &str) -> String {
    format!(r#"Bearer authorization="https://login.windows.net/{tenant}", resource="{resource}""#)
}

pub(crate) fn no_token(challenge: &str) -> Reply {
    let message = "AKV10000: Request is missing a Bearer or PoP token.";
    error(401, "Unauthorized", message, None).with("www-authenticate", challenge)
}

pub(crate) fn wrong_audience(challenge: &str) -> Reply {
    let message = "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://other.test.";
    error(401, "Unauthorized", message, None).with("www-authenticate", challenge)
}

pub(crate) fn wrong_issuer(challenge: &str) -> Reply {
    let message = "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/a/, found https://sts.windows.net/b/.";
    error(401, "Unauthorized", message, None).with("www-authenticate", challenge)
}

pub(crate) fn bad_parameter(message: &str) -> Reply {
    error(400, "BadParameter", message, None)
}

pub(crate) fn bad_name(name: &str) -> Reply {
    bad_parameter(&format!("The request URI contains an invalid name: {name}"))
}

pub(crate) fn no_method() -> Reply {
    error(405, "MethodNotAllowed", "HTTP PUT not allowed.", None)
}

pub(crate) fn absent(name: &str) -> Reply {
    let message = format!(
        "A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    error(404, "SecretNotFound", &message, None)
}

pub(crate) fn absent_deleted(name: &str) -> Reply {
    error(404, "SecretNotFound", &format!("Deleted Secret not found: {name}"), None)
}

pub(crate) fn disabled() -> Reply {
    error(403, "Forbidden", "Operation get is not allowed on a disabled secret.", Some("SecretDisabled"))
}

/// The message has line breaks and quotes, on which the SDK's own parser fails.
pub(crate) fn denied(inner: &str) -> Reply {
    let message = "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=canary;oid=canary\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nVault: \"acme\";location=westeurope\r\n";
    error(403, "Forbidden", message, Some(inner))
}

pub(crate) fn firewall() -> Reply {
    let message = "Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.7\r\nCaller: appid=canary\r\nVault: acme;location=westeurope";
    error(403, "Forbidden", message, Some("ForbiddenByFirewall"))
}

pub(crate) fn deleted(name: &str) -> Reply {
    let message = format!(
        "Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged."
    );
    error(409, "Conflict", &message, Some("ObjectIsDeletedButRecoverable"))
}

pub(crate) fn being_deleted(name: &str) -> Reply {
    let message = format!("Secret {name} is currently being deleted and cannot be re-created; retry later.");
    error(409, "Conflict", &message, Some("ObjectIsBeingDeleted"))
}

pub(crate) fn being_recovered(name: &str) -> Reply {
    let message = format!("Secret {name} is currently being recovered.");
    error(409, "Conflict", &message, Some("ObjectIsBeingRecovered"))
}

pub(crate) fn throttled() -> Reply {
    let message = "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached";
    error(429, "Throttled", message, None)
}

pub(crate) fn failed(status: u16) -> Reply {
    error(status, "InternalServerError", "An error occurred.", None)
}
