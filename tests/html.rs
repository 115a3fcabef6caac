//! The page of `plan --html` and `diff --html`: what a reviewer sees, and what a browser makes of it.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use airbridge_tests::{Airbridge, browse, read_without_scripts, rows};
use serde_json::{Value, json};

/// What no page may contain.
const CANARY: &str = "c4n4ry";

/// Ids that would take over a page or make a name look like another.
const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"><img src=http://evil.test/x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></style></script><h1>mine",
    "x\u{202e}gnp",
    "line\nbreak",
    "&lt;amp&#0;",
];

/// A user with a source and a target that differ in every way.
fn user() -> Airbridge {
    let user = Airbridge::new();
    let full = |host: &str, which: &str| {
        json!({
            "conn_type": "postgres", "host": host, "schema": "s", "login": format!("{CANARY}-login-{which}"),
            "password": format!("{CANARY}-password-{which}"), "port": 5432,
            "extra": json!({ "region": format!("{CANARY}-extra-{which}"), "role": "same" }).to_string(),
        })
    };
    let mut connections = json!({
        "changed": full("new.test", "new"), "kept": "http://host", "new": full("host", "new"),
        "described": { "conn_type": "http", "description": format!("{CANARY}-description") },
    });
    for id in HOSTILE {
        connections[id] = json!({ "conn_type": "http", "host": format!("{CANARY}.test") });
    }
    user.write("from/connections.json", connections.to_string());
    user.write("from/variables.json", json!({ "a": format!("{CANARY}-value"), "b": "same" }).to_string());
    let there = json!({ "changed": full("old.test", "old"), "kept": "http://host", "more": "http://h" });
    user.write("to/connections.json", there.to_string());
    user.write("to/variables.json", json!({ "a": format!("{CANARY}-old"), "b": "same" }).to_string());
    user
}

/// Plans with this conflict option, and returns the document and the page.
fn plan(user: &Airbridge, conflict: &str, code: i32) -> (Value, String) {
    let plan = ["plan", "from/", "to/", "--html", "plan.html", "-o", "json", "--on-conflict", conflict];
    (user.run(plan).code(code).json(), user.read("plan.html"))
}

fn diff(user: &Airbridge) -> (Value, String) {
    let diff = ["diff", "from/", "to/", "--html", "diff.html", "-o", "json"];
    (user.run(diff).code(3).json(), user.read("diff.html"))
}

/// Text as the page has it.
fn escaped(text: &str) -> String {
    let visible = text.replace('\n', "\\n").replace('\u{202e}', "\\u{202e}");
    let escaped = visible.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

/// The entries of a page: the word of their group, and their id.
fn shown(page: &str) -> Vec<(String, String)> {
    let sections = page.split("<section data-group=\"").skip(1);
    sections
        .flat_map(|section| {
            let group = section.split('"').next().unwrap_or_default();
            section.split("<tr><th scope=\"row\"><code>").skip(1).map(move |row| {
                (group.to_owned(), row.split("</code>").next().unwrap_or_default().to_owned())
            })
        })
        .collect()
}

/// The entries of a document in the order of the groups of its page, each as the page names it.
fn expected(document: &Value, member: &str, groups: &[&str]) -> Vec<(String, String)> {
    let rows: Vec<_> = rows(document, member)
        .into_iter()
        .map(|(id, word)| {
            let id = id.replacen("connection:", "conn:", 1).replacen("variable:", "var:", 1);
            (word.as_str().expect("a word").to_owned(), escaped(&id))
        })
        .collect();
    let of = |group: &str| rows.iter().filter(|(word, _)| word == group).cloned().collect::<Vec<_>>();
    groups.iter().flat_map(|group| of(group)).collect()
}

/// The tags of a page, without the content of its style and script.
fn tags(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("the tag ends");
        found.push(tag.to_owned());
        rest = match tag {
            "style" => &after[after.find("</style>").expect("the style ends")..],
            "script" => &after[after.find("</script>").expect("the script ends")..],
            _ => after,
        };
    }
    found
}

