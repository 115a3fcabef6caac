use serde_json::{Value, json};

use super::page;

fn endpoint(label: &str) -> Value {
    json!({
        "endpoint": label, "backend": "vault", "place": "vault:https://vault.test/airflow", "actor": null,
        "configured_by": null, "airflow_version": "3.3", "names": { "connections": ["connections/*"] },
    })
}

fn entry(kind: &str, id: &str, action: &str) -> Value {
    json!({
        "kind": kind, "id": id, "team": null, "source_name": id, "target_name": null, "action": action,
        "reason": null, "message": null, "carried": null, "losses": [], "flags": [], "fields": [], "changes": [],
        "extra_keys": [], "rule": null, "renamed_from": null, "set": [], "unset": [], "not_carried": [],
    })
}

fn plan(entries: &[Value]) -> Value {
    json!({
        "schema": "airbridge.plan/1", "endpoints": [endpoint("old"), endpoint("new")],
        "summary": { "create": 0, "only_in_target": 3 }, "new_secrets": [], "warnings": [], "entries": entries,
    })
}

#[track_caller]
fn has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[test]
fn entry_is_shown_with_all_its_members() {
    let mut row = entry("connection", "db", "replace");
    for (member, value) in [
        ("team", json!("red")),
        ("target_name", json!("connections/db")),
        ("message", json!("a <message>")),
        ("carried", json!("re-encoded")),
        ("losses", json!(["description"])),
        ("flags", json!(["no-host", "note"])),
        ("fields", json!(["host", "schema", "port", "password", "extra"])),
        (
            "changes",
            json!([
                { "field": "host", "before": "old.test", "after": "new.test" },
                { "field": "schema", "before": "***", "after": "***" },
                { "field": "port", "before": null, "after": "5432" },
            ]),
        ),
        ("extra_keys", json!(["region", "role"])),
        ("rule", json!(2)),
        ("renamed_from", json!("conn:prod_db")),
        ("set", json!(["host"])),
        ("unset", json!(["extra.role"])),
        ("not_carried", json!(["the tag `owner`"])),
    ] {
        row[member] = value;
    }
    has(
        &page(&plan(&[row])),
        &[
            "<th scope=\"row\"><code>conn:db</code> (team <code>red</code>)</th><td><code>db</code></td>\
             <td><code>connections/db</code></td>",
            "<li>a &lt;message&gt;</li>",
            "<b>Re-encoded</b>",
            "<code>description</code>: the target cannot hold descriptions",
            "<code>no-host</code>: Airflow reads a connection without a host",
            "<code>host</code> <del><code>old.test</code></del> → <ins><code>new.test</code></ins>, \
             <code>schema</code> (in a part that is not shown), <code>port</code> <del>(none)</del> → \
             <ins><code>5432</code></ins>, <code>password</code>, <code>extra</code>",
            "<b>Keys of extra that differ</b> <code>region</code>, <code>role</code>",
            "<b>Rule 2</b>; renamed from <code>conn:prod_db</code>; sets <code>host</code>; removes \
             <code>extra.role</code>",
            "<b>Not copied</b>: the tag `owner`",
            "Only the target has 3 more entries; they stay as they are.",
        ],
    );
}

#[test]
fn reason_is_shown_with_its_meaning_and_a_variable_without_its_value() {
    let mut row = entry("variable", "a", "refuse");
    row["reason"] = "conflict".into();
    has(
        &page(&plan(&[row])),
        &[
            "<b>Reason</b> <code>conflict</code>: the target has this entry with a different value",
            "<b>The value differs</b>; it is not shown",
            "1 entry cannot be copied as requested.",
        ],
    );
}

#[test]
fn what_the_page_does_not_know_is_shown_as_it_is() {
    let mut row = entry("pool", "a", "revive");
    row["way_back"] = "<version>".into();
    let mut document = plan(&[row]);
    document["estimate"] = json!({ "requests": "<7>" });
    has(
        &page(&document),
        &[
            "<section data-group=\"revive\" id=\"action=revive\">",
            "<th scope=\"row\"><code>pool:a</code></th>",
            "<b>way_back</b> <code>&lt;version&gt;</code>",
            "<h2><code>estimate</code></h2>",
            "&quot;requests&quot;: &quot;&lt;7&gt;&quot;",
        ],
    );
}

#[test]
fn estimate_is_a_sentence() {
    let mut document = plan(&[entry("variable", "a", "create")]);
    document["estimate"] = Value::Null;
    assert!(!page(&document).contains("stimate"));
    document["estimate"] = json!({
        "service": "a <service>", "requests": 3, "seconds": 1, "rate_may_rise": true, "storage": {
            "usd_cents_per_month": 80, "unit": "secret", "added": 1, "removed": 0, "places": 2,
            "place": "region", "prices_of": "2026",
        },
    });
    let page = page(&document);
    let sentence = "Estimate: 3 requests to a &lt;service&gt;, about 1 s or less; $0.80 more a month for 1 new secret \
                    in 2 regions.";
    has(&page, &[sentence]);
    assert!(!page.contains("<code>estimate</code>"), "{page}");
}

#[test]
fn failed_run_has_a_page_that_says_so() {
    let failed = json!({
        "schema": "airbridge.plan/1", "warnings": [],
        "error": { "code": "forbidden", "message": "no <permission>", "hint": "ask\nagain" },
    });
    let page = page(&failed);
    has(
        &page,
        &["(<code>forbidden</code>): no &lt;permission&gt;", "<p>Hint: ask</p>", "<p>Hint: again</p>"],
    );
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn warning_setting_and_actor_are_shown() {
    let mut document = plan(&[]);
    document["endpoints"][0]["actor"] = "role/<reader>".into();
    document["warnings"] =
        json!([{ "code": "empty-endpoint", "message": "old has no entries", "hint": "check it" }]);
    document["new_secrets"] =
        json!([{ "name": "tags", "value": "owner=data" }, { "name": "kms_key_id", "value": null }]);
    has(
        &page(&document),
        &[
            "<td><code>role/&lt;reader&gt;</code></td><td>the service does not say</td>",
            "<code>empty-endpoint</code>: old has no entries</p>\n<p>Hint: check it</p>",
            "<code>tags</code></th><td><code>owner=data</code></td>",
            "<code>kms_key_id</code></th><td>the default</td>",
            "There is nothing to write.",
        ],
    );
}
