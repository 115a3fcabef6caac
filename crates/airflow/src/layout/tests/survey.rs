use super::*;
use crate::Kind;

fn prefixes(layout: &Layout) -> Vec<String> {
    layout.prefixes(&Kind::ALL).iter().map(ToString::to_string).collect()
}

#[test]
fn listed_prefix_ends_before_the_id() {
    let files = layout(&Scheme::Files { kinds: vec![Kind::Connection, Kind::Variable] });
    assert_eq!(prefixes(&files), ["connections/", "variables/"]);
    let config = layout(&preset("aws_ssm")).prefixes(&[Kind::Config]);
    assert_eq!(config, ["/airflow/config/".into()]);
    assert_eq!(prefixes(&of_team(&preset("environment"), "t")), ["AIRFLOW_CONN__T___", "AIRFLOW_VAR__T___"]);
    assert_eq!(prefixes(&layout(&preset("vault"))), ["config/", "connections/", "variables/"]);
}

#[test]
fn overlapping_prefixes_are_listed_once() {
    assert_eq!(prefixes(&layout(&secrets_manager("airflow", "airflow/variables"))), ["airflow/"]);
    assert_eq!(prefixes(&layout(&secrets_manager("", "v"))), [""]);
    assert_eq!(prefixes(&layout(&secrets_manager("same", "same"))), ["same/"]);
    let paths = vault(&["a", "a/b", "ab"], Prefix::Default);
    assert_eq!(prefixes(&layout(&paths)), ["a/", "ab/", "config/", "variables/"]);
    // The name can start with any mount.
    assert_eq!(prefixes(&layout(&vault(&["a"], Prefix::Off))), [""]);
    assert!(layout(&secrets_manager("a", "b")).prefixes(&[Kind::Config]).is_empty());
}

#[test]
fn layout_is_displayed_with_its_roots() {
    assert_eq!(layout(&secrets_manager("", "v")).to_string(), "connections *, variables v/*");
    let layout = of_team(&vault(&["a", "b"], Prefix::Off), "t");
    assert_eq!(layout.to_string(), "connections MOUNT/a/t/* or MOUNT/b/t/*, variables MOUNT/variables/t/*");
}
