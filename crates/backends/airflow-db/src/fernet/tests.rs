//! Against tokens that Airflow read.

use airbridge_core::SecretText;
use serde_json::Value;

use super::{Fernet, FernetError};

fn fernet(keys: &str) -> Result<Fernet, FernetError> {
    Fernet::new(&SecretText::new(keys))
}

const KEY: &str = "ZmVybmV0IHZlY3RvciBrZXkgQSB-fn4_Pz8-Pj4uLi4=";
const OTHER: &str = "YW5vdGhlciB2ZWN0b3Iga2V5IEIuLi4uLi4uLi4uLi4=";

/// `tests/vectors/fernet.json`: 49 settings and tokens, with what Airflow 2.11.2 and 3.3.2 made of them.
#[test]
fn every_recorded_token_is_read_as_airflow_reads_it() {
    let recorded: Value =
        serde_json::from_str(include_str!("../../../../../tests/vectors/fernet.json")).unwrap();
    let cases = recorded["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 49);
    for case in cases {
        let text = |field: &str| case["input"][field].as_str().unwrap();
        for result in case["results"].as_object().unwrap().values() {
            let found = fernet(text("fernet_key")).and_then(|fernet| {
                if fernet.is_off() {
                    Ok(SecretText::new(text("token")))
                } else {
                    fernet.decrypt(text("token"))
                }
            });
            let found = found.as_ref().ok().map(SecretText::expose);
            assert_eq!(found, result["plaintext"].as_str(), "{}", case["id"]);
        }
    }
}

#[test]
fn encrypted_text_is_decrypted_again_under_any_of_the_keys() {
    let writer = fernet(KEY).unwrap();
    let reader = fernet(&format!("{OTHER},{KEY}")).unwrap();
    for text in ["", "a", "fifteen letters", "sixteen letters!", "é\n日本", &"x".repeat(5_000_000)] {
        let token = writer.encrypt(text).unwrap();
        assert_eq!(token.len(), Fernet::token_len(text.len()));
        assert_eq!(reader.decrypt(&token).unwrap().expose(), text);
    }
}

#[test]
fn reason_says_what_is_wrong_with_a_token() {
    let token = fernet(KEY).unwrap().encrypt("canary").unwrap();
    let reason = |keys: &str, token: &str| fernet(keys).and_then(|fernet| fernet.decrypt(token)).unwrap_err();
    assert_eq!(reason("", &token), FernetError::NoKey);
    assert_eq!(reason(OTHER, &token), FernetError::WrongKey);
    assert_eq!(reason(KEY, &token[..token.len() - 20]), FernetError::Damaged);
    assert_eq!(reason(KEY, "plain text"), FernetError::Damaged);
    assert_eq!(reason(KEY, ""), FernetError::Damaged);
    assert_eq!(reason(&format!("{KEY},"), &token), FernetError::Key(2));
    assert_eq!(reason("None", &token), FernetError::Key(1));
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(format!("{:?}", fernet(KEY).unwrap()), "Fernet(1 keys)");
}
