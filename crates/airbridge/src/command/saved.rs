//! Saved plans, as files hold them and as `apply` compares them with a new plan.

mod moved;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use airbridge_airflow::EntryId;
use airbridge_endpoints::read_text;
use airbridge_engine::{Marker, with_member};
use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::cli::{ConflictWord, KindWord, LossWord, ValueFormat};
use crate::failure::{Failure, Outcome, why};
use crate::output::style::plain;

/// How a saved plan was made: everything that its decisions depend on, beside what both sides hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a switch of the command line")]
pub(super) struct Asked {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) from_keys: Vec<String>,
    pub(super) to_keys: Vec<String>,
    pub(super) directory: PathBuf,
    pub(super) config: Option<PathBuf>,
    pub(super) only: Vec<KindWord>,
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) allow_unused: bool,
    /// The entries of `--ids`.
    pub(super) ids: Vec<String>,
    pub(super) team: Option<String>,
    pub(super) rules: Option<RulesFile>,
    pub(super) on_conflict: ConflictWord,
    pub(super) since: Option<PathBuf>,
    pub(super) partial: bool,
    pub(super) allow_loss: Vec<LossWord>,
    /// Whether the plan contains losses that no option allows. The user who applies the plan confirms them.
    pub(super) asks_for_losses: bool,
    pub(super) value_format: ValueFormat,
    pub(super) restore_deleted: bool,
    pub(super) max_delete: Option<usize>,
}

/// A file of rules, and what it held.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesFile {
    pub(super) path: PathBuf,
    /// SHA-256 of the file, in hexadecimal digits. Rules hold no secrets.
    pub(super) digest: String,
}

/// A saved plan that was read.
#[derive(Clone, Debug)]
pub(super) struct SavedPlan {
    pub(super) asked: Asked,
    pub(super) document: Value,
    pub(super) marker: Marker,
}

/// The schema of a saved plan.
const SCHEMA: &str = "airbridge.saved-plan/1";

impl Asked {
    /// The whole document of a saved plan.
    pub(super) fn with(self, plan: Value) -> Value {
        let asked = serde_json::to_value(self).unwrap_or_default();
        let plan = with_member(plan, "airbridge", env!("CARGO_PKG_VERSION").into());
        let plan = with_member(plan, "saved", Timestamp::now().to_string().into());
        with_member(plan, "asked", asked)
    }
}

impl RulesFile {
    pub(super) fn new(path: &Path) -> Outcome<Self> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let text = read_text(&path).map_err(|error| {
            Failure::configuration(format!("{} cannot be read: {}", path.display(), why(&error)))
                .hint("name a TOML file with [[rule]] tables with --rules")
        })?;
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        Ok(Self { path, digest: hexadecimal(digest.as_ref()) })
    }

    /// Fails if the file is not what it was.
    pub(super) fn check(&self) -> Outcome<()> {
        if Self::new(&self.path)?.digest == self.digest {
            return Ok(());
        }
        let path = plain(&self.path.display().to_string());
        Err(Failure::refused(format!("{path} was changed after the plan was saved; nothing was written"))
            .hint("make and save a new plan"))
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The file of the key of a plan.
pub(super) fn key_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

/// Whether a plan has marks, which need its key.
pub(super) fn has_marks(document: &Value) -> bool {
    let sides = ["source_seen", "target_seen"];
    let entries = document["entries"].as_array().into_iter().flatten();
    entries.flat_map(|entry| sides.map(|side| &entry[side]["mark"])).any(|mark| !mark.is_null())
}

impl SavedPlan {
    /// Reads a plan, and its key if it needs one.
    pub(super) fn load(path: &Path) -> Outcome<Self> {
        let shown = plain(&path.display().to_string());
        let hint = "name a file that `airbridge plan --save` wrote";
        let damaged =
            || Failure::usage(format!("{shown} is not a saved plan of this version of airbridge")).hint(hint);
        let text = read_text(path)
            .map_err(|error| Failure::usage(format!("{shown} cannot be read: {}", why(&error))).hint(hint))?;
        let document: Value = serde_json::from_str(&text).map_err(|_| damaged())?;
        if document["schema"] != SCHEMA || !document["entries"].is_array() {
            return Err(damaged());
        }
        let asked = Asked::deserialize(&document["asked"]).map_err(|_| damaged())?;
        let key = if has_marks(&document) { read_key_file(&key_of(path))? } else { Zeroizing::new([0; 32]) };
        Ok(Self { asked, document, marker: Marker::new(&*key) })
    }

    /// The entries of `--ids`.
    pub(super) fn ids(&self) -> BTreeSet<EntryId> {
        let team = self.asked.team.as_deref();
        let ids = self.asked.ids.iter().filter_map(|id| EntryId::parse(id));
        ids.map(|id| id.with_team(team.map(Into::into))).collect()
    }

    /// Fails if a new plan is not the saved one.
    pub(super) fn check(&self, new: &Value) -> Outcome<()> {
        moved::check(&self.document, new)
    }
}

/// The key in a file of a key.
pub(super) fn read_key_file(path: &Path) -> Outcome<Zeroizing<[u8; 32]>> {
    let shown = plain(&path.display().to_string());
    let hint =
        "keep the key beside the plan: without it, airbridge cannot compare entries that have no versions";
    let text = read_text(path)
        .map_err(|error| Failure::usage(format!("{shown} cannot be read: {}", why(&error))).hint(hint))?;
    let text = text.trim();
    let mut key = Zeroizing::new([0; 32]);
    let is_key = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    for (at, byte) in key.iter_mut().enumerate().filter(|_| is_key) {
        *byte = text
            .get(at * 2..at * 2 + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
            .unwrap_or_default();
    }
    if is_key {
        Ok(key)
    } else {
        Err(Failure::usage(format!("{shown} is not the key of a saved plan")).hint(hint))
    }
}
