//! `policy`: OpenBao holds a token with exactly the printed policy to it, and lets it do what it is for.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, Ids, Judge, Place, VaultMount};
use serde_json::{Value, json};

const WRITE: [&str; 6] = ["--on-conflict", "overwrite", "--prune", "--max-delete", "5", "--yes"];

/// What a test of one version of the engine works with: the engine for root, and a user whose files are the source.
struct Fixture {
    root: VaultMount,
    user: Airbridge,
    version: u8,
}

impl Fixture {
    /// A target with an entry that stays, one that a copy changes and one that it deletes, and a source with a new one.
    fn new(version: u8) -> Self {
        let root = VaultMount::counted(version);
        let user = Airbridge::new();
        let connection = |host: &str| json!({ "conn_type": "http", "host": host });
        let before = json!({ "same": connection("s.test"), "changes": connection("old.test"), "goes": connection("g.test") });
        let after = json!({ "same": connection("s.test"), "changes": connection("new.test"), "comes": connection("c.test") });
        user.write("before/connections.json", before.to_string());
        user.write("after/connections.json", after.to_string());
        let fixture = Self { root, user, version };
        fixture.run(&fixture.root, &["copy", "file:before/", &fixture.root.endpoint(), "--yes"], 0);
        fixture
    }

    /// Runs a command as the holder of a token.
    fn run(&self, token: &VaultMount, arguments: &[&str], code: i32) -> airbridge_tests::Run {
        let mut command = self.user.command(arguments);
        command.envs(token.variables());
        airbridge_tests::Run::from(command.output().unwrap()).code(code)
    }

    /// A token with nothing but the policy that these arguments print.
    fn token(&self, arguments: &[&str], with_default: bool) -> VaultMount {
        let text = self.run(&self.root, &[&["policy", &self.root.endpoint()], arguments].concat(), 0).stdout;
        self.root.with_policy(&text, with_default)
    }

    /// The path of a secret, as one of the engine's folders has it.
    fn path(&self, folder: &str, name: &str) -> String {
        let mount = &self.root.name;
        if self.version == 1 { format!("{mount}/{name}") } else { format!("{mount}/{folder}/{name}") }
    }

    /// Whether a token may do this: `read`, `write` or `delete` a secret, `list` a folder.
    fn may(&self, token: &VaultMount, what: &str, name: &str) -> bool {
        let body = || match self.version {
            1 => json!({ "conn_uri": "http://h" }),
            _ => json!({ "data": { "conn_uri": "http://h" } }),
        };
        let status = match what {
            "read" => token.status("GET", &self.path("data", name), None),
            "write" => token.status("POST", &self.path("data", name), Some(body())),
            "delete" => token.status("DELETE", &self.path("metadata", name), None),
            "list" => token.status("GET", &format!("{}?list=true", self.path("metadata", name)), None),
            _ => panic!("{what}"),
        };
        status != 403
    }

    fn hosts(&self) -> Vec<(String, String)> {
        let names = self.root.names("connections/");
        let host = |name: String| {
            let fields = self.root.fields(&format!("connections/{name}"));
            (name, fields["host"].as_str().map_or_else(|| fields["conn_uri"].to_string(), ToOwned::to_owned))
        };
        names.into_iter().map(host).collect()
    }
}

#[test]
fn token_with_the_policy_of_a_plan_copies_verifies_and_undoes_and_nothing_else() {
    for version in [1, 2] {
        let fixture = Fixture::new(version);
        let at = fixture.root.endpoint();
        let before = fixture.hosts();
        let plan = [
            "plan",
            "file:after/",
            &at,
            "--on-conflict",
            "overwrite",
            "--prune",
            "--max-delete",
            "5",
            "--save",
            "plan.json",
        ];
        fixture.run(&fixture.root, &plan, 0);
        let writer = fixture.token(&["--for", "write", "--plan", "plan.json"], false);
        let undoer = fixture.token(&["--for", "undo", "--plan", "plan.json"], false);

        // Neither version keeps what is deleted.
        let bundle = ["--backup", "before.age", "--recipient", "@team.txt"];
        fixture.user.write_keys();
        let copy = [&["copy", "file:after/", &at][..], &WRITE, &bundle, &["-o", "json"]].concat();
        let report = fixture.run(&writer, &copy, 0).json();
        let outcomes: Vec<&Value> =
            report["entries"].as_array().unwrap().iter().map(|row| &row["outcome"]).collect();
        assert_eq!(outcomes, ["verified", "verified", "verified", "unchanged"], "KV {version}: {report:#}");
        assert_eq!(report["summary"]["delete"], 1, "{report:#}");
        assert_ne!(fixture.hosts(), before);

        fixture.run(&undoer, &["undo", "last", "--yes", "--identity", "key.txt"], 0);
        assert_eq!(fixture.hosts(), before, "KV {version}");

        // Nothing else: other names, other folders, other mounts, and the server itself.
        for token in [&writer, &undoer] {
            for what in ["read", "write", "delete"] {
                for name in ["connections/other", "variables/x", "connections/changes/below", "x"] {
                    assert!(!fixture.may(token, what, name), "KV {version}: {what} {name}");
                }
            }
            for path in ["sys/policies/acl", "sys/mounts", "auth/token/lookup-self", "secret/data/x"] {
                assert_eq!(token.status("GET", path, None), 403, "KV {version}: {path}");
            }
            assert!(!fixture.may(token, "list", "elsewhere/"), "KV {version}");
        }
        assert!(
            fixture.may(&writer, "list", "connections/") && !fixture.may(&undoer, "list", "connections/")
        );
    }
}

