use super::*;
use crate::Kind;

#[test]
fn kind_that_is_off_or_not_supported_has_no_name() {
    let layout = layout(&secrets_manager("c", "v"));
    assert!(layout.holds(Kind::Connection) && layout.holds(Kind::Variable) && !layout.holds(Kind::Config));
    let error = layout.name_of(&id("config:x")).unwrap_err();
    assert_eq!(error.reason, "kind-not-held");
    assert!(error.message.starts_with("`config_prefix` is null"), "{error}");
    assert_eq!(name_of(&super::layout(&Scheme::Environment), "config:x"), Err("kind-not-held"));
    let variables = super::layout(&Scheme::Files { kinds: vec![Kind::Variable] });
    assert_eq!(name_of(&variables, "conn:x"), Err("kind-not-held"));
    assert_eq!(name_of(&variables, "var:a/b--c d").as_deref(), Ok("variables/a/b--c d"));
}

#[test]
fn id_that_airflow_cannot_find_has_no_name() {
    let path = layout(&preset("vault"));
    for bad in ["conn:a//b", "conn:/a", "conn:a/", "conn:a/../b", "var:.", "config:x/./y"] {
        assert_eq!(name_of(&path, bad), Err("id-not-reachable"), "{bad}");
    }
    assert_eq!(name_of(&path, "conn:a..b/.c").as_deref(), Ok("connections/a..b/.c"));

    let mounted = layout(&vault(&["c"], Prefix::Off));
    assert_eq!(name_of(&mounted, "conn:kv/a/b").as_deref(), Ok("kv/c/a/b"));
    for bad in ["conn:a", "conn:/a", "conn:a/", "conn:a//b", "conn:../a"] {
        assert_eq!(name_of(&mounted, bad), Err("id-not-reachable"), "{bad}");
    }

    let azure = layout(&azure("-"));
    for bad in ["conn:a.b", "conn:ü", "conn:a b", "conn:a/b", &format!("conn:{}", "a".repeat(108))] {
        assert_eq!(name_of(&azure, bad), Err("id-not-reachable"), "{bad}");
    }
    assert!(name_of(&azure, &format!("conn:{}", "a".repeat(107))).is_ok());
}

#[test]
fn empty_name_is_rejected() {
    let layout = layout(&secrets_manager("", "v"));
    assert_eq!(layout.name_of(&EntryId::new(Kind::Connection, "")).unwrap_err().reason, "id-not-reachable");
    assert_eq!(layout.name_of(&EntryId::new(Kind::Variable, "")).unwrap().as_str(), "v/");
}

#[test]
fn team_has_its_own_names_and_no_config_options() {
    let expected = [
        ("aws_secrets_manager", "airflow/connections/team_a--x"),
        ("aws_ssm", "/airflow/connections/team_a--x"),
        ("gcp_secret_manager", "airflow-connections-team_a--x"),
        ("azure_key_vault", "airflow-connections-team-a--x"),
        ("vault", "connections/team_a/x"),
        ("environment", "AIRFLOW_CONN__TEAM_A___X"),
    ];
    for (name, expected) in expected {
        let layout = of_team(&preset(name), "team_a");
        assert_eq!(name_of(&layout, "conn:x").as_deref(), Ok(expected));
        assert_eq!(name_of(&layout, "config:x"), Err("kind-not-held"), "{name}");
        assert_eq!(layout.warning(&id("conn:a--b")), None);
    }
    let files = of_team(&Scheme::Files { kinds: Kind::ALL.to_vec() }, "team_a");
    assert_eq!(name_of(&files, "conn:a--b").as_deref(), Ok("connections/a--b"));
    assert_eq!(name_of(&files, "config:x"), Err("kind-not-held"));
}

#[test]
fn team_of_an_entry_is_replaced_by_the_layouts() {
    let entry = id("conn:x").with_team(Some("other".into()));
    let name = of_team(&preset("vault"), "team_a").name_of(&entry).unwrap();
    assert_eq!(name.as_str(), "connections/team_a/x");
    assert_eq!(layout(&preset("vault")).name_of(&entry).unwrap().as_str(), "connections/x");
}

