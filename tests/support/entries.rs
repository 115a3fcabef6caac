//! Entries that are hard to copy.

use serde_json::{Value, json};

/// The options that allow every loss, so that awkward entries arrive as far as a place can hold them.
pub const ALL_LOSSES: [&str; 8] = [
    "--allow-loss",
    "description",
    "--allow-loss",
    "conn-type-spelling",
    "--allow-loss",
    "absent-vs-empty",
    "--allow-loss",
    "field-type",
];

/// Connections as Airflow's files hold them: every shape that differs somewhere on the way.
pub fn awkward_connections() -> Value {
    let with = |mut fields: Value| {
        fields["conn_type"] = "http".into();
        fields
    };
    json!({
        "unicode": with(json!({ "host": "höst.example.test", "login": "użytkownik", "password": "пароль 🔑 \u{1F600}" })),
        "protocol_in_host": with(json!({ "host": "https://Api.example.test/v1", "port": 443, "schema": "https" })),
        "upper_case_host": with(json!({ "host": "MySQL.Example.TEST", "port": 3306 })),
        "ipv6": with(json!({ "host": "2001:db8::1", "port": 80 })),
        "ipv6_brackets": with(json!({ "host": "[2001:DB8::1]", "port": 80 })),
        "odd_password": with(json!({ "host": "h", "login": "a:b@c/d", "password": "p@ss:w/rd #1% ?&=+\"'\\ {}[]" })),
        "password_alone": with(json!({ "password": "only" })),
        "blanks": with(json!({ "host": " h ", "login": " u ", "password": "  p\t" })),
        "line_breaks": with(json!({ "host": "h", "password": "first\nsecond\r\nthird\n" })),
        "looks_like_json": with(json!({ "host": "h", "password": "{\"a\": 1}" })),
        "empty_texts": with(json!({ "host": "", "login": "", "schema": "" })),
        "slash_in_schema": with(json!({ "host": "h", "schema": "a/b?c#d" })),
        "numbers": with(json!({ "extra": "{\"price\": 1.50, \"big\": 12345678901234567890, \"exp\": 1e400}" })),
        "accents_in_extra": with(json!({ "extra": "{\"é\": \"\\u00e9\", \"é2\": \"é\"}" })),
        "nested_extra": with(json!({ "extra": "{\"a\": {\"b\": [1, null, {\"c\": true}]}, \"d\": \"{\\\"e\\\": 1}\"}" })),
        "odd_spacing": with(json!({ "extra": "{ \"b\":1 ,\n  \"a\" : \"x\" }" })),
        "repeated_key": with(json!({ "extra": "{\"a\": 1, \"a\": 2}" })),
        "not_a_number": with(json!({ "extra": "{\"a\": NaN, \"b\": -Infinity}" })),
        "empty_extra": with(json!({ "extra": "{}" })),
        "extra_of_texts": with(json!({ "extra": "{\"a\": \"1\", \"b\": \"true\", \"c\": \"\"}" })),
        "private_key": with(json!({ "extra": "{\"key\": \"-----BEGIN KEY-----\\nMII+/=\\n-----END KEY-----\\n\"}" })),
        "type_alone": { "conn_type": "fs" },
        "other_type": { "conn_type": "google_cloud_platform", "extra": "{\"project\": \"p\"}" },
        "with.dots-and_dashes": with(json!({ "host": "h" })),
        "Upper_Case": with(json!({ "host": "h" })),
        "folder/in/id": with(json!({ "host": "h" })),
        "colon:in:id": with(json!({ "host": "h" })),
        "round(brackets)": with(json!({ "host": "h" })),
        "highest_port": with(json!({ "host": "h", "port": 65535 })),
        "large": with(json!({ "host": "h", "extra": format!("{{\"blob\": \"{}\"}}", "x".repeat(60_000)) })),
    })
}

/// Variables that some place or format could change.
pub fn awkward_values() -> Value {
    json!({
        "json_object": "{\"b\": 1, \"a\": [1.50, null]}",
        "json_text": "\"quoted\"",
        "number": "0042",
        "yes": "yes",
        "null_word": "null",
        "lines": "first\nsecond\r\n\n",
        "blanks": "  both ends \t",
        "unicode": "zażółć 🔑 \u{2028} end",
        "template": "{{ ds }} {% raw %} $HOME ${HOME} %(x)s #",
        "quotes": "'\"`\\",
        "equals": "a=b&c=d",
        "uri": "postgres://u:p@h/s",
        "MixedCase": "v",
        "folder/key": "v",
        "large": "0123456789abcdef".repeat(60 * 64),
    })
}
