//! Tests of roles, conditions and commands. `tests/policy.rs` holds the permissions against the calls.

use airbridge_core::{Policy, PolicyRequest, Right};

use super::policies;
use crate::place::Place;

fn place(location: Option<&str>) -> Place {
    Place::new("acme".to_owned(), location.map(str::to_owned), None).unwrap()
}

fn request(rights: &[Right], names: &[&str]) -> PolicyRequest {
    PolicyRequest {
        rights: rights.iter().copied().collect(),
        names: names.iter().map(|name| (*name).into()).collect(),
        prefixes: ["airflow-connections-".into(), "airflow-variables-".into()].into(),
    }
}

fn commands(policies: &[Policy]) -> &Policy {
    policies.iter().find(|policy| policy.language == "sh").unwrap()
}

/// The conditions in the commands, as Google gets them.
fn conditions(policies: &[Policy]) -> Vec<String> {
    let lines = commands(policies).text.lines().filter_map(|line| line.split_once("\"expression="));
    lines.map(|(_, rest)| rest.split_once(",title=").unwrap().0.replace("\\\"", "\"")).collect()
}

#[test]
fn reader_gets_two_roles_and_a_condition_for_the_names() {
    let made = policies(&request(&[Right::List, Right::Read], &["airflow-variables-a"]), &place(None));
    let titles: Vec<_> = made.iter().map(|policy| policy.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Custom role, as file airbridge_reader_project.yaml",
            "Custom role, as file airbridge_reader_secrets.yaml",
            "Commands that create and bind the roles",
        ]
    );
    assert_eq!(
        made[1].text,
        "title: \"airbridge reader (secrets of acme)\"\nstage: GA\nincludedPermissions:\n\
         - secretmanager.secrets.get\n- secretmanager.versions.access\n- secretmanager.versions.get\n"
    );
    let name = "projects/$PROJECT_NUMBER/secrets/airflow-variables-a";
    assert_eq!(
        conditions(&made),
        [format!("resource.name == \"{name}\" || resource.name.startsWith(\"{name}/versions/\")")]
    );
    let text = &made[2].text;
    assert!(text.contains("roles/airbridge_reader_project --condition=None\n"), "{text}");
}

#[test]
fn policy_of_airflow_is_one_permission_on_the_prefixes() {
    let made = policies(&request(&[Right::Read], &[]), &place(Some("europe-west1")));
    assert!(made[0].text.ends_with("includedPermissions:\n- secretmanager.versions.access\n"));
    let secrets = "projects/$PROJECT_NUMBER/locations/europe-west1/secrets/airflow";
    assert_eq!(
        conditions(&made),
        [format!(
            "resource.name.startsWith(\"{secrets}-connections-\") || resource.name.startsWith(\"{secrets}-variables-\")"
        )]
    );
    assert_eq!((made.len(), made[1].notes.len()), (2, 0));
}

#[test]
fn condition_has_at_most_twelve_operators_and_many_names_become_prefixes() {
    for (rights, count, bindings) in [
        (&[Right::Read][..], 13, 1),
        (&[Right::Read], 14, 2),
        (&[Right::Replace], 6, 1),
        (&[Right::Replace], 60, 10),
        (&[Right::Replace], 61, 1),
    ] {
        let names: Vec<_> = (0..count).map(|number| format!("airflow-variables-{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let made = policies(&request(rights, &names), &place(None));
        let conditions = conditions(&made);
        assert_eq!(conditions.len(), bindings, "{count}");
        assert!(conditions.iter().all(|condition| condition.matches("||").count() <= 12));
        let notes = &commands(&made).notes;
        if count > 60 {
            assert!(conditions[0].contains("startsWith") && notes[0].contains("allows more"), "{notes:?}");
        } else {
            assert!(names.iter().all(|name| conditions.concat().contains(&format!("/{name}/versions/\""))));
            assert!(notes.is_empty(), "{notes:?}");
        }
    }
}

#[test]
fn name_that_is_never_sent_is_left_out() {
    let made = policies(&request(&[Right::Read], &["a\" || true || \"", "b"]), &place(None));
    assert_eq!(
        conditions(&made),
        ["resource.name.startsWith(\"projects/$PROJECT_NUMBER/secrets/b/versions/\")"]
    );
    assert_eq!(policies(&request(&[Right::Restore], &["a"]), &place(None)), []);
}