#[test]
fn id_that_multi_team_mode_rejects_has_no_name_for_a_team() {
    for (name, bad) in [
        ("aws_secrets_manager", "conn:a--b"),
        ("aws_ssm", "var:a--b"),
        ("gcp_secret_manager", "var:a--b"),
        ("azure_key_vault", "conn:a_-b"),
        ("environment", "conn:a___b"),
    ] {
        assert_eq!(name_of(&of_team(&preset(name), "t"), bad), Err("id-not-reachable"), "{name}");
    }
    // A team may have folders below its own path.
    assert_eq!(name_of(&of_team(&preset("vault"), "t"), "conn:a/b").as_deref(), Ok("connections/t/a/b"));
}

#[test]
fn id_that_multi_team_mode_rejects_has_a_warning_without_a_team() {
    for (name, odd, fine) in [
        ("aws_secrets_manager", "config:a--b", "conn:a/b"),
        ("aws_ssm", "conn:a--b", "conn:a___b"),
        ("gcp_secret_manager", "conn:a--b", "config:a--b"),
        ("azure_key_vault", "var:a__b", "var:a_b"),
        ("vault", "conn:a/b", "config:a/b"),
        ("environment", "conn:_t___b", "conn:a--b"),
    ] {
        let layout = layout(&preset(name));
        assert!(layout.name_of(&id(odd)).is_ok(), "{name}");
        assert!(layout.warning(&id(odd)).unwrap().contains(odd), "{name}");
        assert_eq!(layout.warning(&id(fine)), None, "{name}");
        let old = Layout::new(&preset(name), AirflowVersion::V2_11, None).unwrap();
        assert_eq!(old.warning(&id(odd)), None, "{name}");
    }
}

#[test]
fn layout_without_names_for_teams_rejects_entries_of_a_team() {
    assert_eq!(name_of(&of_team(&secrets_manager("", "v"), "t"), "conn:x"), Err("kind-not-held"));
    let shared = Scheme::Vault {
        paths: PerKind::default(),
        mount_point: Prefix::Default,
        global_secrets_path: None,
        use_team_secrets_path: Some(false),
    };
    assert_eq!(name_of(&of_team(&shared, "t"), "conn:x"), Err("kind-not-held"));
}

#[test]
fn several_paths_give_names_in_order() {
    let layout = of_team(&vault(&["a/", "b", "a"], Prefix::Default), "t");
    let names = layout.names_of(&id("conn:x")).unwrap();
    assert_eq!(names, ["a/t/x".into(), "b/t/x".into()]);
    assert_eq!(name_of(&layout, "conn:x").as_deref(), Ok("a/t/x"));
}

#[test]
fn kwarg_with_which_airflow_does_not_start_is_an_error_with_the_key() {
    let rejected =
        |scheme: &Scheme, version, team: Option<&str>| Layout::new(scheme, version, team).unwrap_err().key;
    let google = |sep: &str, prefix: &str| Scheme::GcpSecretManager {
        prefixes: PerKind { connections: Prefix::Text(prefix.to_owned()), ..PerKind::default() },
        sep: Some(sep.to_owned()),
    };
    assert_eq!(rejected(&google(".", "c"), AirflowVersion::V3_3, None), "sep");
    assert_eq!(rejected(&google("-", "a/b"), AirflowVersion::V3_3, None), "connections_prefix");
    let list = vault(&["a"], Prefix::Default);
    assert_eq!(rejected(&list, AirflowVersion::V2_11, None), "connections_path");
    let slash = vault(&["a"], Prefix::Text("/".to_owned()));
    assert_eq!(rejected(&slash, AirflowVersion::V3_3, None), "mount_point");
    assert_eq!(rejected(&Scheme::Environment, AirflowVersion::V2_11, Some("t")), "team");
    assert_eq!(rejected(&Scheme::Environment, AirflowVersion::V3_3, Some("")), "team");
    assert_eq!(rejected(&Scheme::Environment, AirflowVersion::V3_3, Some(&"t".repeat(51))), "team");
    for key in ["global_secrets_path", "use_team_secrets_path"] {
        let scheme = Scheme::Vault {
            paths: PerKind::default(),
            mount_point: Prefix::Default,
            global_secrets_path: (key == "global_secrets_path").then(|| "g".to_owned()),
            use_team_secrets_path: (key == "use_team_secrets_path").then_some(true),
        };
        assert_eq!(rejected(&scheme, AirflowVersion::V2_11, None), key);
    }
}
