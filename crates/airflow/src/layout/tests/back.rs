use super::*;
use crate::Kind;

#[test]
fn name_is_exact_in_stores_that_preserve_ids() {
    for (name, text, expected) in [
        ("aws_secrets_manager", "airflow/connections/a/b--c", "conn:a/b--c"),
        ("aws_secrets_manager", "airflow/connections", "foreign"),
        ("aws_secrets_manager", "airflow/Connections/a", "foreign"),
        ("aws_ssm", "/airflow/variables//lead", "var:/lead"),
        ("aws_ssm", "airflow/variables/x", "foreign"),
        ("gcp_secret_manager", "airflow-config--x", "config:-x"),
        ("vault", "variables/a/b", "var:a/b"),
        ("vault", "variables/a//b", "foreign"),
        ("vault", "secret/variables/a", "foreign"),
        ("environment", "AIRFLOW_VAR_1", "var:1"),
    ] {
        assert_eq!(parse(&layout(&preset(name)), text), expected, "{name} {text}");
    }
    let files = layout(&Scheme::Files { kinds: vec![Kind::Connection] });
    assert_eq!(parse(&files, "connections/A b/c"), "conn:A b/c");
    assert_eq!(parse(&files, "variables/x"), "foreign");
}

#[test]
fn mount_in_the_name_is_part_of_the_id() {
    let layout = layout(&vault(&["c"], Prefix::Text(String::new())));
    assert_eq!(parse(&layout, "kv/c/a/b"), "conn:kv/a/b");
    assert_eq!(parse(&layout, "kv/variables/a"), "var:kv/a");
    for foreign in ["c/a", "kv/c", "kv/c/", "air/flow/c/a", "kv"] {
        assert_eq!(parse(&layout, foreign), "foreign", "{foreign}");
    }
}

#[test]
fn name_of_an_environment_variable_is_a_guess_in_lower_case() {
    let layout = layout(&Scheme::Environment);
    for (name, expected) in [
        ("AIRFLOW_CONN_SMTP_DEFAULT", "conn:smtp_default?"),
        ("AIRFLOW_CONN_MY-CONN", "conn:my-conn?"),
        ("AIRFLOW_CONN_STRASSE", "conn:strasse?"),
        ("AIRFLOW_CONN_ÜNÏ", "conn:ünï?"),
        // Lower case would lead to another name.
        ("AIRFLOW_CONN_ẞ", "conn:ẞ?"),
        // Airflow requests only upper-case names.
        ("AIRFLOW_CONN_smtp", "foreign"),
        ("AIRFLOW_CONN_STRAßE", "foreign"),
        ("AIRFLOW__CORE__FERNET_KEY", "foreign"),
    ] {
        assert_eq!(parse(&layout, name), expected, "{name}");
    }
}

#[test]
fn name_in_azure_is_a_guess_or_ambiguous() {
    let dashes = layout(&azure("-"));
    for (name, expected) in [
        ("airflow-connections-smtp-default", "conn:smtp_default or conn:smtp-default"),
        ("airflow-connections-smtp", "conn:smtp?"),
        ("Airflow-Connections-SMTP", "conn:SMTP?"),
        ("airflow-variables-7", "var:7"),
        ("airflow-variables-a--b", "var:a__b or var:a--b"),
        ("airflow-other-x", "foreign"),
    ] {
        assert_eq!(parse(&dashes, name), expected, "{name}");
    }
    assert_eq!(parse(&layout(&azure("x")), "airflow-connectionsxmyxid"), "conn:my_id or conn:myxid");
    // Underscores were removed, so they could have been anywhere.
    assert_eq!(
        layout(&azure("")).parse(&"airflow-connectionsmyid".into()),
        Parsed::Ambiguous(vec![id("conn:myid")])
    );
}

#[test]
fn nested_prefixes_make_names_ambiguous() {
    let nested = layout(&secrets_manager("airflow", "airflow/variables"));
    assert_eq!(parse(&nested, "airflow/variables/x"), "conn:variables/x or var:x");
    assert_eq!(parse(&nested, "airflow/x"), "conn:x");
    let empty = layout(&secrets_manager("", "/"));
    assert_eq!(parse(&empty, "x"), "conn:x or var:x");
    let paths = layout(&vault(&["a", "a/b"], Prefix::Default));
    assert_eq!(parse(&paths, "a/b/c"), "conn:b/c or conn:c");
}

#[test]
fn lookup_pattern_excludes_ids_that_airflow_never_requests() {
    let mut scheme = secrets_manager("airflow", "airflow/variables");
    if let Scheme::AwsSecretsManager { lookup, .. } = &mut scheme {
        lookup.connections = Some("[a-z_]+$".to_owned());
    }
    let layout = layout(&scheme);
    assert_eq!(parse(&layout, "airflow/variables/x"), "var:x");
    assert_eq!(parse(&layout, "airflow/x1"), "foreign");
}

#[test]
fn layout_of_a_team_parses_only_its_own_names() {
    for (name, own, expected, other) in [
        ("aws_secrets_manager", "airflow/connections/t--x", "conn:x", "airflow/connections/x"),
        ("aws_ssm", "/airflow/variables/t--x/y", "var:x/y", "/airflow/variables/u--x"),
        ("gcp_secret_manager", "airflow-connections-t--x", "conn:x", "airflow-config-t--x"),
        ("azure_key_vault", "airflow-connections-t--x", "conn:x?", "airflow-connections-t--x--y"),
        ("vault", "connections/t/x", "conn:x", "connections/x"),
        ("environment", "AIRFLOW_CONN__T___X", "conn:x?", "AIRFLOW_CONN_X"),
    ] {
        let layout = of_team(&preset(name), "t");
        assert_eq!(parse(&layout, own), expected, "{name}");
        assert_eq!(parse(&layout, other), "foreign", "{name}");
    }
    // Without a team, the name of a team's entry is parsed as an id.
    assert_eq!(parse(&layout(&preset("aws_ssm")), "/airflow/variables/t--x"), "var:t--x");
}

#[test]
fn known_ids_resolve_ambiguous_names() {
    let azure = layout(&azure("-"));
    let ids = ids(&["conn:a_b-c", "conn:X", "conn:d_e", "conn:d-e"]);
    let known = azure.known(&ids);
    let resolved = |name: &str| known.parse(&SecretName::new(format!("airflow-connections-{name}")));
    // This id is not among the candidates of `Layout::parse`.
    assert_eq!(resolved("a-b-c"), Parsed::Exact(id("conn:a_b-c")));
    assert_eq!(resolved("x"), Parsed::Exact(id("conn:X")));
    assert_eq!(resolved("y"), Parsed::Guess(id("conn:y")));
    assert_eq!(resolved("d-e"), Parsed::Ambiguous(vec![id("conn:d_e"), id("conn:d-e")]));
    assert_eq!(known.parse(&"other".into()), Parsed::Foreign);
}

#[test]
fn known_ids_get_the_team_of_the_layout() {
    let layout = of_team(&Scheme::Environment, "t");
    let ids = ids(&["conn:Smtp", "conn:Smtp"]);
    let expected = ids[0].clone().with_team(Some("t".into()));
    assert_eq!(layout.known(&ids).parse(&"AIRFLOW_CONN__T___SMTP".into()), Parsed::Exact(expected));
}
