//! What the server says about the token, its permissions and the clock. It is asked three questions, and nothing is written.

use std::collections::BTreeMap;

use airbridge_core::{ErrorKind, Finding, Operation, Result, Scope};
use airbridge_http::clock_skew;
use serde::Deserialize;
use vaultrs::api::token::requests::LookupTokenSelfRequest;

use crate::call::Call;
use crate::client::Client;
use crate::mount::{KvVersion, Mount, Mounts};
use crate::request::Request;
use crate::sign_in::Lease;

/// A token that expires earlier than this, in seconds, is worth a warning.
const SOON: u64 = 3_600;

/// A difference between the clocks, in seconds, with which short-lived tokens fail.
const SKEW: i64 = 60;

/// The path below a prefix that stands for an entry that does not exist yet.
const NEW: &str = "airbridge-doctor";

pub(crate) async fn diagnose(client: &Client, mounts: &Mounts, scope: &Scope) -> Result<Vec<Finding>> {
    let mut findings = token(client).await?;
    findings.extend(mounts.iter().map(engine));
    findings.extend(permissions(client, mounts, scope).await?);
    Ok(findings)
}

/// The lifetime of the token, and the server's clock.
async fn token(client: &Client) -> Result<Vec<Finding>> {
    let endpoint = LookupTokenSelfRequest::default();
    let answer = match client.run(Call::new(Operation::Open, &endpoint), endpoint).await {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let message = "the server does not tell how long the token is valid";
            return Ok(vec![Finding::ok("token", message)]);
        }
        answer => answer?,
    };
    if answer.status != 200 {
        return Err(client.error(&answer));
    }
    let lease = answer.data::<Lease>().ok_or_else(|| client.unexpected_body(&answer))?;
    let skew = answer.header("date").and_then(clock_skew);
    Ok([Some(lifetime(lease)), skew.map(clock)].into_iter().flatten().collect())
}

fn lifetime(lease: Lease) -> Finding {
    let Lease { seconds, renewable } = lease;
    let renewed = if renewable { "can be renewed" } else { "cannot be renewed" };
    let message = format!("the token expires in {} and {renewed}", duration(seconds));
    match seconds {
        0 => Finding::ok("token", "the token does not expire"),
        1..SOON if !renewable => {
            Finding::warning("token", message).hint("get a token that is valid longer with `vault login`")
        }
        _ => Finding::ok("token", message),
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3_600),
    }
}

fn clock(skew: i64) -> Finding {
    if skew.abs() < SKEW {
        return Finding::ok("clock", "the clocks of this machine and of the server agree");
    }
    let than = if skew > 0 { "ahead of" } else { "behind" };
    let message = format!("the server's clock is {} seconds {than} that of this machine", skew.abs());
    Finding::warning("clock", message).hint("synchronise the clock: logins with short-lived tokens fail")
}

/// The version of the key-value engine of a mount.
fn engine(mount: &Mount) -> Finding {
    let version = match mount.version {
        KvVersion::One => 1,
        KvVersion::Two => 2,
    };
    let message = format!("the mount `{}` has version {version} of the key-value engine", mount.path);
    if mount.certain {
        return Finding::ok("engine", message);
    }
    Finding::warning("engine", format!("{message}, as `kv_engine_version` says; the server does not tell"))
        .hint("give the token a permission below the mount that lets it see the version")
}

/// Which capabilities the policies of the token grant below each prefix.
async fn permissions(client: &Client, mounts: &Mounts, scope: &Scope) -> Result<Vec<Finding>> {
    let wanted: Vec<_> =
        scope.prefixes.iter().filter_map(|prefix| Paths::of(mounts, scope, prefix.as_str())).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let paths: Vec<&str> = wanted.iter().flat_map(Paths::iter).collect();
    let endpoint = Request::Capabilities { paths: paths.iter().map(|path| (*path).to_owned()).collect() };
    let answer = match client.run(Call::new(Operation::Open, &endpoint), endpoint).await {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let message = "the server does not tell the token what its policies permit";
            return Ok(vec![Finding::ok("permissions", message)]);
        }
        answer => answer?,
    };
    // Proxies may let requests for secrets through and no others.
    let Some(Capabilities(granted)) = answer.data::<Capabilities>().filter(|_| answer.status == 200) else {
        return Ok(Vec::new());
    };
    Ok(wanted.iter().map(|paths| paths.finding(&granted)).collect())
}

