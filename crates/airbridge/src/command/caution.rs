//! Runs that would do something else than the user's words say: what is a warning, and what is refused.

use std::path::Path;

use airbridge_airflow::{Dialect, EntryId, Kind};
use airbridge_core::{SecretName, Warning, WarningCode};
use airbridge_engine::{Endpoint, IdleRule, Inventory, Item, Rules, Selection, Source};

use super::session::Session;
use crate::cli::{CautionOptions, SelectOptions};
use crate::failure::{Exit, Failure, Outcome, nearest};
use crate::output::complain;
use crate::output::style::{count, plain};

impl Session {
    /// The failure of a run whose warnings the user does not accept.
    pub(super) fn caution(&self, options: CautionOptions) -> Option<Failure> {
        let warned = self.screen.warned();
        (options.fail_on_warning && warned > 0).then(|| {
            Failure::refused(format!(
                "{}, and --fail-on-warning is set",
                count(warned, "warning", "warnings")
            ))
            .hint("fix what the warnings above name, or remove --fail-on-warning")
        })
    }

    /// The end of a command that only reads.
    pub(super) fn end(&self, options: CautionOptions, exit: Exit) -> Exit {
        match self.caution(options) {
            Some(failure) => {
                complain(&failure);
                failure.exit
            }
            None => exit,
        }
    }

    /// Refuses globs, and rules that exclude, if they match no entry: they would not do what the user meant. Warns of
    /// other rules that match none. A run without any entries gets another warning.
    pub(super) fn check_patterns(
        &self,
        select: &SelectOptions,
        selection: &Selection,
        rules: Option<(&Rules, &Path)>,
        inventories: &[&Inventory],
    ) -> Outcome<()> {
        if inventories.iter().all(|inventory| inventory.is_empty()) {
            return Ok(());
        }
        let ids: Vec<_> = inventories.iter().flat_map(|inventory| inventory.ids()).collect();
        check_globs(select, selection, &ids)?;
        let strict = !select.caution.allow_unused;
        let Some((rules, file)) = rules else { return Ok(()) };
        let source = inventories.first().map(|source| rules.idle(source, selection)).unwrap_or_default();
        for IdleRule { number, globs, excludes } in source {
            let left = if number > 1 { " that the rules before it left" } else { "" };
            let message =
                format!("{}: rule {number} ({}) matches no entry{left}", file.display(), plain(&globs));
            if excludes && strict {
                return Err(Failure::refused(message).hint(ALLOW_UNUSED));
            }
            self.screen.warn(Warning::new(WarningCode::IdleRule, message));
        }
        Ok(())
    }

    /// Warns if an endpoint is empty, or if a prefix or path that the user gave matches nothing. With `--fail-on-empty`
    /// that is a failure.
    pub(super) fn check_not_empty(
        &self,
        options: CautionOptions,
        source: &Source,
        kinds: &[Kind],
        inventory: &Inventory,
    ) -> Outcome<()> {
        for warning in emptiness(source, kinds, inventory) {
            if options.fail_on_empty {
                let failure = Failure::refused(format!("{}, and --fail-on-empty is set", warning.message));
                return Err(failure.maybe_hint(warning.hint));
            }
            self.screen.warn(warning);
        }
        Ok(())
    }

    /// Warns of what the source has for its entries and its reader ignores. A settings file of the Astro CLI was warned of
    /// as a whole when it was opened. `what` is what does not happen to it: "not copied".
    pub(super) fn warn_of_ignored(&self, source: &Source, items: &[Box<Item>], what: &str) {
        if source.endpoint().read_rules.dialect == Dialect::Astro {
            return;
        }
        let ignored = || items.iter().filter(|item| !item.left_out().is_empty());
        let warn = |message| self.screen.warn(Warning::new(WarningCode::NotCopied, message));
        for item in ignored().take(NAMED) {
            warn(format!("{what}: {}: {}", item.id, item.left_out().join("; ")));
        }
        let more = ignored().skip(NAMED).count();
        if more > 0 {
            warn(format!("{what}: ignored fields of {}", count(more, "more entry", "more entries")));
        }
    }
}

/// Refuses globs that match none of these entries: they would not do what the user meant.
pub(super) fn check_globs(select: &SelectOptions, selection: &Selection, ids: &[&EntryId]) -> Outcome<()> {
    let [include, exclude] = selection.unused(ids);
    if let Some(glob) = include.first() {
        return Err(Failure::refused(format!("--include '{}' matches no entry", plain(glob)))
            .hint("correct the glob, or run `airbridge list` to see the entries"));
    }
    match exclude.first() {
        Some(glob) if !select.caution.allow_unused => {
            Err(Failure::refused(format!("--exclude '{}' matches no entry", plain(glob))).hint(ALLOW_UNUSED))
        }
        _ => Ok(()),
    }
}

/// The hint for a glob or rule that excludes nothing.
const ALLOW_UNUSED: &str = "correct the glob, or use --allow-unused";

/// The names that a hint lists, and the entries that are warned of one by one.
const NAMED: usize = 3;

/// What matches nothing: the whole endpoint, or each kind whose prefix or path the user gave.
fn emptiness(source: &Source, kinds: &[Kind], inventory: &Inventory) -> Vec<Warning> {
    let endpoint = source.endpoint();
    let label = &endpoint.label;
    let held = endpoint.held(kinds);
    if inventory.is_empty() {
        let message = format!("{label} has no entries");
        let hint = near_names(inventory, endpoint, &held)
            .unwrap_or_else(|| "check the region, mount, path, prefix and permissions".to_owned());
        return vec![Warning::new(WarningCode::EmptyEndpoint, message).with_hint(hint)];
    }
    let empty = inventory.missing(&held).into_iter().filter(|kind| endpoint.named_kinds.contains(kind));
    let warning = |kind: Kind| {
        let names = endpoint.layout.describe().into_iter().find(|(held, _)| *held == kind);
        let names = names.map(|(_, names)| names.join(" or ")).unwrap_or_default();
        let message = format!("{label} has no {}: no name matches {}", kind.plural(), plain(&names));
        let hint = near_names(inventory, endpoint, &[kind]).unwrap_or_else(|| {
            format!("check the prefix or path, or run `airbridge list {} --all`", plain(label))
        });
        Warning::new(WarningCode::EmptyKind, message).with_hint(hint)
    };
    empty.map(warning).collect()
}

/// A hint with names that the service listed and whose start is nearly that of the kinds' names.
fn near_names(inventory: &Inventory, endpoint: &Endpoint, kinds: &[Kind]) -> Option<String> {
    let starts: Vec<_> =
        endpoint.layout.prefixes(kinds).iter().map(|start| start.as_str().to_owned()).collect();
    let listed = inventory.foreign.iter().map(|header| &header.name).chain(&inventory.outside);
    let near = listed.map(SecretName::as_str).filter(|name| {
        starts.iter().any(|start| {
            let chars: Vec<_> = name.chars().collect();
            let length = start.chars().count();
            // A letter too many, too few, or a few wrong ones.
            let cuts = length.saturating_sub(2)..=(length + 2).min(chars.len());
            cuts.map(|cut| chars[..cut.min(chars.len())].iter().collect::<String>())
                .any(|cut| nearest(start, [cut.as_str()]).is_some())
        })
    });
    let near: Vec<_> = near.take(NAMED).map(|name| format!("`{}`", plain(name))).collect();
    (!near.is_empty()).then(|| format!("check the prefix or path: the service also has {}", near.join(", ")))
}
