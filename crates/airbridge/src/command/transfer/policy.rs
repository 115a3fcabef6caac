//! From the options to the policy of a plan.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_airflow::{Loss, Spelling};
use airbridge_engine::{Losses, OnConflict, Policy};

use crate::cli::{ConflictWord, CopyOptions, LossWord, ValueFormat};
use crate::failure::{Failure, Outcome, nearest};
use crate::output::style::plain;

/// The policy. `configured` are the losses that `airbridge.toml` allows; `ask` means that a question will name others.
pub(super) fn policy(options: &CopyOptions, configured: &[String], ask: bool) -> Outcome<Policy> {
    let mut allowed: BTreeSet<Loss> = options
        .allow_loss
        .iter()
        .map(|word| match word {
            LossWord::Description => Loss::Description,
            LossWord::ConnTypeSpelling => Loss::ConnTypeSpelling,
            LossWord::AbsentVsEmpty => Loss::AbsentVsEmpty,
            LossWord::FieldType => Loss::FieldType,
        })
        .collect();
    for word in configured {
        let loss = Loss::ALL.into_iter().find(|loss| loss.word() == word).ok_or_else(|| {
            let words = Loss::ALL.map(Loss::word);
            let near =
                nearest(word, words).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Failure::configuration(format!("invalid value `{}` for `allow_loss`", plain(word)))
                .hint(format!("{near}use one of {}", words.join(", ")))
        })?;
        allowed.insert(loss);
    }
    Ok(Policy {
        on_conflict: match options.on_conflict {
            ConflictWord::Fail => OnConflict::Fail,
            ConflictWord::Skip => OnConflict::Skip,
            ConflictWord::Overwrite => OnConflict::Overwrite,
            // Filled in once the target is open.
            ConflictWord::Ours => OnConflict::Ours(BTreeMap::new()),
        },
        allowed,
        restore_deleted: options.restore_deleted,
        marker: None,
        losses: if ask { Losses::Ask } else { Losses::Refuse },
        spelling: match options.value_format {
            ValueFormat::Keep => Spelling::Keep,
            ValueFormat::Json => Spelling::Json,
            ValueFormat::Uri => Spelling::Uri,
            ValueFormat::Fields => Spelling::Fields,
        },
    })
}
