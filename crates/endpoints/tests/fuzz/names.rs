//! Names of secrets, ids, globs and templates.

use airbridge_airflow::{AirflowVersion, EntryId, Kind, Layout, Parsed, Paths, PerKind, Prefix, Scheme};
use airbridge_core::SecretName;
use airbridge_engine::{Pattern, Rename};
use proptest::prop_assert_eq;
use proptest::test_runner::TestCaseError;

use crate::Outcome;

fn schemes() -> Vec<Scheme> {
    let prefixes =
        PerKind { connections: Prefix::Default, variables: Prefix::Default, config: Prefix::Default };
    let paths = PerKind { connections: Paths::Default, variables: Paths::Default, config: Paths::Default };
    let (sep, lookup) = (None, PerKind::default());
    vec![
        Scheme::AwsSecretsManager { prefixes: prefixes.clone(), sep: sep.clone(), lookup: lookup.clone() },
        Scheme::AwsSsm { prefixes: prefixes.clone(), lookup },
        Scheme::GcpSecretManager { prefixes: prefixes.clone(), sep: sep.clone() },
        Scheme::AzureKeyVault { prefixes, sep },
        Scheme::Vault {
            paths,
            mount_point: Prefix::Default,
            global_secrets_path: None,
            use_team_secrets_path: None,
        },
        Scheme::Environment,
        Scheme::Files { kinds: Kind::ALL.to_vec() },
    ]
}

pub(crate) fn name(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    let name = SecretName::new(text.as_ref());
    for scheme in schemes() {
        for team in [None, Some("a")] {
            let Ok(layout) = Layout::new(&scheme, AirflowVersion::V3_3, team) else { continue };
            let folded = layout.fold(&name);
            let ids = match layout.parse(&name) {
                Parsed::Exact(id) | Parsed::Guess(id) => vec![id],
                Parsed::Ambiguous(ids) => ids,
                Parsed::Foreign => vec![],
            };
            for id in ids {
                let names = layout.names_of(&id).unwrap_or_default();
                if !names.iter().any(|name| layout.fold(name) == folded) {
                    return Err(TestCaseError::fail(format!(
                        "{name} is read as {id}, whose names are {names:?}"
                    )));
                }
            }
            for kind in Kind::ALL {
                let id = EntryId::new(kind, text.as_ref()).with_team(team.map(Into::into));
                let _ = (layout.requests(&id, true), layout.warning(&id));
                if let Ok(name) = layout.name_of(&id)
                    && layout.parse(&name) == Parsed::Foreign
                {
                    return Err(TestCaseError::fail(format!(
                        "{id} has the name {name}, which is read as no entry"
                    )));
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn id(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    let parsed = EntryId::parse(&text);
    if let Some(id) = &parsed {
        prop_assert_eq!(EntryId::parse(&id.to_string()), Some(id.clone()));
    }
    if let Ok(pattern) = Pattern::new(&text) {
        prop_assert_eq!(pattern.text(), text.as_ref());
        for id in Kind::ALL.map(|kind| EntryId::new(kind, text.as_ref())).iter().chain(&parsed) {
            prop_assert_eq!(pattern.takes(id), pattern.caught(id).is_some());
        }
        let _ = Rename::new(&text, &[pattern]);
    }
    Ok(())
}
