use proptest::prelude::*;

use super::*;
use crate::Kind;
use crate::layout::style::KeyStyle;

fn schemes() -> impl Strategy<Value = Scheme> {
    let text = || {
        prop::sample::select(vec![
            "",
            "/",
            "-",
            "airflow",
            "airflow/variables",
            "a_b-",
            "a//b/",
            "connections",
        ])
    };
    let prefix = || {
        prop_oneof![
            Just(Prefix::Default),
            Just(Prefix::Off),
            text().prop_map(|text| Prefix::Text(text.to_owned()))
        ]
    };
    let prefixes = || {
        (prefix(), prefix(), prefix()).prop_map(|(connections, variables, config)| PerKind {
            connections,
            variables,
            config,
        })
    };
    let sep =
        || prop::option::of(prop::sample::select(vec!["", "/", "-", "--", "_", "x"]).prop_map(str::to_owned));
    let paths = || {
        prop_oneof![
            Just(Paths::Default),
            text().prop_map(|text| Paths::Text(text.to_owned())),
            prop::collection::vec(text().prop_map(str::to_owned), 0..3).prop_map(Paths::List),
        ]
    };
    let lookup = || PerKind { connections: Some("[a-s]|-".to_owned()), ..PerKind::default() };
    prop_oneof![
        (prefixes(), sep(), any::<bool>()).prop_map(move |(prefixes, sep, limited)| {
            Scheme::AwsSecretsManager {
                prefixes,
                sep,
                lookup: if limited { lookup() } else { PerKind::default() },
            }
        }),
        prefixes().prop_map(|prefixes| Scheme::AwsSsm { prefixes, lookup: PerKind::default() }),
        (prefixes(), sep()).prop_map(|(prefixes, sep)| Scheme::GcpSecretManager { prefixes, sep }),
        (prefixes(), sep()).prop_map(|(prefixes, sep)| Scheme::AzureKeyVault { prefixes, sep }),
        (paths(), paths(), prefix(), prop::option::of(text())).prop_map(
            |(connections, variables, mount_point, global)| {
                Scheme::Vault {
                    paths: PerKind { connections, variables, config: Paths::Default },
                    mount_point,
                    global_secrets_path: global.map(str::to_owned),
                    use_team_secrets_path: None,
                }
            }
        ),
        Just(Scheme::Environment),
        Just(Scheme::Files { kinds: Kind::ALL.to_vec() }),
    ]
}

fn layouts() -> impl Strategy<Value = Layout> {
    let version = prop::sample::select(vec![AirflowVersion::V2_11, AirflowVersion::V3_3]);
    let team = prop::option::of(prop::sample::select(vec!["t", "team_a", "a-b", "ß"]));
    (schemes(), version, team).prop_filter_map("Airflow would not start", |(scheme, version, team)| {
        Layout::new(&scheme, version, team).ok()
    })
}

fn entries() -> impl Strategy<Value = EntryId> {
    let key = prop_oneof!["[a-c_/-]{0,6}", "[a-zA-Z0-9_./-]{1,12}", any::<String>()];
    (prop::sample::select(Kind::ALL.to_vec()), key).prop_map(|(kind, key)| EntryId::new(kind, key))
}

/// Whether different ids can have the same name, so that the candidates may be incomplete.
fn loses_spelling(layout: &Layout) -> bool {
    matches!(layout.style, KeyStyle::Upper | KeyStyle::Dashed { .. })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// An exact result is the entry itself. Any other result consists of entries that have this name.
    #[test]
    fn name_of_an_entry_parses_back_to_it(layout in layouts(), id in entries()) {
        let id = id.with_team(layout.team().map(Into::into));
        for name in layout.names_of(&id).into_iter().flatten() {
            let shares_name = |other: &EntryId| {
                layout.names_of(other).unwrap().iter().any(|its| layout.fold(its) == layout.fold(&name))
            };
            match layout.parse(&name) {
                Parsed::Exact(back) => prop_assert_eq!(&back, &id),
                Parsed::Guess(back) => prop_assert!(shares_name(&back) && back.kind == id.kind),
                Parsed::Ambiguous(backs) if loses_spelling(&layout) => prop_assert!(backs.iter().all(shares_name)),
                Parsed::Ambiguous(backs) => prop_assert!(backs.contains(&id) && backs.iter().all(shares_name)),
                Parsed::Foreign => prop_assert!(false, "{} is not recognised", name),
            }
            prop_assert_eq!(layout.known([&id]).parse(&name), Parsed::Exact(id.clone()));
        }
    }

    /// Exactly one prefix finds each name.
    #[test]
    fn name_is_listed_exactly_once(layout in layouts(), id in entries()) {
        let prefixes = layout.prefixes(&Kind::ALL);
        for name in layout.names_of(&id).into_iter().flatten() {
            let lists = prefixes.iter().filter(|prefix| name.as_str().starts_with(prefix.as_str())).count();
            prop_assert_eq!(lists, 1);
        }
    }

    /// The entry of any listed name has this name.
    #[test]
    fn entry_of_any_name_has_that_name(layout in layouts(), name in "(/?airflow[-/]?|AIRFLOW_CONN_|connections/)?[a-zA-Z_/-]{0,8}") {
        let name = SecretName::new(name);
        if let Parsed::Exact(id) | Parsed::Guess(id) = layout.parse(&name) {
            let names = layout.names_of(&id).unwrap();
            prop_assert!(names.iter().any(|its| layout.fold(its) == layout.fold(&name)));
        }
    }
}
