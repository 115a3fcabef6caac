//! Bundles: encrypted files with entries of every kind.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use airbridge_airflow::{Dialect, Kind as EntryKind, ReadRules, Scheme};
use airbridge_backend_files::{Location, Part, is_pipe, read_input, read_pipe, read_stdin};
use airbridge_bundle::{Identities, Key, Lock, Protection, Recipients, protection};
use airbridge_core::{NamePrefix, SecretStore, SecretText, Warning, WarningCode, why};

use super::bundle_file::BundleFile;
use super::common::{missing, opened, place, refuse_existing};
use super::replace;
use crate::build::BuildContext;
use crate::bundle::BundleOptions;
use crate::endpoint::{Access, EndpointConfig, OpenStore};
use crate::environment::ProcessEnvironment;
use crate::error::{CHMOD, Error, Result, readable_by_others};
use crate::files::{UsedFile, read_text};

/// The variable that names the file of the passphrase.
const PASSPHRASE_FILE: &str = "AIRBRIDGE_PASSPHRASE_FILE";

/// How much of a file is read to see what it needs to be decrypted.
const HEADER: u64 = 2 << 20;

/// Reads the options and keys. `path` is `None` for standard input and output.
pub(super) fn build(mut context: BuildContext, path: Option<&Path>) -> Result<EndpointConfig> {
    let label = path.map_or_else(|| context.label.clone(), |path| path.display().to_string());
    let options = context.bundle.clone();
    let mut used = Used::default();
    let document = match context.access {
        Access::Read => {
            let key = key(&context.env, &options, path, &label, &mut used)?;
            BundleFile::to_read(key)
        }
        Access::Create { .. } => {
            let lock = lock(&context.env, &options, &label, &mut used)?;
            let rules = ReadRules { dialect: Dialect::File, version: context.version };
            BundleFile::to_write(lock, rules)
        }
        Access::Write => {
            return Err(Error::usage(format!(
                "{label} is a bundle, and a bundle is only written as a whole"
            ))
            .hint("use `airbridge export FROM FILE.age`"));
        }
    };
    used.files.into_iter().for_each(|file| context.keys.uses(file));
    used.notes.into_iter().for_each(|note| context.keys.note(note));
    let (document, access, path) = (Arc::new(document), context.access, path.map(Path::to_owned));
    let layout = context.layout(&Scheme::Files { kinds: EntryKind::ALL.to_vec() })?;
    let (version, chosen) = (context.version, context.chosen_version);
    let mut configured = context.configured_later(move || async move {
        let location = match (&path, access) {
            (Some(path), Access::Read) if is_pipe(path) => {
                Location::Pipe(path.clone(), read_pipe(path).await?)
            }
            (Some(path), access) => {
                refuse_existing(path, access)?;
                Location::Path(path.clone())
            }
            (None, Access::Read) => Location::Stdin(read_stdin().await?),
            (None, _) => Location::Stdout,
        };
        let at = match (&path, access) {
            (Some(path), _) => place(path),
            (None, Access::Read) => "standard input".to_owned(),
            (None, _) => "standard output".to_owned(),
        };
        let part = Part { prefix: String::new(), location, document: Arc::clone(&document) as _ };
        let part = if access == Access::Read { part } else { replace::replace_file(part) };
        let store = airbridge_backend_files::open(at.as_str(), vec![part])?;
        if access == Access::Read {
            if store.missing() {
                return Err(missing(&at));
            }
            // The rules are in the file, and nothing of it is used before all of it is authentic.
            store.list_page(&NamePrefix::new(""), None).await?;
        }
        let ReadRules { dialect, version } =
            document.rules().unwrap_or(ReadRules { dialect: Dialect::File, version });
        Ok(OpenStore {
            version: Some(chosen.unwrap_or(version)),
            states_rules: Some(document),
            ..opened(store, layout, dialect)?
        })
    })?;
    configured.is_bundle = true;
    Ok(configured)
}

/// The files that the options name, and what the user should know about them.
#[derive(Default)]
pub(super) struct Used {
    pub(super) files: Vec<UsedFile>,
    pub(super) notes: Vec<Warning>,
}

