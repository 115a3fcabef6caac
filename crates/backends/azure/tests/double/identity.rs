//! Token services of directories, App Service and virtual machines. Each token is for one resource.

use std::collections::BTreeMap;

use serde_json::json;

use super::application::Application;
use super::{Asked, Reply, TENANT, replies};

/// The secret of the one application.
pub(crate) const SECRET: &str = "the-s3cret~value+/=";
/// The token of a pod with a workload identity.
pub(crate) const ASSERTION: &str = "the.pods.token";
/// The header that App Service requires.
pub(crate) const HEADER: &str = "the-identity-header";

/// The claims of every token, as in a JSON Web Token: the application 11111111-2222-3333-4444-555555555555 with the object
/// id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee.
const CLAIMS: &str = "eyJhcHBpZCI6IjExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NTU1NTU1NSIsIm9pZCI6ImFhYWFhYWFhLWJiYmItY2NjYy1kZGRkLWVlZWVlZWVlZWVlZSJ9";

/// The issued tokens.
#[derive(Default)]
pub(crate) struct Tokens {
    /// The resource of each token; empty once it is revoked.
    given: BTreeMap<String, String>,
    pub(crate) asked: Vec<String>,
    /// The certificate of the one application, if it has one.
    pub(crate) certificate: Option<Application>,
}

impl Tokens {
    /// Issues a token for a resource.
    pub(crate) fn give(&mut self, resource: &str) -> String {
        let token = format!("e30.{CLAIMS}.{}", self.given.len());
        self.given.insert(token.clone(), resource.to_owned());
        token
    }

    /// Revokes all tokens.
    pub(crate) fn revoke(&mut self) {
        self.given.values_mut().for_each(String::clear);
    }

    /// Checks that a request to a vault has a valid token for `resource`.
    pub(super) fn check(&self, asked: &Asked, resource: &str, challenge: &str) -> Result<(), Reply> {
        let shown = asked.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match shown.and_then(|token| self.given.get(token)) {
            Some(given) if given == resource => Ok(()),
            Some(given) if !given.is_empty() => Err(replies::wrong_audience(challenge)),
            _ => Err(replies::no_token(challenge)),
        }
    }

    /// Answers a request to a token service; `None` if the request is for something else.
    pub(super) fn serve(&mut self, asked: &Asked) -> Option<Reply> {
        let parts: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
                Some(Reply::ok(&openid(&asked.host, tenant)))
            }
            ("POST", [tenant, "oauth2", "v2.0", "token"]) => Some(self.directory(asked, tenant)),
            ("GET", ["msi", "token"]) => Some(self.app_service(asked)),
            ("GET", ["metadata", "identity", "oauth2", "token"]) => Some(self.virtual_machine(asked)),
            _ => None,
        }
    }

    fn directory(&mut self, asked: &Asked, tenant: &str) -> Reply {
        let form = format!("?{}", String::from_utf8_lossy(&asked.body));
        let form = super::server::query(&form);
        let field = |name: &str| form.get(name).map(String::as_str);
        let how = match field("client_assertion") {
            Some(ASSERTION) => "assertion",
            Some(_) => "certificate",
            None => "secret",
        };
        self.asked.push(format!("{} {tenant} {} {how}", asked.host, field("client_id").unwrap_or_default()));
        if tenant != TENANT {
            return refused(400, "invalid_request", 90_002, "Tenant was not found.");
        }
        let jwt = Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let signed = |assertion, client| {
            let audience = format!("https://{}{}", asked.host, asked.path);
            self.certificate.as_ref().is_some_and(|known| known.signed(assertion, client, &audience))
        };
        let known = match (how, field("client_assertion"), field("client_id")) {
            ("certificate", Some(assertion), Some(client)) => {
                signed(assertion, client) && field("client_assertion_type") == jwt
            }
            ("assertion", ..) => field("client_assertion_type") == jwt,
            _ => field("client_secret") == Some(SECRET),
        };
        if field("grant_type") != Some("client_credentials") || !known {
            return refused(401, "invalid_client", 7_000_215, "Invalid client secret provided.");
        }
        let token = self.give(field("scope").unwrap_or_default().trim_end_matches("/.default"));
        Reply::ok(
            &json!({"token_type": "Bearer", "expires_in": 86399, "ext_expires_in": 86399, "access_token": token}),
        )
    }

    fn app_service(&mut self, asked: &Asked) -> Reply {
        let proper = asked.headers.get("x-identity-header").is_some_and(|header| header == HEADER)
            && asked.query.get("api-version").is_some_and(|version| version == "2019-08-01");
        self.asked.push(format!("app service {}", asked.query.get("client_id").map_or("", String::as_str)));
        if proper { self.machine(asked) } else { replies::error(401, "Unauthorized", "no", None) }
    }

    fn virtual_machine(&mut self, asked: &Asked) -> Reply {
        let proper = asked.headers.get("metadata").is_some_and(|header| header == "true")
            && asked.query.get("api-version").is_some_and(|version| version == "2018-02-01");
        self.asked
            .push(format!("virtual machine {}", asked.query.get("client_id").map_or("", String::as_str)));
        if proper { self.machine(asked) } else { Reply::json(400, &json!({"error": "invalid_request"})) }
    }

    /// The identity services send numbers as strings.
    fn machine(&mut self, asked: &Asked) -> Reply {
        let resource = asked.query.get("resource").cloned().unwrap_or_default();
        let token = self.give(&resource);
        Reply::ok(&json!({"access_token": token, "expires_in": "86399", "expires_on": "4102444800",
            "resource": resource, "token_type": "Bearer"}))
    }
}

fn openid(host: &str, tenant: &str) -> serde_json::Value {
    let base = format!("https://{host}/{tenant}");
    json!({"issuer": format!("{base}/v2.0"), "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize")})
}

fn refused(status: u16, error: &str, number: u64, text: &str) -> Reply {
    let text = format!("AADSTS{number}: {text} It was 'canary'.\r\nTrace ID: 1\r\nCorrelation ID: 2");
    Reply::json(status, &json!({"error": error, "error_description": text, "error_codes": [number]}))
}
