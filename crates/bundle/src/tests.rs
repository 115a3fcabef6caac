use std::process::Command;

use age::secrecy::ExposeSecret;
use airbridge_core::SecretText;
use proptest::prelude::*;

use super::{Identities, Key, Lock, Protection, Recipients, decrypt, encrypt, protection};

const PLAIN: &[u8] = b"{\"password\": \"c4n4ry\"}";

/// A new key: its recipient, and its identity file.
fn native() -> (String, String) {
    let identity = age::x25519::Identity::generate();
    (identity.to_public().to_string(), format!("# a comment\n{}\n", identity.to_string().expose_secret()))
}

/// A new SSH key: its public key, and its private key, which may have a passphrase.
fn ssh(kind: &[&str], passphrase: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let made = Command::new("ssh-keygen")
        .args([&["-q", "-C", "me@here", "-N", passphrase, "-t"][..], kind, &["-f"]].concat())
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    let read = |path| std::fs::read_to_string(path).unwrap();
    (read(path.with_extension("pub")), read(path))
}

fn lock(recipients: &[&str]) -> Lock {
    let mut all = Recipients::default();
    for recipient in recipients {
        all.add(recipient, "--recipient").unwrap();
    }
    Lock::Recipients(all)
}

fn key(files: &[&str]) -> Key {
    let mut all = Identities::default();
    for file in files {
        all.add_file(file.as_bytes(), "key.txt").unwrap();
    }
    Key::Identities(all)
}

fn fails(cipher: &[u8], key: &Key, expected: &str) {
    let error = decrypt(cipher, key).expect_err(expected);
    assert!(error.message.contains(expected) && !error.message.contains("c4n4ry"), "{error}");
    assert!(error.hint.is_some(), "{error}");
}

#[test]
fn every_recipient_can_decrypt_and_no_other() {
    let (native, ed25519, rsa) = (native(), ssh(&["ed25519"], ""), ssh(&["rsa", "-b", "2048"], ""));
    let cipher = encrypt(PLAIN, &lock(&[&native.0, &ed25519.0, &rsa.0])).unwrap();
    assert!(!cipher.windows(6).any(|part| part == b"c4n4ry"));
    assert_eq!(protection(&cipher), Ok(Protection::Recipients));
    for (_, identity) in [&native, &ed25519, &rsa] {
        assert_eq!(*decrypt(&cipher, &key(&[identity])).unwrap(), PLAIN);
    }
    let (_, other) = self::native();
    fails(&cipher, &key(&[&other]), "none of the identities");
    assert_eq!(*decrypt(&cipher, &key(&[&other, &native.1])).unwrap(), PLAIN);
    fails(&cipher, &Key::Passphrase("x".into()), "encrypted for recipients");
}

#[test]
fn passphrase_decrypts_and_another_does_not() {
    let cipher = encrypt(PLAIN, &Lock::Passphrase("c4n4ry".into())).unwrap();
    assert_eq!(protection(&cipher), Ok(Protection::Passphrase));
    assert_eq!(*decrypt(&cipher, &Key::Passphrase("c4n4ry".into())).unwrap(), PLAIN);
    fails(&cipher, &Key::Passphrase("other".into()), "the passphrase is wrong");
    fails(&cipher, &key(&[&native().1]), "encrypted with a passphrase");
}

#[test]
fn other_programs_of_age_read_and_write_the_same_files() {
    let identity = age::x25519::Identity::generate();
    let file = format!("{}\n", identity.to_string().expose_secret());
    let ours = encrypt(PLAIN, &lock(&[&identity.to_public().to_string()])).unwrap();
    assert_eq!(age::decrypt(&identity, &ours).unwrap(), PLAIN);
    let theirs = age::encrypt(&identity.to_public(), PLAIN).unwrap();
    assert_eq!(*decrypt(&theirs, &key(&[&file])).unwrap(), PLAIN);
    let text = age::encrypt_and_armor(&identity.to_public(), PLAIN).unwrap();
    assert_eq!(protection(text.as_bytes()), Ok(Protection::Recipients));
    assert_eq!(*decrypt(text.as_bytes(), &key(&[&file])).unwrap(), PLAIN);
}

