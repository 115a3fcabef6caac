use std::fs;
use std::os::unix::fs::PermissionsExt;

use airbridge_core::Environment;

use super::{Loaded, load};
use crate::error::{Class, Error};

fn loaded(text: &str, mode: u32) -> Result<Loaded, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, text).unwrap();
    fs::write(folder.path().join("secret"), "canary\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let env: Environment = [("SECRET", "canary")].into_iter().collect();
    load(&path, &env)
}

#[test]
fn valid_rules_are_accepted() {
    for text in [
        "match = '*'",
        "match = ['conn:a', 'var:b*']\nteam = 'red'\nexclude = true",
        "match = 'conn:*_*'\nrename = 'conn:{2}_{1}'\nexclude = false",
        "match = 'conn:a'\nset.host = 'h'\nset.port = '05432'\nset.password = { env = 'SECRET' }",
        "match = 'conn:a'\nset = { login = { file = 'secret' }, port = 0 }\nunset = 'description'",
        "match = 'conn:a'\nset.\"extra.a.b\" = { x = [1, 2.5, true] }\nset.extra.c = { env = 'SECRET' }",
        "match = 'conn:a'\nunset = ['extra', 'extra.b']\nset.extra.a = 1",
        "match = 'conn:a'\nset.\"extra.env\" = 'x'",
        "match = ['var:a', 'config:b']\nset.value = { file = 'secret' }",
    ] {
        loaded(&format!("[[rule]]\n{text}\n"), 0o600).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }
}