/// What encrypts a new bundle.
pub(super) fn lock(
    env: &ProcessEnvironment,
    options: &BundleOptions,
    label: &str,
    used: &mut Used,
) -> Result<Lock> {
    if options.passphrase {
        return Ok(Lock::Passphrase(passphrase(env, options, label, true, used)?));
    }
    let mut recipients = Recipients::default();
    for text in &options.recipients {
        match text.strip_prefix('@') {
            Some(path) => {
                used.files.push(UsedFile::read(path, "the file of recipients"));
                let file = read_text(Path::new(path)).map_err(|error| {
                    Error::usage(format!("{path} cannot be read: {}", why(&error)))
                        .hint("give --recipient @FILE a file with one recipient per line")
                })?;
                recipients.add_file(&file, path)?;
            }
            None => recipients.add(text, "--recipient")?,
        }
    }
    if recipients.is_empty() {
        return Err(Error::usage(format!("{label} is encrypted, and it is not said for whom"))
            .hint("use --recipient age1…, --recipient @FILE or --passphrase"));
    }
    Ok(Lock::Recipients(recipients))
}

/// What decrypts a bundle: what its header asks for, as far as that can be read now.
pub(super) fn key(
    env: &ProcessEnvironment,
    options: &BundleOptions,
    path: Option<&Path>,
    label: &str,
    used: &mut Used,
) -> Result<Key> {
    let mut identities = Identities::default();
    for path in &options.identities {
        used.files.push(UsedFile::read(path, "the identity file"));
        let shown = path.display().to_string();
        let bytes = read_input(path).map_err(|error| {
            Error::usage(format!("{shown} cannot be read: {}", why(&error)))
                .hint("give --identity a file of `age-keygen`, or an SSH private key")
        })?;
        identities.add_file(&bytes, &shown)?;
        warn_if_exposed(used, path, "the identity");
    }
    match (path.map(needs), identities.is_empty()) {
        (Some(Needs::Known(Protection::Passphrase)), _) | (Some(Needs::Unreadable) | None, true) => {
            Ok(Key::Passphrase(passphrase(env, options, label, false, used)?))
        }
        (Some(Needs::Known(Protection::Recipients)), true) => {
            Err(Error::usage(format!("{label} is encrypted for recipients, and no identity is given"))
                .hint("name the file with your secret key with --identity"))
        }
        // A file that is absent or damaged is reported when it is opened.
        _ => Ok(Key::Identities(identities)),
    }
}

enum Needs {
    Known(Protection),
    /// It can be read once only.
    Unreadable,
    /// It is absent or not an encrypted file.
    Nothing,
}

fn needs(path: &Path) -> Needs {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return Needs::Unreadable,
        Ok(_) => {}
        Err(_) => return Needs::Nothing,
    }
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEADER).read_to_end(&mut start));
    read.ok().and_then(|_| protection(&start).ok()).map_or(Needs::Nothing, Needs::Known)
}

/// The passphrase from the file that the variable names, or from the terminal.
fn passphrase(
    env: &ProcessEnvironment,
    options: &BundleOptions,
    label: &str,
    is_new: bool,
    used: &mut Used,
) -> Result<SecretText> {
    let Some(path) = env.variables.non_empty(PASSPHRASE_FILE).map(ToOwned::to_owned) else {
        return match options.ask {
            Some(ask) => ask(label, is_new),
            None => Err(Error::usage(format!("{label} needs a passphrase"))
                .hint(format!("set {PASSPHRASE_FILE} to a file that holds it"))),
        };
    };
    let file = Path::new(&path);
    used.files.push(UsedFile::read(file, "the file of the passphrase"));
    let text = read_text(file).map_err(|error| {
        Error::usage(format!("{PASSPHRASE_FILE}: {path} cannot be read: {}", why(&error)))
            .hint("name a file whose only line is the passphrase")
    })?;
    warn_if_exposed(used, file, "the passphrase");
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains('\n') {
        return Err(Error::usage(format!("{PASSPHRASE_FILE}: {path} must contain one line"))
            .hint("write the passphrase on the first line, and nothing else"));
    }
    Ok(SecretText::new(line))
}

fn warn_if_exposed(used: &mut Used, path: &Path, what: &str) {
    if path.is_file() && readable_by_others(path) {
        let message = format!("{}: other users can read {what}", path.display());
        used.notes.push(Warning::new(WarningCode::PlainSecret, message).with_hint(CHMOD));
    }
}