/// The capabilities by path. A list with all of them stands beside the paths.
#[derive(Deserialize)]
struct Capabilities(BTreeMap<String, Vec<String>>);

/// The paths whose capabilities decide what is permitted below a prefix.
struct Paths {
    prefix: String,
    /// With and without a slash at the end: which one counts depends on the server.
    list: [String; 2],
    read: String,
    new: String,
}

impl Paths {
    fn of(mounts: &Mounts, scope: &Scope, prefix: &str) -> Option<Self> {
        let (mount, folder) = mounts.locate(prefix)?;
        let at = |part: &str, path: &str| match mount.version {
            KvVersion::One => format!("{}/{path}", mount.path),
            KvVersion::Two => format!("{}/{part}/{path}", mount.path),
        };
        let existing = scope.names.iter().find(|name| name.as_str().starts_with(prefix));
        let existing =
            existing.and_then(|name| mounts.locate(name.as_str())).map(|(_, path)| path.to_owned());
        let new = format!("{folder}{NEW}");
        Some(Self {
            prefix: prefix.to_owned(),
            list: [at("metadata", folder), at("metadata", folder.trim_end_matches('/'))],
            read: at("data", existing.as_deref().unwrap_or(&new)),
            new: at("data", &new),
        })
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.list.iter().chain([&self.read, &self.new]).map(String::as_str)
    }

    fn finding(&self, granted: &BTreeMap<String, Vec<String>>) -> Finding {
        let may = |path: &str, capability: &str| {
            let found = granted.get(path).map(Vec::as_slice).unwrap_or_default();
            found.iter().any(|found| found == capability || found == "root")
        };
        let able = [
            ("read", may(&self.read, "read")),
            ("list", self.list.iter().any(|path| may(path, "list"))),
            ("create", may(&self.new, "create")),
            ("update", may(&self.read, "update")),
        ];
        let words = |wanted: bool| -> Vec<&str> {
            able.iter().filter(|(_, is)| *is == wanted).map(|(word, _)| *word).collect()
        };
        let (granted, denied) = (words(true), words(false));
        let message = match (granted.is_empty(), denied.is_empty()) {
            (_, true) => format!("the policies permit to {} below `{}`", granted.join(", "), self.prefix),
            (true, _) => format!("the policies permit nothing below `{}`", self.prefix),
            (false, false) => format!(
                "the policies permit to {} below `{}`, and not to {}",
                granted.join(", "),
                self.prefix,
                denied.join(", ")
            ),
        };
        if !denied.contains(&"read") {
            return Finding::ok("permissions", message);
        }
        let hint = format!("add a policy with `read` on `{}`", self.read);
        Finding::problem("permissions", message).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::Health;

    use super::{Lease, clock, lifetime};

    #[test]
    fn token_that_expires_soon_and_cannot_be_renewed_is_a_warning() {
        for (seconds, renewable, result) in [
            (0, false, Health::Ok),
            (120, false, Health::Warning),
            (120, true, Health::Ok),
            (7_200, false, Health::Ok),
        ] {
            assert_eq!(lifetime(Lease { seconds, renewable }).result, result, "{seconds} {renewable}");
        }
    }

    #[test]
    fn clock_that_differs_is_a_warning_with_its_direction() {
        assert_eq!(clock(5).result, Health::Ok);
        assert!(clock(90).message.contains("90 seconds ahead of"));
        assert!(clock(-90).message.contains("90 seconds behind"));
    }
}