#[test]
fn invalid_rules_are_rejected_with_the_line_and_without_values() {
    for (text, expected) in [
        ("", "line 1: the file has no rules"),
        ("[[rule]]\nset.password = 'canary", "line 2: not valid TOML"),
        ("[rule]\nmatch = 'a'", "line 1: `rule` must be a list of tables"),
        ("rule = ['canary']", "line 1: a rule must be a table"),
        ("\n[[rules]]\nmatch = 'a'", "line 2: unknown key `rules`"),
        ("[[rule]]\nexclude = true", "line 1: a rule has no `match`"),
        ("[[rule]]\nmatch = 'a'\nrenam = 'b'", "line 3: unknown key `renam`"),
        ("[[rule]]\nmatch = []", "line 2: `match` is empty"),
        ("[[rule]]\nmatch = [\n 'a',\n '']", "line 4: the glob `` matches nothing"),
        ("[[rule]]\nmatch = 'conn:'", "line 2: the glob `conn:` matches nothing"),
        ("[[rule]]\nmatch = 'conn:[a'", "line 2: invalid glob `conn:[a`"),
        ("[[rule]]\nmatch = 5", "line 2: `match` must be a string"),
        ("[[rule]]\nmatch = 'a'\nexclude = 'yes'", "line 3: `exclude` must be true or false"),
        (
            "[[rule]]\nmatch = 'a'\nexclude = true\nset.host = 'canary'",
            "line 4: `set` cannot be combined with `exclude`",
        ),
        (
            "[[rule]]\nmatch = 'conn:*_*'\nrename = 'conn:{3}'",
            "line 3: `rename` has {3}, and `conn:*_*` has only 2 stars",
        ),
        (
            "[[rule]]\nmatch = 'conn:*'\nrename = 'var:{1}'",
            "line 3: `rename` would turn a connection into a variable",
        ),
        ("[[rule]]\nmatch = 'conn:*'\nset = 'canary'", "line 3: `set` must be a table"),
        ("[[rule]]\nmatch = 'conn:*'\nset.hots = 'canary'", "line 3: unknown key `hots`"),
        ("[[rule]]\nmatch = 'var:*'\nset.host = 'canary'", "line 3: a variable has no `host`, but `var:*`"),
        (
            "[[rule]]\nmatch = ['var:*', 'conn:a']\nset.value = 'canary'",
            "line 3: a connection has no `value`",
        ),
        ("[[rule]]\nmatch = 'var:*'\nunset = ['login']", "line 3: a variable has no `login`"),
        ("[[rule]]\nmatch = '*'\nset.value = 'canary'\nset.host = 'canary'", "no entry has both"),
        ("[[rule]]\nmatch = 'conn:a'\nset.host = 5", "line 3: `host` must be a string"),
        (
            "[[rule]]\nmatch = 'conn:a'\nset.conn_type = { env = 'SECRET' }",
            "line 3: `conn_type` must be set in the file itself",
        ),
        (
            "[[rule]]\nmatch = 'conn:a_*'\nset.host = '{2}.test'",
            "line 3: `host` has {2}, and `conn:a_*` has only one star",
        ),
        ("[[rule]]\nmatch = 'conn:a'\nset.password = 5", "line 3: `password` must be a string, { env"),
        (
            "[[rule]]\nmatch = 'conn:a'\nset.password = { envv = 'canary' }",
            "line 3: `password` must be a string, { env",
        ),
        ("[[rule]]\nmatch = 'conn:a'\nset.conn_type = ''", "line 3: `conn_type` must not be empty"),
        ("[[rule]]\nmatch = 'conn:a'\nset.port = 65536", "line 3: `port` must be a whole number"),
        ("[[rule]]\nmatch = 'conn:a'\nset.port = '+5'", "line 3: `port` must be a whole number"),
        ("[[rule]]\nmatch = 'conn:a'\nset.port = 5.0", "line 3: `port` must be a whole number"),
        ("[[rule]]\nmatch = 'conn:a'\nset.extra = 'canary'", "line 3: `extra` cannot be set as a whole"),
        (
            "[[rule]]\nmatch = 'conn:a'\nset.extra = { env = 'SECRET' }",
            "line 3: `extra` cannot be set as a whole",
        ),
        ("[[rule]]\nmatch = 'conn:a'\nset.extra.d = 2020-01-01", "line 3: expected a string or a number"),
        (
            "[[rule]]\nmatch = 'conn:a'\nset.extra.a = 1\nset.\"extra.a\" = 2",
            "line 4: `extra.a` is set twice",
        ),
        ("[[rule]]\nmatch = 'conn:a'\nunset = [\n'host',\n'value']", "line 5: `value` cannot be unset"),
        ("[[rule]]\nmatch = 'conn:a'\nunset = 'conn_type'", "line 3: `conn_type` cannot be unset"),
        ("[[rule]]\nmatch = 'conn:a'\nunset = 'hots'", "line 3: unknown key `hots`"),
        (
            "[[rule]]\nmatch = 'conn:a'\nset.host = 'canary'\nunset = 'host'",
            "line 4: `host` is both set and unset",
        ),
        (
            "[[rule]]\nmatch = 'conn:a'\nset.password = { env = 'NOWHERE' }",
            "line 3: `password` refers to the environment variable NOWHERE, which is not set",
        ),
        ("[[rule]]\nmatch = 'conn:a'\nset.password = { file = 'nowhere' }", "line 3: `password` refers to "),
    ] {
        let error = loaded(text, 0o600).unwrap_err();
        assert!(error.message.contains(expected), "{text}: {}", error.message);
        assert_eq!(error.class, Class::Config);
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn unknown_word_is_rejected_with_the_nearest() {
    for (text, near) in
        [("renam = 'b'", "`rename`"), ("set.hots = 'b'", "`host`"), ("unset = 'passwrd'", "`password`")]
    {
        let hint = loaded(&format!("[[rule]]\nmatch = 'a'\n{text}"), 0o600).unwrap_err().hint.unwrap();
        assert!(hint.contains(&format!("did you mean {near}?")), "{hint}");
    }
}

#[test]
fn plain_secrets_in_a_file_that_others_can_read_are_a_warning() {
    let plain =
        "[[rule]]\nmatch = 'conn:a'\nset.host = 'h'\nset.login = 'canary'\nset.extra.key = 'canary'\n";
    let named = "[[rule]]\nmatch = 'conn:a'\nset.host = 'h'\nset.password = { file = 'secret' }\n";
    for (text, mode, notes) in [(plain, 0o644, 1), (plain, 0o600, 0), (named, 0o644, 0)] {
        let loaded = loaded(text, mode).unwrap();
        assert_eq!(loaded.notes.len(), notes, "{text}");
        assert!(!format!("{loaded:?}").contains("canary"));
        assert!(loaded.notes.iter().all(|note| note.message.contains("(extra.key)")), "{:?}", loaded.notes);
    }
}