#[test]
fn file_with_any_byte_changed_or_cut_off_anywhere_is_rejected() {
    let (recipient, identity) = native();
    let key = key(&[&identity]);
    // Three parts of 64 KiB.
    let plain: Vec<u8> = (0..150_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let cipher = encrypt(&plain, &lock(&[&recipient])).unwrap();
    assert_eq!(*decrypt(&cipher, &key).unwrap(), plain);
    let places = (0..300).chain((300..cipher.len()).step_by(4099)).chain(cipher.len() - 20..cipher.len());
    for at in places {
        let mut flipped = cipher.clone();
        flipped[at] ^= 1;
        assert!(decrypt(&flipped, &key).is_err(), "byte {at} was changed");
        assert!(decrypt(&cipher[..at], &key).is_err(), "cut off at {at}");
    }
    let longer = [&cipher[..], b"x"].concat();
    fails(&longer, &key, "damaged or cut off");
    fails(&cipher[..cipher.len() - 1], &key, "damaged or cut off");
    fails(&cipher[..70_000], &key, "damaged or cut off");
    fails(PLAIN, &key, "not an encrypted bundle");
    fails(b"", &key, "not an encrypted bundle");
    fails(b"age-encryption.org/v1\n-> X25519 ", &key, "damaged or cut off");
}

proptest! {
    #[test]
    fn encrypted_and_decrypted_bytes_are_the_same(plain in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let (recipient, identity) = native();
        let cipher = encrypt(&plain, &lock(&[&recipient])).unwrap();
        prop_assert_eq!(&*decrypt(&cipher, &key(&[&identity])).unwrap(), &plain);
    }

    #[test]
    fn any_bytes_after_the_magic_are_rejected(rest in proptest::collection::vec(any::<u8>(), 0..200)) {
        let cipher = [&b"age-encryption.org/v1\n"[..], &rest].concat();
        prop_assert!(decrypt(&cipher, &key(&[&native().1])).is_err());
        prop_assert!(protection(&cipher).is_err());
    }
}

#[test]
fn wrong_recipient_is_rejected_and_never_shown() {
    let (recipient, identity) = native();
    let secret = identity.lines().last().unwrap().to_owned();
    let mut damaged = recipient.clone();
    damaged.pop();
    for (text, expected) in [
        (secret.as_str(), "this is a secret key"),
        (&secret.to_lowercase(), "this is a secret key"),
        (&damaged, "not a valid age recipient"),
        ("age1yubikey1qwerty", "plugins are not supported"),
        ("ssh-ed25519 c4n4ry", "not a valid SSH public key"),
        ("ssh-dss AAAA", "not a valid SSH public key"),
        ("c4n4ry", "not a recipient"),
        ("", "not a recipient"),
    ] {
        let error = Recipients::default().add(text, "--recipient").unwrap_err();
        assert!(error.message().contains(expected), "{text}: {error}");
        let shown = format!("{error} {}", error.hint().unwrap());
        assert!(!shown.contains("c4n4ry") && !shown.contains(&secret), "{shown}");
    }
}

#[test]
fn file_of_recipients_has_one_per_line_and_errors_name_the_line() {
    let (one, two) = (native(), native());
    let mut all = Recipients::default();
    all.add_file(&format!("# ours\n\n{}\r\n  {}\n", one.0, two.0), "r.txt").unwrap();
    assert_eq!(format!("{all:?}"), "Recipients(2)");
    let error = all.add_file(&format!("{}\nnonsense\n", one.0), "r.txt").unwrap_err();
    assert!(error.message().starts_with("r.txt, line 2: "), "{error}");
    let error = all.add_file("# none\n", "r.txt").unwrap_err();
    assert_eq!(error.message(), "r.txt contains no recipient");
    assert!(encrypt(PLAIN, &lock(&[])).is_err());
}

#[test]
fn identity_file_that_cannot_be_used_is_explained() {
    let (recipient, identity) = native();
    let encrypted = encrypt(identity.as_bytes(), &lock(&[&recipient])).unwrap();
    let with_passphrase = ssh(&["ed25519"], "c4n4ry").1;
    let ecdsa = ssh(&["ecdsa"], "").1;
    let mixed = format!("{identity}c4n4ry\n");
    for (bytes, expected) in [
        (&encrypted[..], "is itself encrypted"),
        (with_passphrase.as_bytes(), "protected with a passphrase"),
        (ecdsa.as_bytes(), "a type that age does not support"),
        (mixed.as_bytes(), "a line that is not an identity"),
        (recipient.as_bytes(), "contains no identity"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nc4n4ry\n", "not a valid SSH private key"),
        (b"", "contains no identity"),
    ] {
        let error = Identities::default().add_file(bytes, "key.txt").expect_err(expected);
        assert!(error.message().starts_with("key.txt ") && error.message().contains(expected), "{error}");
        assert!(!error.message().contains("c4n4ry") && error.hint().is_some(), "{error}");
    }
}

#[test]
fn debug_shows_no_key_and_no_passphrase() {
    let (_, identity) = native();
    let shown = format!("{:?} {:?}", key(&[&identity]), Lock::Passphrase(SecretText::new("c4n4ry")));
    assert_eq!(shown, "Identities(Identities(1)) Passphrase([REDACTED])");
}
