//! Source files that are not valid in their format.

use airbridge_tests::Airbridge;

use crate::{CANARY, refused};

/// A file, and the words of its error.
struct Broken {
    name: &'static str,
    /// `CANARY` is the secret.
    content: &'static str,
    words: &'static [&'static str],
}

const BROKEN: &[Broken] = &[
    Broken {
        name: "connections.json",
        content: "{\n  \"a\": {\"conn_type\": \"http\",\n    \"password\": \"CANARY\"\n    \"host\": \"h\"}\n}",
        words: &["connections.json", "line 4"],
    },
    Broken { name: "variables.json", content: "{\n\"a\": \"CANARY", words: &["variables.json", "line 2"] },
    Broken { name: "variables.json", content: "[\"CANARY\"]", words: &["variables.json", "object"] },
    Broken { name: "connections.json", content: "", words: &["connections.json"] },
    Broken {
        name: "connections.yaml",
        content: "a:\n  conn_type: http\n  password: \"CANARY\n  host: h\n",
        words: &["connections.yaml", "line "],
    },
    Broken {
        name: "connections.yaml",
        content: "a:\n  conn_type: http\n\tpassword: CANARY\n",
        words: &["connections.yaml", "line ", "a tab is not allowed"],
    },
    Broken {
        name: "variables.yaml",
        content: "a: !!python/object:os.system CANARY\n",
        words: &["variables.yaml", "line 1"],
    },
    Broken { name: "variables.yaml", content: "a: CANARY\n---\nb: x\n", words: &["variables.yaml", "line "] },
    Broken {
        name: "connections.env",
        content: "# ids\na=http://h\nCANARY\n",
        words: &["connections.env", "line 3"],
    },
    Broken { name: "variables.env", content: "a=\n", words: &["variables.env", "line 1", "a"] },
    Broken {
        name: "airflow_settings.yaml",
        content: "airflow:\n  connections:\n    - conn_id: a\n      conn_password: [CANARY\n",
        words: &["airflow_settings.yaml", "line "],
    },
    // One id twice: airbridge does not choose.
    Broken {
        name: "variables.json",
        content: "{\"a\": \"1\",\n \"b\": \"CANARY\",\n \"a\": \"2\"}",
        words: &["variables.json", "line 3", "a", "twice", "line 1"],
    },
    Broken {
        name: "connections.yaml",
        content: "a: http://h\nb: http://CANARY\na: http://i\n",
        words: &["connections.yaml", "line 3", "a", "twice"],
    },
    Broken {
        name: "connections.env",
        content: "a=http://h\na=http://u:CANARY@h\n",
        words: &["connections.env", "line 2", "a", "twice"],
    },
    Broken {
        name: ".env",
        content: "AIRFLOW_VAR_A=1\nAIRFLOW_VAR_A=CANARY\n",
        words: &[".env", "line 2", "AIRFLOW_VAR_A", "twice"],
    },
];

#[test]
fn invalid_file_is_named_with_its_line() {
    let user = Airbridge::new();
    for Broken { name, content, words } in BROKEN {
        user.write(name, content.replace("CANARY", CANARY));
        for command in [
            vec!["copy", name, "file:out/", "--yes"],
            vec!["plan", name, "file:out/"],
            vec!["list", name],
            vec!["diff", name, "file:/nonexistent/"],
        ] {
            refused(&user, &command, 1, words);
        }
        std::fs::remove_file(user.home().join(name)).unwrap();
    }
}

#[test]
fn line_that_tools_read_differently_is_refused_with_its_line() {
    let user = Airbridge::new();
    for line in [format!("AIRFLOW_CONN_B=\"{CANARY}"), format!("AIRFLOW_CONN_B=http://a #{CANARY} b")] {
        user.write(".env", format!("AIRFLOW_VAR_A=x\n{line}\n"));
        let words = ["conn:b", "line 2", "dialect="];
        refused(&user, &["plan", ".env", "file:out/"], 4, &words);
        refused(&user, &["copy", ".env", "file:out/", "--yes"], 4, &words);
        refused(&user, &["show", ".env", "conn:b"], 1, &words);
    }
}

#[test]
fn invalid_utf_8_is_named_with_its_line() {
    let user = Airbridge::new();
    user.write("variables.json", [b"{\"a\": \"x\",\n\"b\": \"".as_slice(), &[0xff, 0xfe], b"\"}"].concat());
    refused(&user, &["list", "variables.json"], 1, &["variables.json", "line 2", "UTF-8"]);
    user.write("connections.env", b"a=http://h\nb=http://\xff\n");
    refused(&user, &["list", "connections.env"], 1, &["connections.env", "line 2", "UTF-8"]);
}

#[test]
fn invalid_target_file_is_found_before_writing() {
    let user = Airbridge::new();
    user.write("variables.json", format!("{{\"a\": \"{CANARY}\"}}"));
    user.write("out/variables.json", format!("{{\n\"b\": {CANARY}"));
    refused(&user, &["copy", "variables.json", "file:out/", "--yes"], 1, &["out/variables.json", "line 2"]);
    assert_eq!(user.read("out/variables.json"), format!("{{\n\"b\": {CANARY}"));
}

#[test]
fn unknown_format_is_rejected_with_the_known_ones() {
    let user = Airbridge::new();
    user.write("notes.txt", CANARY);
    refused(&user, &["list", "file:notes.txt?format=connection-json"], 2, &["connections-json"]);
    refused(&user, &["list", "notes.txt"], 2, &["notes.txt", "format="]);
    // A target that does not exist yet has no format.
    refused(&user, &["copy", "env:", "new.json", "--yes"], 2, &["new.json", "format="]);
    user.write("both.json", r#"{"a": "http://h"}"#);
    refused(&user, &["list", "both.json"], 2, &["both.json", "connections-json", "variables-json"]);
}

#[test]
fn unreadable_files_are_named() {
    let user = Airbridge::new();
    refused(
        &user,
        &["list", "file:absent.json?format=variables-json"],
        1,
        &["absent.json", "does not exist"],
    );
    refused(
        &user,
        &["copy", "absent/connections.json", "file:out/", "--yes"],
        1,
        &["absent/connections.json"],
    );
    std::fs::create_dir(user.home().join("folder")).unwrap();
    refused(&user, &["list", "file:folder?format=variables-json"], 1, &["folder", "is a folder"]);
    user.write("plain", "x");
    refused(
        &user,
        &["list", "file:plain/variables.json"],
        1,
        &["plain/variables.json", "a file, not a folder"],
    );
}

#[test]
fn file_of_another_user_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let user = Airbridge::new();
    user.write("variables.json", format!("{{\"a\": \"{CANARY}\"}}"));
    let path = user.home().join("variables.json");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_err() {
        refused(&user, &["list", "variables.json"], 1, &["variables.json", "permission denied"]);
    } else {
        // root may read every file, so use one of the kernel's that cannot be read at all.
        refused(
            &user,
            &["list", "file:/proc/self/mem?format=variables-json"],
            1,
            &["/proc/self/mem", "cannot be read"],
        );
    }
}
