use airbridge_airflow::{EntryId, Kind};

use super::rename::{Fill, Rename};
use super::rule::{Effect, Rule, Rules};
use crate::glob::Pattern;
use crate::inventory::Inventory;
use crate::select::Selection;

fn globs(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text).unwrap()).collect()
}

fn excluding(texts: &[&str], team: Option<&str>) -> Rule {
    Rule { matches: globs(texts), team: team.map(str::to_owned), effect: Effect::Exclude }
}

#[test]
fn rename_inserts_what_the_stars_matched() {
    let caught = ["a".to_owned(), "b".to_owned()];
    for (text, key) in [
        ("conn:dev_{1}", "dev_a"),
        ("{2}-{1}-{2}", "b-a-b"),
        ("fixed", "fixed"),
        ("{{1}}{1}", "{1}a"),
        ("http:x", "http:x"),
    ] {
        let rename = Rename::new(text, &globs(&["conn:*_*"])).unwrap();
        assert_eq!(rename.key(&caught), key, "{text}");
    }
}

#[test]
fn invalid_rename_is_rejected_with_the_reason() {
    for (text, glob, what) in [
        ("conn:{3}", "conn:*_*", "has {3}, and `conn:*_*` has only 2 stars"),
        ("conn:{1}", "conn:x", "no star"),
        ("var:{1}", "conn:*", "would turn a connection into a variable"),
        ("conn:{1}", "*", "match `conn:*`, or rename without `conn:`"),
        ("conn:{0}", "conn:*", "without the number of a star"),
        ("conn:{x}", "conn:*", "without the number of a star"),
        ("conn:a{", "conn:*", "without the number of a star"),
        ("conn:a}", "conn:*", "without the number of a star"),
        ("conn:", "conn:*", "is an empty id"),
        ("conn:{99999999999999999999999}", "conn:*", "without the number of a star"),
    ] {
        let error = Rename::new(text, &globs(&["conn:*_*_*", glob])).unwrap_err();
        assert!(error.contains(what), "{text}: {error}");
    }
}

#[test]
fn first_rule_that_matches_entry_and_team_applies() {
    let rules = Rules::new(vec![
        excluding(&["conn:a", "conn:b*"], None),
        excluding(&["conn:*"], Some("red")),
        excluding(&["c*"], None),
    ]);
    let taking = |text: &str, team: Option<&str>| {
        let id = EntryId::parse(text).unwrap().with_team(team.map(Into::into));
        rules.taking(&id).map(|(number, _)| number)
    };
    for (id, team, rule) in [
        ("conn:a", None, Some(1)),
        ("conn:a", Some("red"), Some(1)),
        ("conn:x", Some("red"), Some(2)),
        ("conn:x", Some("blue"), None),
        ("conn:c", None, Some(3)),
        ("var:c", None, Some(3)),
        ("var:x", None, None),
    ] {
        assert_eq!(taking(id, team), rule, "{id} of {team:?}");
    }
    let idle = rules.idle(&Inventory::default(), &Selection::everything());
    assert_eq!((idle[0].number, idle[0].globs.as_str(), idle[0].excludes), (1, "conn:a, conn:b*", true));
    assert_eq!(idle.len(), 3);
    assert_eq!(rules.named(None), [EntryId::new(Kind::Connection, "a")].into());
}

#[test]
fn value_template_fills_numbers_of_stars_and_leaves_other_braces() {
    let globs = [Pattern::new("conn:*_*").unwrap()];
    let caught = ["prod".to_owned(), "db".to_owned()];
    for (text, expected) in [
        ("{1}.{2}.test", Some("prod.db.test")),
        ("{{1}} {1}", Some("{1} prod")),
        ("{{1}}", Some("{1}")),
        ("{\"a\": {1}}", Some("{\"a\": prod}")),
        ("{\"a\": 1}", None),
        ("{{ ds }} {0} {} {", None),
        ("plain", None),
    ] {
        let fill = Fill::new(text, &globs).unwrap();
        assert_eq!(fill.map(|fill| fill.text(&caught)).as_deref(), expected, "{text}");
    }
    assert!(Fill::new("{3}", &globs).unwrap_err().contains("only 2 stars"));
}