#[test]
fn plan_that_only_creates_allows_no_change_of_what_is_there() {
    for version in [1, 2] {
        let fixture = Fixture::new(version);
        let at = fixture.root.endpoint();
        fixture.run(
            &fixture.root,
            &["plan", "file:after/", &at, "--include", "conn:comes", "--save", "plan.json"],
            0,
        );
        let writer = fixture.token(&["--for", "write", "--plan", "plan.json"], false);
        fixture.run(&writer, &["copy", "file:after/", &at, "--include", "conn:comes", "--yes"], 0);
        for (what, name) in
            [("write", "comes"), ("delete", "comes"), ("write", "same"), ("read", "same"), ("delete", "goes")]
        {
            assert!(
                !fixture.may(&writer, what, &format!("connections/{name}")),
                "KV {version}: {what} {name}"
            );
        }
    }
}

#[test]
fn token_with_the_policy_of_a_source_reads_and_never_writes() {
    for version in [1, 2] {
        let fixture = Fixture::new(version);
        let at = fixture.root.endpoint();
        let reader = fixture.token(&["--for", "read"], false);
        fixture.run(&reader, &["diff", &at, "file:before/", "--only", "connections"], 0);
        for what in ["write", "delete"] {
            assert!(!fixture.may(&reader, what, "connections/same"), "KV {version}: {what}");
        }
        assert!(!fixture.may(&reader, "read", "connections/other"), "KV {version}");
        // Exactly the names of a file of ids, without a listing.
        fixture.user.write("ids.txt", "conn:same\n");
        let one = fixture.token(&["--for", "read", "--ids", "ids.txt"], false);
        assert!(fixture.may(&one, "read", "connections/same"), "KV {version}");
        assert!(!fixture.may(&one, "read", "connections/goes"), "KV {version}");
        // A token that may not list gets the prefix, and is told so.
        let blind = fixture.token(&["--for", "airflow"], false);
        let run = fixture.run(&blind, &["policy", &at, "--for", "read"], 0);
        assert!(run.stderr.contains("every name below the prefixes"), "{run}");
        assert!(run.stdout.contains("connections/*"), "{run}");
    }
}

#[test]
fn airflow_reads_with_the_policy_for_airflow_and_may_do_no_more() {
    for version in [1, 2] {
        let fixture = Fixture::new(version);
        // Airflow looks its token up, which the policy `default` allows.
        let token = fixture.token(&["--for", "airflow"], true);
        let mut ids = Ids::default();
        ids.kind("connection").extend(["same", "changes", "absent"].map(ToOwned::to_owned));
        let mut judge = Judge::new();
        judge.read(&Place::vault(&token), &ids, None);
        judge.read(&Place::vault(&fixture.root), &ids, None);
        let answers = judge.answers();
        assert_eq!(answers[0], answers[1], "KV {version}");
        assert_eq!(answers[0]["connections"]["same"]["task"]["host"], "s.test", "{}", answers[0]);
        for (what, name) in [
            ("list", "connections/"),
            ("write", "connections/same"),
            ("delete", "connections/same"),
            ("read", "x"),
        ] {
            assert!(!fixture.may(&token, what, name), "KV {version}: {what} {name}");
        }
    }
}

#[test]
fn custom_metadata_of_new_secrets_is_allowed() {
    let fixture = Fixture::new(2);
    let at = fixture.root.endpoint();
    let tagged = ["--to", "custom_metadata:={\"owner\": \"data\"}"];
    let plan = ["plan", "file:after/", &at, "--include", "conn:comes", "--save", "plan.json"];
    fixture.run(&fixture.root, &[&plan[..], &tagged].concat(), 0);
    let own = ["--from", "custom_metadata:={\"owner\": \"data\"}"];
    let writer = fixture.token(&[&["--for", "write", "--plan", "plan.json"][..], &own].concat(), false);
    let copy = ["copy", "file:after/", &at, "--include", "conn:comes", "--yes"];
    fixture.run(&writer, &[&copy[..], &tagged].concat(), 0);
    let metadata = fixture.root.request("GET", &fixture.path("metadata", "connections/comes"), None);
    assert_eq!(metadata["data"]["custom_metadata"]["owner"], "data");
}

#[test]
fn wrong_use_is_explained() {
    let fixture = Fixture::new(2);
    let at = fixture.root.endpoint();
    let aws = AwsUser::counted();
    fixture.run(&fixture.root, &["plan", "file:after/", &at, "--save", "plan.json"], 4);
    fixture.user.write("report.json", r#"{"schema": "airbridge.report/1", "entries": []}"#);
    for (arguments, code, message) in [
        (&["policy", &at][..], 2, "--for <WHAT>"),
        (&["policy", &at, "--for", "everything"], 2, "everything"),
        (&["policy", "file:after/", "--for", "read"], 2, "has no policies"),
        (&["policy", &at, "--for", "write", "--plan", "absent.json"], 2, "absent.json cannot be read"),
        (&["policy", &at, "--for", "write", "--plan", "report.json"], 2, "is not a plan"),
        (&["policy", &at, "--for", "read", "--plan", "plan.json"], 2, "is not the source of the plan"),
        (
            &["policy", "aws:us-east-1", "--for", "write", "--plan", "plan.json"],
            2,
            "is not the target of the plan",
        ),
        (&["policy", &at, "--for", "read", "--include", "conn:absent"], 4, "no entries that are selected"),
    ] {
        let mut command = fixture.user.command(arguments);
        command.envs(fixture.root.variables()).envs(aws.variables());
        let run = airbridge_tests::Run::from(command.output().unwrap()).code(code);
        assert!(run.stderr.contains(message), "{message}: {run}");
    }
    let run = fixture.run(&fixture.root, &["policy", &at, "--for", "write"], 0);
    assert!(run.stderr.contains("--plan"), "{run}");
}
