//! Whose a token is: its display name and its policies, as the server says when the token is looked up or issued.

use serde::Deserialize;

/// The policies that are named. More are counted.
const NAMED: usize = 6;

/// The shortest token that is a secret. Development servers have tokens like `root`, which is also a name and a policy.
const TOKEN: usize = 8;

/// The longest name that is shown, in characters.
const LONGEST: usize = 128;

/// The part of a token's description that says whose it is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Identity {
    /// What the auth method calls the user. The answer to a login has none.
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    policies: Option<Vec<String>>,
    /// Policies of the entity; in the answer to a login `policies` has them already.
    #[serde(default, rename = "identity_policies")]
    of_entity: Option<Vec<String>>,
}

impl Identity {
    /// The same with a display name, for the answer to a login at `path`, which has none.
    pub(crate) fn of_login(self, path: &str) -> Self {
        Self { display_name: Some(name_of_login(path)), ..self }
    }

    /// `ci (policies default, migrator)`. `None` without a name, or if the text repeats `token`: some server sends back
    /// what it was sent.
    pub(crate) fn actor(self, token: &str) -> Option<String> {
        let name = self.display_name.filter(|name| !name.is_empty() && name.chars().count() <= LONGEST)?;
        let mut policies = self.policies.unwrap_or_default();
        policies.extend(self.of_entity.unwrap_or_default());
        policies.sort();
        policies.dedup();
        policies.retain(|policy| policy.chars().count() <= LONGEST);
        let more = policies.len().saturating_sub(NAMED);
        policies.truncate(NAMED);
        let listed = match (policies.join(", "), more) {
            (none, 0) if none.is_empty() => "no policies".to_owned(),
            (listed, 0) => format!("policies {listed}"),
            (listed, more) => format!("policies {listed} and {more} more"),
        };
        let actor = format!("{name} ({listed})");
        (token.len() < TOKEN || !actor.contains(token)).then_some(actor)
    }
}

/// The name of the user of a login at `path`, as the server will call it: `approle`, `userpass-bob`.
fn name_of_login(path: &str) -> String {
    let (mount, user) = path.strip_prefix("auth/").unwrap_or(path).split_once("/login").unwrap_or((path, ""));
    let mount = mount.replace('/', "-");
    match user.trim_start_matches('/') {
        "" => mount,
        user => format!("{mount}-{user}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, name_of_login};

    fn actor(json: &str) -> Option<String> {
        serde_json::from_str::<Identity>(json).unwrap().actor("hvs.t0ken")
    }

    #[test]
    fn actor_is_display_name_and_policies() {
        for (json, expected) in [
            (
                r#"{"display_name":"token-ci","policies":["migrator","default"],"identity_policies":["team"]}"#,
                "token-ci (policies default, migrator, team)",
            ),
            (
                r#"{"display_name":"root","policies":["root"],"identity_policies":null}"#,
                "root (policies root)",
            ),
            (r#"{"display_name":"token"}"#, "token (no policies)"),
            (
                r#"{"display_name":"x","policies":["a","b","c","d","e","f","g","h"]}"#,
                "x (policies a, b, c, d, e, f and 2 more)",
            ),
        ] {
            assert_eq!(actor(json).as_deref(), Some(expected));
        }
        assert_eq!(actor(r#"{"policies":["root"]}"#), None);
        let dev: Identity = serde_json::from_str(r#"{"display_name":"root","policies":["root"]}"#).unwrap();
        assert_eq!(dev.actor("root").as_deref(), Some("root (policies root)"));
    }

    #[test]
    fn name_that_repeats_the_token_is_not_shown() {
        assert_eq!(actor(r#"{"display_name":"<hvs.t0ken>"}"#), None);
        assert_eq!(actor(r#"{"display_name":"x","policies":["hvs.t0ken"]}"#), None);
    }

    #[test]
    fn login_is_named_like_the_token_that_it_returns() {
        assert_eq!(name_of_login("auth/approle/login"), "approle");
        assert_eq!(name_of_login("auth/team/userpass/login/bob"), "team-userpass-bob");
    }
}