#[test]
fn page_of_a_plan_has_every_entry_of_the_document_in_its_order() {
    let user = user();
    for (conflict, code, words) in [
        ("fail", 4, &["refuse", "create", "keep"][..]),
        ("overwrite", 0, &["replace", "create", "keep"]),
        ("skip", 0, &["create", "skip", "keep"]),
    ] {
        let (document, page) = plan(&user, conflict, code);
        let expected = expected(&document, "action", words);
        assert_eq!(expected.len(), 13, "{document:#}");
        assert_eq!(shown(&page), expected, "{conflict}");
        let found: BTreeSet<&str> = expected.iter().map(|(word, _)| word.as_str()).collect();
        for (word, number) in document["summary"].as_object().expect("counts").iter().take(6) {
            assert_eq!(found.contains(word.as_str()), *number != json!(0), "{word}");
            let entries = format!("id=\"action={word}\">\n<h3 class=");
            assert_eq!(page.contains(&entries), *number != json!(0), "{word}");
        }
    }
}

#[test]
fn page_of_a_comparison_has_every_entry_of_the_document_in_its_order() {
    let (document, page) = diff(&user());
    let expected = expected(&document, "difference", &["differs", "only-in-a", "only-in-b"]);
    assert_eq!(expected.len(), 12, "{document:#}");
    assert_eq!(shown(&page), expected);
    assert!(page.contains("14 entries compared."), "{page}");
}

#[test]
fn page_shows_old_and_new_fields_and_keys_and_no_value() {
    let user = user();
    let (document, page) = plan(&user, "overwrite", 0);
    let changed = document["entries"].as_array().expect("entries").iter().find(|row| row["id"] == "changed");
    assert_eq!(changed.expect("an entry")["extra_keys"], json!(["region"]));
    for part in [
        "<code>host</code> <del><code>old.test</code></del> → <ins><code>new.test</code></ins>",
        "<code>login</code>, <code>password</code>, <code>extra</code>",
        "<b>Keys of extra that differ</b> <code>region</code>",
        "<b>The value differs</b>; it is not shown",
        "Only the target has 1 more entry; it stays as it is.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, comparison) = diff(&user);
    for (name, page) in [("plan", page), ("diff", comparison)] {
        assert!(!page.contains(CANARY), "{name}: {page}");
    }
}

#[test]
fn page_has_no_markup_from_ids_and_leads_nowhere() {
    let user = user();
    for page in [plan(&user, "overwrite", 0).1, diff(&user).1] {
        for id in HOSTILE {
            assert!(page.contains(&escaped(id)), "{id:?}: {page}");
        }
        let is_plain = |char: char| char == '\n' || !char.is_control() && !"\u{202e}\u{2066}".contains(char);
        assert!(page.chars().all(is_plain));
        let tags = tags(&page);
        let known = [
            "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "h4",
            "code", "main", "table", "thead", "tbody", "tr", "th", "td", "div", "p", "a", "br", "b", "ul",
            "li", "del", "ins", "section", "form", "label", "select", "option", "input", "button", "footer",
            "script",
        ];
        for tag in &tags {
            let name = tag.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
            assert!(known.contains(&name), "<{tag}>");
            for (attribute, value) in tag.split('"').collect::<Vec<_>>().chunks(2).filter_map(|pair| {
                let [before, value] = pair else { return None };
                Some((before.trim_start_matches(name).trim().trim_end_matches('='), *value))
            }) {
                let attribute = attribute.split_whitespace().last().unwrap_or_default();
                assert!(
                    !attribute.starts_with("on") && attribute != "src" && attribute != "style",
                    "<{tag}>"
                );
                assert!(attribute != "href" || value.starts_with('#'), "<{tag}>");
            }
        }
        let style =
            page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
        assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
        let scripts = tags.iter().filter(|tag| tag.starts_with("script")).count();
        assert_eq!(scripts, 1);
        let policy = tags.iter().find(|tag| tag.contains("Content-Security-Policy")).expect("a policy");
        assert!(policy.contains("default-src &#39;none&#39;") && !policy.contains("unsafe"), "{policy}");
    }
}

#[test]
fn page_has_a_language_one_title_and_names_for_fields_and_tables() {
    let user = user();
    for page in [plan(&user, "overwrite", 0).1, diff(&user).1] {
        assert!(page.contains("<html lang=\"en\">"), "{page}");
        let tags = tags(&page);
        let count = |start: &str| tags.iter().filter(|tag| tag.starts_with(start)).count();
        assert_eq!(count("h1"), 1);
        let levels = tags.iter().filter_map(|tag| tag.strip_prefix('h')?.chars().next()?.to_digit(10));
        let levels: Vec<u32> = levels.collect();
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "no level is left out: {levels:?}");
        assert_eq!(count("label"), count("select") + count("input"));
        assert_eq!(count("table"), count("thead"));
        assert!(count("th scope") > count("table") && count("th>") == 0, "{tags:?}");
    }
}

