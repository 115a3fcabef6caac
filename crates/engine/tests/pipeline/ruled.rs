//! Rules, applied between listing and plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use airbridge_airflow::{Edits, EntryId, Kind, Part};
use airbridge_conformance::{Fault, Faulty};
use airbridge_core::{Error, ErrorKind, Json, Operation, Payload, SecretStore};
use airbridge_engine::{
    Decision, Difference, Effect, Endpoint, Evidence, Extent, Interrupt, Keep, Pattern, Plan, Policy, Quiet,
    ReadBack, Rename, Rule, Rules, SamePlace, Selection, Side, Target, apply, diff, list, plan,
    read_existing, resolve_names, ruled_snapshot, verify,
};

use super::{POSTGRES, aws, decisions, memory, outcomes, overwrite, put, read_side, vault};

fn rule(globs: &[&str], rename: Option<&str>, set: &[(&str, &str)], unset: &[&str]) -> Rule {
    let matches: Vec<_> = globs.iter().map(|glob| Pattern::new(glob).unwrap()).collect();
    let rename = rename.map(|text| Rename::new(text, &matches).unwrap());
    let part = |name: &str| Part::named(name).unwrap();
    let edits = Edits {
        set: set.iter().map(|(name, value)| (part(name), Json::string(*value))).collect(),
        unset: unset.iter().map(|name| part(name)).collect(),
    };
    Rule { matches, team: None, effect: Effect::Change { rename, edits, fills: BTreeMap::new() } }
}

fn without(globs: &[&str]) -> Rule {
    Rule { effect: Effect::Exclude, ..rule(globs, None, &[], &[]) }
}

