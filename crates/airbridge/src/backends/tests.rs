use std::collections::BTreeSet;

use super::{BACKENDS, Backend, COMMON_KEYS};
use crate::config::Config;
use crate::endpoint::environment::ProcessEnvironment;
use crate::endpoint::{Context, Role, asked_by};

fn context() -> Context {
    Context {
        config: Config::default(),
        env: ProcessEnvironment::default(),
        team: None,
        pace: crate::endpoint::AskedPace::default(),
    }
}

/// The keys that making an endpoint really asks for.
fn asked(backend: &'static Backend) -> BTreeSet<&'static str> {
    let place = match backend.scheme {
        "-" => "-?format=dotenv".to_owned(),
        scheme => format!("{scheme}:{}", if backend.place_key.is_some() { "acme" } else { "" }),
    };
    asked_by(&context(), &place, Role::Source).unwrap()
}

#[test]
fn every_key_that_is_asked_for_is_in_the_table_and_none_else() {
    for backend in BACKENDS {
        let table: BTreeSet<&str> = backend.keys.iter().chain(COMMON_KEYS).map(|(key, _)| *key).collect();
        assert_eq!(asked(backend), table, "{}", backend.scheme);
    }
}

#[test]
fn the_page_for_users_has_every_scheme_and_key() {
    let page = include_str!("../../../../docs/endpoints.md");
    for backend in BACKENDS {
        let row = format!("| `{}` | {} |", backend.spelling, backend.what);
        assert!(page.contains(&row), "docs/endpoints.md lacks\n{row}");
    }
    for (key, what) in BACKENDS.iter().flat_map(|backend| backend.keys).chain(COMMON_KEYS) {
        let row = format!("| `{key}` | {what} |");
        assert!(page.contains(&row), "docs/endpoints.md lacks\n{row}");
    }
}
