//! What users and deployments configure: endpoints, `airbridge.toml`, rules, `airflow.cfg`, files of variables.

use std::path::Path;

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::deployment::{self, Cfg, Deployment, Fault, Kwargs, expand, split_command};
use airbridge_core::{Environment, SecretText};
use airbridge_endpoints::{Access, Config, Error, OpenOptions, configure, load_rules};
use airbridge_http::{Address, Proxy, retry_after, safe_text};
use proptest::{prop_assert, prop_assert_eq};
use tempfile::TempDir;

use crate::{CANARY, Outcome, is_clean};

fn is_clean_error(error: &Error) -> Outcome {
    is_clean(&format!("{} {}", error.message, error.hint.as_deref().unwrap_or_default()))
}

fn is_clean_fault(fault: &Fault) -> Outcome {
    let spot = fault.spot.as_ref().map(ToString::to_string).unwrap_or_default();
    is_clean(&format!("{spot} {} {}", fault.message, fault.hint))
}

/// The variable that corpora refer to.
fn environment() -> Environment {
    [("A_TOKEN", CANARY), ("A", "${B}x"), ("B", "~")].into_iter().collect()
}

fn backend(cfg: Option<Cfg>, settings: Environment) -> Outcome {
    let deployment = Deployment { cfg, settings, environment: environment(), version: AirflowVersion::V3_3 };
    match deployment.backend(None) {
        Ok(_) => Ok(()),
        Err(fault) => is_clean_fault(&fault),
    }
}

pub(crate) fn cfg(input: &[u8]) -> Outcome {
    match Cfg::parse(&String::from_utf8_lossy(input)) {
        Ok(cfg) => backend(Some(cfg), Environment::default()),
        Err(fault) => is_clean_fault(&fault),
    }
}

pub(crate) fn env_file(input: &[u8]) -> Outcome {
    let lines = deployment::env_file(&String::from_utf8_lossy(input));
    for line in &lines {
        if let Err(message) = line.value {
            is_clean(message)?;
        }
    }
    let settings =
        lines.into_iter().filter_map(|line| Some((line.name, line.value.ok()?.expose().to_owned())));
    backend(None, settings.collect())
}

pub(crate) fn kwargs(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    if let Kwargs::Ignored(message) | Kwargs::Unreadable(message) = deployment::kwargs(&text) {
        is_clean(message)?;
    }
    if let Err(message) = split_command(&text) {
        is_clean(message)?;
    }
    let _ = expand(&text, &environment());
    Ok(())
}

pub(crate) fn endpoint(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.lines();
    let endpoint = lines.next().unwrap_or_default();
    let more: Vec<String> = lines.map(str::to_owned).collect();
    // Messages quote the place, where no value belongs. Damage may have moved one there.
    if endpoint.split('?').next().is_some_and(|place| place.contains(CANARY)) {
        return Ok(());
    }
    for access in [Access::Read, Access::Write] {
        match configure(&OpenOptions::default(), endpoint, &more, access) {
            Ok(config) => {
                for note in &config.notes {
                    is_clean(&format!("{} {}", note.message, note.hint.as_deref().unwrap_or_default()))?;
                }
            }
            Err(error) => is_clean_error(&error)?,
        }
    }
    Ok(())
}

fn file(folder: &TempDir, name: &str, input: &[u8]) -> std::path::PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, input).expect("written");
    path
}

fn named(path: &Path) -> Result<OpenOptions, Error> {
    Ok(OpenOptions { config: Config::load(Some(path))?, ..OpenOptions::default() })
}

pub(crate) fn config(input: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let options = match named(&file(&folder, "airbridge.toml", input)) {
        Ok(options) => options,
        Err(error) => return is_clean_error(&error),
    };
    for name in ["@a", "@b"] {
        if let Err(error) = configure(&options, name, &[], Access::Read) {
            is_clean_error(&error)?;
        }
    }
    Ok(())
}

pub(crate) fn rules(input: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    match load_rules(&file(&folder, "rules.toml", input), &environment()) {
        Ok(loaded) => is_clean(&format!("{loaded:?}")),
        Err(error) => is_clean_error(&error),
    }
}

/// What servers and the environment say: addresses, delays, sentences.
pub(crate) fn address(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    let _ = (retry_after(|_| Some(&text)), safe_text(&text));
    for outcome in [
        Address::parse(&text, "`endpoint_url`", true),
        Address::parse_with_user(&text, "`endpoint_url`", false),
    ] {
        match outcome {
            Ok(address) => is_clean(&format!("{address:?}"))?,
            Err(error) => is_clean(&format!("{error} {error:?}"))?,
        }
    }
    match Proxy::new(&text, "`proxy`") {
        Ok(proxy) => is_clean(&format!("{proxy:?}")),
        Err(error) => is_clean(&format!("{error} {error:?}")),
    }
}

/// An address of a database that is accepted has no part of a password in the place that messages show.
pub(crate) fn database(input: &[u8]) -> Outcome {
    let text = SecretText::new(String::from_utf8_lossy(input));
    match airbridge_backend_airflow_db::Address::parse(&text, "`sql_alchemy_conn`") {
        Ok(address) => {
            let _ = address.notes("`sql_alchemy_conn`");
            // Damage can turn a password into a host. But what stands before an `@` is never shown.
            let is_file = address.kind == airbridge_backend_airflow_db::DatabaseKind::Sqlite;
            prop_assert!(is_file || !format!("{address:?}").contains('@'), "{address:?}");
            Ok(())
        }
        Err(error) => is_clean(&format!("{error} {error:?}")),
    }
}

/// Damaged keys and tokens are errors, and a text that is opened can be sealed and opened again.
pub(crate) fn fernet(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    let (setting, token) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(fernet) = airbridge_backend_airflow_db::Fernet::new(&SecretText::new(setting)) else {
        return Ok(());
    };
    if let Ok(plain) = fernet.decrypt(token) {
        let again = fernet.encrypt(plain.expose()).and_then(|token| fernet.decrypt(&token));
        prop_assert_eq!(again, Ok(plain));
    }
    Ok(())
}