#[test]
fn page_is_private_complete_and_replaced_as_a_whole() {
    let user = user();
    plan(&user, "fail", 4);
    diff(&user);
    for name in ["plan.html", "diff.html"] {
        let mode = fs::metadata(user.home().join(name)).expect("a page").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        assert!(user.read(name).ends_with("</html>\n"), "{name}");
    }
    user.write("plan.html", "old");
    plan(&user, "fail", 4);
    assert!(user.read("plan.html").starts_with("<!DOCTYPE html>"));
    assert!(user.files().iter().all(|name| !name.starts_with(".airbridge")), "{:?}", user.files());
}

#[test]
fn page_over_a_file_that_the_run_uses_is_refused() {
    let user = user();
    user.write("rules.toml", "[[rule]]\nmatch = \"conn:*\"\n");
    user.write("ids", "conn:kept\n");
    user.write("own.toml", "");
    symlink(user.home().join("from/connections.json"), user.home().join("soft")).expect("a link");
    fs::hard_link(user.home().join("to/connections.json"), user.home().join("hard")).expect("a link");
    let options = ["--rules", "rules.toml", "--ids", "ids", "--config", "own.toml", "--html"];
    for command in ["plan", "diff"] {
        for page in
            ["from/connections.json", "to/variables.json", "soft", "hard", "rules.toml", "ids", "./own.toml"]
        {
            let before = user.read(page);
            let run = user.run([&[command, "from/", "to/"], &options[..], &[page]].concat()).code(2);
            assert!(
                run.stderr.contains("the page and ") && run.stderr.contains("are the same file"),
                "{page}: {run}"
            );
            assert!(run.stderr.contains("hint: name another file for the page"), "{page}: {run}");
            assert_eq!(user.read(page), before, "{command} {page}");
        }
    }
    let run = user.run(["plan", "from/", "to/", "--report", "new", "--html", "./new"]).code(2);
    assert!(run.stderr.contains("are the same file"), "{run}");
    assert!(!user.home().join("new").exists());
}

#[test]
fn page_that_cannot_be_written_is_found_before_anything_is_read() {
    let user = user();
    for command in ["plan", "diff"] {
        for page in ["none/page.html", "from"] {
            let run = user.run([command, "from/", "to/", "--html", page]).code(2);
            assert!(run.stderr.contains(&format!("the page {page} cannot be written")), "{run}");
            assert!(run.stderr.contains("hint: give --html a file in an existing folder"), "{run}");
            assert_eq!(run.stdout, "");
        }
    }
}

#[test]
fn failed_run_leaves_no_page_that_looks_like_a_plan() {
    let user = user();
    user.write("broken/connections.json", "{");
    for command in ["plan", "diff"] {
        user.write("page.html", "earlier");
        let run = user.run([command, "broken/", "to/", "--html", "page.html"]).code(1);
        let page = user.read("page.html");
        assert!(page.contains("<b>The run failed</b>") && !page.contains("earlier"), "{run}{page}");
        // What a command without valid endpoints uses is not known.
        user.write("page.html", "earlier");
        user.run([command, "@none", "to/", "--html", "page.html"]).code(2);
        assert_eq!(user.read("page.html"), "earlier");
    }
}

