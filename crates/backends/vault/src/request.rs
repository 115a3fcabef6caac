//! Requests for which `vaultrs` has no type, or a type that would break a promise. ADR 4 gives each reason.

use airbridge_core::SecretText;
use rustify::endpoint::Endpoint;
use rustify::enums::{RequestMethod, RequestType, ResponseType};
use rustify::errors::ClientError;

/// A request of our own. Bodies are wiped when they are dropped, and `Debug` does not show them.
#[derive(Debug)]
pub(crate) enum Request {
    /// The keys of a folder. `vaultrs` sends the verb `LIST`, which some proxies reject.
    List {
        /// The full path below `/v1/`.
        folder: String,
    },
    /// A secret's fields. `vaultrs` keeps them in types that print them, are not wiped and round numbers.
    Write { path: String, body: SecretText },
    /// A login. `vaultrs` keeps the credentials in printable strings, requires a `secret_id`, and has no LDAP login.
    Login { path: String, body: SecretText },
    /// All mounts that the token sees. `vaultrs` only has `sys/mounts`, which needs a policy of its own.
    Mounts,
    /// The mount at a path, or the mount around it.
    Mount { path: String },
    /// What the policies of the token permit on these paths. `vaultrs` has no type for it.
    Capabilities { paths: Vec<String> },
}

impl Endpoint for Request {
    /// Answers are parsed by `call::Answer`: the crate's own parser copies a body that it cannot parse into an error.
    type Response = ();
    const REQUEST_BODY_TYPE: RequestType = RequestType::JSON;
    const RESPONSE_BODY_TYPE: ResponseType = ResponseType::JSON;

    fn path(&self) -> String {
        match self {
            Self::List { folder } => folder.clone(),
            Self::Write { path, .. } | Self::Login { path, .. } => path.clone(),
            Self::Mounts => "sys/internal/ui/mounts".to_owned(),
            Self::Mount { path } => format!("sys/internal/ui/mounts/{path}"),
            Self::Capabilities { .. } => "sys/capabilities-self".to_owned(),
        }
    }

    fn method(&self) -> RequestMethod {
        match self {
            Self::List { .. } | Self::Mounts | Self::Mount { .. } => RequestMethod::GET,
            Self::Write { .. } | Self::Login { .. } | Self::Capabilities { .. } => RequestMethod::POST,
        }
    }

    fn query(&self) -> Result<Option<String>, ClientError> {
        Ok(matches!(self, Self::List { .. }).then(|| "list=true".to_owned()))
    }

    /// The caller must wipe the copy; `Transport` and `Client` do.
    fn body(&self) -> Result<Option<Vec<u8>>, ClientError> {
        Ok(match self {
            Self::Write { body, .. } | Self::Login { body, .. } => Some(body.expose().as_bytes().to_vec()),
            Self::Capabilities { paths } => {
                Some(serde_json::json!({ "paths": paths }).to_string().into_bytes())
            }
            Self::List { .. } | Self::Mounts | Self::Mount { .. } => None,
        })
    }
}