async fn planned(
    source: &Endpoint,
    target: &Endpoint,
    rules: Vec<Rule>,
    policy: &Policy,
) -> Result<Plan, SamePlace> {
    let (source, target) = (&read_side(source), &read_side(target));
    let (selection, rules) = (Selection::everything(), Rules::new(rules));
    let listing = list(source, Side::Source, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
    let evidence = Evidence { named: rules.named(None), ..Evidence::default() };
    let inventory = resolve_names(source, &listing, &Kind::ALL, &evidence);
    let wanted = ruled_snapshot(&rules, source, Side::Source, inventory, &selection, Keep::Payloads, &Quiet)
        .await
        .unwrap();
    let there = list(target, Side::Target, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
    let ids: Vec<&EntryId> = wanted.items.iter().map(|item| &item.id).collect();
    let existing = read_existing(target, there, ids.into_iter(), Keep::Readings, &Quiet).await.unwrap();
    plan(source, target, wanted, &existing, policy)
}

fn step(
    id: &str,
    decision: &'static str,
    reason: Option<&'static str>,
) -> (String, &'static str, Option<&'static str>) {
    (id.to_owned(), decision, reason)
}

fn names(parts: &BTreeSet<Part>) -> Vec<String> {
    parts.iter().map(Part::to_string).collect()
}

#[tokio::test]
async fn ruled_entries_are_verified_and_second_copy_plans_nothing() {
    let (old, new) = (memory("old"), memory("new"));
    let extra = r#"{"conn_type": "aws", "extra": "{\"region\":\"a\",\"role\":\"r\"}"}"#;
    put(&old, "airflow/connections/prod_db", Payload::text(POSTGRES)).await;
    put(&old, "airflow/connections/prod_aws", Payload::text(extra)).await;
    put(&old, "airflow/connections/other", Payload::text(POSTGRES)).await;
    put(&old, "airflow/variables/env", Payload::text("prod")).await;
    put(&old, "airflow/variables/tmp_x", Payload::text("x")).await;
    let rules = || {
        vec![
            without(&["var:tmp_*"]),
            rule(&["conn:*_aws"], Some("aws_{1}"), &[("extra.region", "b")], &["extra.role", "host"]),
            rule(&["conn:prod_*"], Some("conn:dev_{1}"), &[("host", "dev"), ("password", "p")], &[]),
            rule(&["var:env"], None, &[("value", "dev")], &[]),
        ]
    };
    let plan = planned(&aws(&old), &vault(&new), rules(), &Policy::default()).await.unwrap();
    assert_eq!(
        decisions(&plan),
        [
            step("conn:aws_prod", "create", None),
            step("conn:dev_db", "create", None),
            step("conn:other", "create", None),
            step("var:env", "create", None),
            step("var:tmp_x", "skip", Some("excluded")),
        ]
    );
    let done: Vec<_> = plan.steps.iter().map(|step| step.ruled.clone()).collect();
    let rule_of = |index: usize| done[index].as_ref().map(|ruled| ruled.rule);
    assert_eq!([0, 1, 2, 3, 4].map(rule_of), [Some(2), Some(3), None, Some(4), Some(1)]);
    let first = done[0].as_ref().unwrap();
    assert_eq!(first.renamed_from.as_ref().unwrap().to_string(), "conn:prod_aws");
    assert_eq!(
        (names(&first.set), names(&first.unset)),
        (vec!["extra.region".into()], vec!["extra.role".into()])
    );
    assert_eq!(plan.steps[1].source_id().to_string(), "conn:prod_db");
    let verbatim: Vec<_> =
        plan.steps.iter().filter_map(|step| Some(step.decision.write()?.verbatim)).collect();
    assert_eq!(verbatim, [false; 4], "AWS strings become Vault fields");

    let target = Target::new(vault(&new));
    let mut finished = apply(plan, &target, ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    verify(&mut finished, &target, &Interrupt::default(), &Quiet).await.unwrap();
    assert_eq!(outcomes(&finished)[..4], ["verified"; 4]);
    let second = planned(&aws(&old), &vault(&new), rules(), &Policy::default()).await.unwrap();
    assert_eq!((second.changes(), second.summary().keep), (false, 4));
}

#[tokio::test]
async fn masked_field_that_a_rule_replaces_is_copied_and_any_other_mask_is_refused() {
    let (old, new) = (memory("old"), memory("new"));
    let masked = r#"{"conn_type": "http", "host": "h", "login": "u", "password": "***"}"#;
    for id in ["other", "set", "unset"] {
        put(&old, &format!("airflow/connections/{id}"), Payload::text(masked)).await;
    }
    put(&old, "airflow/connections/whole", Payload::text("***")).await;
    put(&new, "airflow/connections/other", Payload::text(masked)).await;
    let rules = || {
        vec![
            rule(&["conn:set", "conn:whole"], None, &[("password", "p")], &[]),
            rule(&["conn:unset"], None, &[], &["password"]),
            rule(&["conn:other"], None, &[("host", "g")], &[]),
        ]
    };
    let plan = planned(&aws(&old), &aws(&new), rules(), &Policy::default()).await.unwrap();
    assert_eq!(
        decisions(&plan),
        [
            step("conn:other", "refuse", Some("masked")),
            step("conn:set", "create", None),
            step("conn:unset", "create", None),
            step("conn:whole", "refuse", Some("masked")),
        ]
    );
    let masks = vec![rule(&["conn:set"], None, &[("password", "****")], &[])];
    let plan = planned(&aws(&old), &aws(&new), masks, &Policy::default()).await.unwrap();
    assert!(decisions(&plan).iter().all(|step| step.2 == Some("masked")));
}

#[tokio::test]
async fn payload_that_no_rule_changes_is_copied_verbatim() {
    let (old, new) = (memory("old"), memory("new"));
    let uri = "postgres://Db.example.test:5432/?a=1";
    for id in ["changed", "equal", "renamed"] {
        put(&old, &format!("airflow/connections/{id}"), Payload::text(uri)).await;
    }
    let rules = vec![
        rule(&["conn:changed"], None, &[("extra.a", "2")], &[]),
        rule(
            &["conn:equal"],
            None,
            &[("extra.a", "1"), ("host", "db.example.test")],
            &["extra.b", "password"],
        ),
        rule(&["conn:renamed"], Some("new"), &[], &[]),
    ];
    let plan = planned(&aws(&old), &aws(&new), rules, &Policy::default()).await.unwrap();
    let verbatim: Vec<_> = plan.steps.iter().map(|step| step.decision.write().unwrap().verbatim).collect();
    assert_eq!(verbatim, [false, true, true], "{:?}", decisions(&plan));
    let equal = plan.steps[1].ruled.as_ref().unwrap();
    assert!(equal.set.is_empty() && equal.unset.is_empty());
}

#[tokio::test]
async fn rename_onto_one_id_refuses_every_entry_of_it() {
    let (old, new) = (memory("old"), memory("new"));
    for id in ["prod_a", "prod_b", "dev_c", "prod_c", "free"] {
        put(&old, &format!("airflow/connections/{id}"), Payload::text(POSTGRES)).await;
    }
    put(&old, "airflow/connections/gone", Payload::text("")).await;
    let rules = || {
        vec![
            rule(&["conn:prod_c"], Some("conn:dev_c"), &[], &[]),
            rule(&["conn:prod_*"], Some("conn:one"), &[], &[]),
            // An entry that Airflow reads as missing does not collide.
            rule(&["conn:gone"], Some("conn:free"), &[], &[]),
        ]
    };
    let plan = planned(&aws(&old), &vault(&new), rules(), &Policy::default()).await.unwrap();
    assert_eq!(
        decisions(&plan),
        [
            step("conn:dev_c", "refuse", Some("collision")),
            step("conn:dev_c", "refuse", Some("collision")),
            step("conn:free", "create", None),
            step("conn:free", "skip", Some("missing")),
            step("conn:one", "refuse", Some("collision")),
            step("conn:one", "refuse", Some("collision")),
        ]
    );
    assert!(
        plan.steps[4].message.contains("conn:prod_b would get the same name, connections/one"),
        "{}",
        plan.steps[4].message
    );
}

#[tokio::test]
async fn rule_that_cannot_be_applied_refuses_the_entry() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/connections/list", Payload::text(r#"{"conn_type": "t", "extra": "[1]"}"#)).await;
    put(&old, "airflow/variables/v", Payload::text("x")).await;
    put(&old, "airflow/variables/w_", Payload::text("x")).await;
    let rules =
        vec![rule(&["var:w_*"], Some("{1}"), &[], &[]), rule(&["*"], None, &[("extra.a", "canary")], &[])];
    let plan = planned(&aws(&old), &vault(&new), rules, &Policy::default()).await.unwrap();
    let expected = ["conn:list", "var:v", "var:w_"].map(|id| step(id, "refuse", Some("rule-unfit")));
    assert_eq!(decisions(&plan), expected);
    for (step, said) in plan.steps.iter().zip([
        "rule 2 cannot change it: field `extra`: expected a JSON object with keys, found a list",
        "rule 2 sets extra.a, which a variable does not have",
        "rule 1 would leave it without an id",
    ]) {
        assert_eq!(step.message, said);
    }
    assert!(!format!("{plan:?}").contains("canary"));
}

#[tokio::test]
async fn set_value_needs_no_permission_and_excluded_entry_is_not_read() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/variables/denied", Payload::text("x")).await;
    put(&old, "airflow/variables/other", Payload::text("x")).await;
    put(&old, "airflow/connections/denied", Payload::text(POSTGRES)).await;
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let denied = Error::new(ErrorKind::PermissionDenied, Operation::Read, "no");
    let log = Arc::clone(&asked);
    let cue = move |call: &airbridge_conformance::Call| match call.operation {
        Operation::Read => {
            log.lock().unwrap().extend(call.names.iter().map(ToString::to_string));
            Fault::Items(vec![(0, Fault::Before(denied.clone()))])
        }
        _ => Fault::Nothing,
    };
    let old: Arc<dyn SecretStore> = Arc::new(Faulty::new(old, cue).describe(|it| it.limits.read_batch = 1));
    let rules = vec![
        rule(&["var:denied"], Some("var:told"), &[("value", "x")], &[]),
        rule(&["conn:denied"], None, &[("host", "x"), ("password", "x")], &[]),
        without(&["var:other"]),
    ];
    let plan = planned(&aws(&old), &vault(&new), rules, &Policy::default()).await.unwrap();
    assert_eq!(
        decisions(&plan),
        [
            step("conn:denied", "refuse", Some("unreadable")),
            step("var:other", "skip", Some("excluded")),
            step("var:told", "create", None),
        ]
    );
    assert!(!plan.steps[2].decision.write().unwrap().verbatim);
    assert!(!asked.lock().unwrap().iter().any(|name| name.contains("other")), "{asked:?}");
}

#[tokio::test]
async fn rename_within_one_place_never_overwrites_entries_of_the_source() {
    let (store, again) = (memory("here"), memory("again"));
    for (id, host) in [("prod_a", "a"), ("prod_b", "b"), ("dev_b", "c"), ("other", "d")] {
        let text = format!(r#"{{"conn_type": "t", "host": "{host}"}}"#);
        put(&store, &format!("airflow/connections/{id}"), Payload::text(text)).await;
    }
    let rules = || {
        vec![
            // Excluded, so that nothing collides in the plan. It still belongs to the source.
            without(&["conn:dev_b"]),
            rule(&["conn:prod_*"], Some("conn:dev_{1}"), &[], &[]),
        ]
    };
    let here = aws(&store);
    let first = planned(&here, &here, rules(), &overwrite()).await.unwrap();
    assert_eq!(
        decisions(&first),
        [
            step("conn:dev_a", "create", None),
            step("conn:dev_b", "skip", Some("excluded")),
            step("conn:dev_b", "refuse", Some("source-entry")),
            step("conn:other", "keep", None),
        ]
    );
    // Equal entries are kept, so that the same copy can be repeated.
    for id in ["dev_a", "dev_b"] {
        let text = format!(r#"{{"conn_type": "t", "host": "{}"}}"#, &id[4..]);
        put(&again, &format!("airflow/connections/{id}"), Payload::text(text)).await;
    }
    for id in ["prod_a", "prod_b"] {
        let text = format!(r#"{{"conn_type": "t", "host": "{}"}}"#, &id[5..]);
        put(&again, &format!("airflow/connections/{id}"), Payload::text(text)).await;
    }
    let renames = vec![rule(&["conn:prod_*"], Some("conn:dev_{1}"), &[], &[])];
    let second = planned(&aws(&again), &aws(&again), renames, &Policy::default()).await.unwrap();
    assert_eq!((second.changes(), second.summary().keep), (false, 4), "{:?}", decisions(&second));
    // Swapped ids and changes in place would overwrite entries of the source.
    let swap = || {
        vec![
            rule(&["conn:prod_a"], Some("prod_b"), &[], &[]),
            rule(&["conn:prod_b"], Some("prod_a"), &[], &[]),
            rule(&["conn:other"], None, &[("host", "x")], &[]),
        ]
    };
    let swapped = planned(&here, &here, swap(), &overwrite()).await.unwrap();
    let refused: Vec<_> = swapped.steps.iter().map(|step| step.decision.reason()).collect();
    assert_eq!(refused, [None, Some("source-entry"), Some("source-entry"), Some("source-entry")]);
    // Rules without renames copy the place onto itself.
    let in_place = vec![rule(&["conn:*"], None, &[("host", "x")], &[])];
    assert_eq!(planned(&here, &here, in_place, &overwrite()).await.unwrap_err(), SamePlace("here".into()));
}

#[tokio::test]
async fn description_set_by_a_rule_is_written_and_compared() {
    let (old, new) = (memory("old"), memory("new"));
    put(&old, "airflow/connections/c", Payload::text("t://h")).await;
    let described = |text| vec![rule(&["conn:c"], None, &[("description", text)], &[])];
    let plan = planned(&aws(&old), &vault(&new), described("d"), &Policy::default()).await.unwrap();
    let target = Target::new(vault(&new));
    let mut finished = apply(plan, &target, ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    verify(&mut finished, &target, &Interrupt::default(), &Quiet).await.unwrap();
    assert_eq!(outcomes(&finished), ["verified"]);
    for (text, expected) in [("d", "keep"), ("e", "replace")] {
        let plan = planned(&aws(&old), &vault(&new), described(text), &overwrite()).await.unwrap();
        assert_eq!(plan.steps[0].decision.word(), expected);
    }
    // On AWS Airflow reads no description, so it is a loss.
    let plan = planned(&aws(&old), &aws(&memory("third")), described("d"), &Policy::default()).await.unwrap();
    assert!(matches!(plan.steps[0].decision, Decision::Refuse("loss")), "{:?}", decisions(&plan));
}

#[tokio::test]
async fn diff_applies_rules_to_the_first_side() {
    let (a, b) = (memory("a"), memory("b"));
    for (store, name, text) in [
        (&a, "connections/prod_a", POSTGRES),
        (&b, "connections/dev_a", POSTGRES),
        (&a, "connections/prod_b", POSTGRES),
        (&b, "connections/dev_b", "postgres://other"),
        (&a, "variables/tmp", "x"),
        (&b, "variables/tmp", "x"),
        (&a, "variables/one", "x"),
        (&a, "variables/two", "x"),
    ] {
        put(store, &format!("airflow/{name}"), Payload::text(text)).await;
    }
    let rules = [
        Rules::new(vec![
            rule(&["conn:prod_*"], Some("conn:dev_{1}"), &[], &[]),
            rule(&["var:one"], Some("var:two"), &[], &[]),
            without(&["var:tmp"]),
        ]),
        Rules::default(),
    ];
    let mut seen = Vec::new();
    for (store, rules) in [&a, &b].into_iter().zip(&rules) {
        let (side, all) = (read_side(&aws(store)), Selection::everything());
        let listing = list(&side, Side::Source, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
        let inventory = resolve_names(&side, &listing, &Kind::ALL, &Evidence::default());
        seen.push(
            ruled_snapshot(rules, &side, Side::Source, inventory, &all, Keep::Readings, &Quiet)
                .await
                .unwrap(),
        );
    }
    let found: Vec<_> =
        diff(&seen[0], &seen[1]).into_iter().map(|entry| (entry.id.to_string(), entry.difference)).collect();
    let expected = [
        ("conn:dev_b".to_owned(), Difference::Differs),
        ("var:tmp".to_owned(), Difference::OnlyInB),
        ("var:two".to_owned(), Difference::Unreadable),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn renamed_entry_gets_name_and_label_of_its_new_id() {
    let (old, inner) = (memory("old"), memory("new"));
    put(&old, "airflow/connections/a", Payload::text(POSTGRES)).await;
    let written = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&written);
    let cue = move |call: &airbridge_conformance::Call| {
        let labels = call
            .changes
            .iter()
            .map(|change| (change.name.to_string(), change.label.as_deref().map(str::to_owned)));
        log.lock().unwrap().extend(labels);
        Fault::Nothing
    };
    let new: Arc<dyn SecretStore> = Arc::new(Faulty::new(inner, cue));
    let rules = vec![rule(&["conn:a"], Some("conn:b"), &[], &[])];
    let plan = planned(&aws(&old), &aws(&new), rules, &Policy::default()).await.unwrap();
    apply(plan, &Target::new(aws(&new)), ReadBack::WhileWriting, &Interrupt::default(), &Quiet).await;
    let expected = ("airflow/connections/b".to_owned(), Some("conn:b".to_owned()));
    assert_eq!(*written.lock().unwrap(), [expected]);
}