#[test]
fn browser_runs_the_script_and_reports_nothing() {
    let user = user();
    plan(&user, "overwrite", 0);
    diff(&user);
    for (name, entries) in [("plan.html", 13), ("diff.html", 12)] {
        let browsed = browse(&user.home().join(name), "");
        assert_eq!(browsed.console, Vec::<String>::new(), "{name}");
        assert!(browsed.dom.contains(&format!("All {entries} entries are shown.")), "{}", browsed.dom);
        assert_eq!(visible(&browsed.dom), entries, "{}", browsed.dom);
        assert!(!browsed.dom.contains("hidden=\"\""), "the filters are there: {}", browsed.dom);
    }
}

/// How many rows of entries a browser shows.
fn visible(dom: &str) -> usize {
    dom.split("<section").skip(1).map(|section| section.matches("<tr><th scope=\"row\">").count()).sum()
}

#[test]
fn link_with_a_filter_hides_the_other_entries() {
    let user = user();
    plan(&user, "overwrite", 0);
    let page = user.home().join("plan.html");
    for (link, number) in [
        ("#action=replace", 2),
        ("#action=replace&kind=variable", 1),
        ("#kind=variable", 2),
        ("#text=NEW.test", 1),
        ("#text=%3Cscript", 1),
        ("#action=create&text=kept", 0),
        ("#action=nothing", 13),
        ("#kind=", 13),
    ] {
        let browsed = browse(&page, link);
        assert_eq!(browsed.console, Vec::<String>::new(), "{link}");
        assert_eq!(visible(&browsed.dom), number, "{link}: {}", browsed.dom);
        let says = if number == 13 { "All 13 entries".to_owned() } else { format!("{number} of 13 entries") };
        assert!(browsed.dom.contains(&says), "{link}: {}", browsed.dom);
        let sections = browsed.dom.matches("<section").count();
        let hidden = browsed
            .dom
            .split("<section")
            .skip(1)
            .filter(|section| section.split('>').next().is_some_and(|tag| tag.contains("hidden=\"\"")));
        assert_eq!(hidden.count() == sections, number == 0, "{link}: {}", browsed.dom);
    }
}

#[test]
fn browser_blocks_a_script_that_is_not_the_pages_own() {
    let user = user();
    let (_, page) = plan(&user, "overwrite", 0);
    user.write("altered.html", page.replace("\"use strict\";", "\"use strict\"; document.title = 'taken';"));
    let browsed = browse(&user.home().join("altered.html"), "#action=replace");
    assert!(
        browsed.console.iter().any(|line| line.contains("Content Security Policy")),
        "{:?}",
        browsed.console
    );
    assert!(!browsed.dom.contains("<title>taken"), "{}", browsed.dom);
    assert_eq!(visible(&browsed.dom), 13, "without its script the page shows everything");
}

#[test]
fn page_without_scripts_shows_everything_but_the_filters() {
    let user = user();
    let (document, page) = plan(&user, "overwrite", 0);
    let seen = read_without_scripts(&page);
    for (id, _) in rows(&document, "action") {
        let id = id.replacen("connection:", "conn:", 1).replacen("variable:", "var:", 1);
        let id = id.replace('\n', "\\n").replace('\u{202e}', "\\u{202e}");
        assert!(seen.contains(&id), "{id}: {seen}");
    }
    for word in ["to replace", "old.test", "new.test", "The value differs"] {
        assert!(seen.contains(word), "{word}: {seen}");
    }
    assert!(!seen.contains("Show all"), "{seen}");
}

#[test]
fn large_plan_is_on_one_page_that_filters() {
    let user = Airbridge::new();
    let variables: serde_json::Map<String, Value> =
        (0..5000).map(|number| (format!("v{number:04}"), "1".into())).collect();
    user.write("variables.json", Value::Object(variables).to_string());
    let plan = ["plan", "variables.json", "to/", "--html", "plan.html", "-o", "json"];
    let document = user.run(plan).code(0).json();
    let page = user.read("plan.html");
    let expected = expected(&document, "action", &["create"]);
    assert_eq!(expected.len(), 5000);
    assert_eq!(shown(&page), expected);
    let browsed = browse(&user.home().join("plan.html"), "#text=v12");
    assert_eq!(browsed.console, Vec::<String>::new());
    assert_eq!(visible(&browsed.dom), 100);
}
