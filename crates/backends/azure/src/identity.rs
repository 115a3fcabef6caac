//! Who acts: the claims of the access token, which is a JSON Web Token. Its signature is the vault's matter.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The longest name that is shown, in characters.
const LONGEST: usize = 256;

/// The claims that say who the token belongs to.
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>
#[derive(Deserialize)]
struct Claims {
    /// The name of a user.
    upn: Option<String>,
    unique_name: Option<String>,
    /// The application, in tokens of version 1 and of version 2.
    appid: Option<String>,
    azp: Option<String>,
    /// The object id of the user or service principal.
    oid: Option<String>,
}

/// `alice@acme.test (object id …)` for a user, otherwise `application … (object id …)`. `None` if the token has no such
/// claims.
pub(crate) fn actor_of(token: &str) -> Option<String> {
    let payload = Zeroizing::new(URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?);
    let Claims { upn, unique_name, appid, azp, oid } = serde_json::from_slice(&payload).ok()?;
    let user = upn.or(unique_name).filter(|name| is_name(name));
    let application = appid.or(azp).filter(|id| is_id(id)).map(|id| format!("application {id}"));
    let object = oid.filter(|id| is_id(id)).map(|id| format!("object id {id}"));
    match (user.or(application), object) {
        (Some(name), Some(object)) => Some(format!("{name} ({object})")),
        (name, object) => name.or(object),
    }
}

fn is_name(text: &str) -> bool {
    text.contains('@')
        && text.chars().count() <= LONGEST
        && text.chars().all(|char| !char.is_whitespace() && !char.is_control())
}

/// Whether it is a UUID.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::actor_of;

    fn actor(claims: &str) -> Option<String> {
        actor_of(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn actor_is_the_user_or_the_application_of_the_token() {
        let (app, object) = ("11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
        for (claims, expected) in [
            (
                format!(r#"{{"appid":"{app}","oid":"{object}"}}"#),
                Some(format!("application {app} (object id {object})")),
            ),
            (format!(r#"{{"azp":"{app}"}}"#), Some(format!("application {app}"))),
            (
                format!(r#"{{"upn":"alice@acme.test","appid":"{app}","oid":"{object}"}}"#),
                Some(format!("alice@acme.test (object id {object})")),
            ),
            (format!(r#"{{"oid":"{object}"}}"#), Some(format!("object id {object}"))),
            (r#"{"upn":"no address","appid":"<script>","oid":7}"#.to_owned(), None),
            (r#"{"upn":"no address","appid":"<script>"}"#.to_owned(), None),
        ] {
            assert_eq!(actor(&claims), expected, "{claims}");
        }
    }

    #[test]
    fn token_that_is_no_json_web_token_names_no_actor() {
        for token in ["", "token-0", "a.b.c", "..", "e30.bm8.x"] {
            assert_eq!(actor_of(token), None, "{token}");
        }
    }
}
