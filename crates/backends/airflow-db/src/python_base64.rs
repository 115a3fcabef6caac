//! Python's lenient base64, in which Airflow reads keys and tokens. (`CPython` 3.11, `base64.urlsafe_b64decode` and
//! `binascii.a2b_base64` without `strict_mode`.)

use zeroize::Zeroizing;

/// The bytes of `text`. Both alphabets are accepted, other characters are skipped, and what follows complete padding is
/// ignored. `None` if the padding is missing.
pub(crate) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    // The place in a group of four characters, and the bits that are not in a byte yet.
    let (mut place, mut rest, mut pads) = (0_u8, 0_u8, 0_u8);
    for char in text.bytes() {
        if char == b'=' {
            if place >= 2 {
                pads += 1;
                if place + pads >= 4 {
                    return Some(bytes);
                }
            }
            continue;
        }
        let Some(bits) = bits(char) else { continue };
        pads = 0;
        match place {
            0 => rest = bits,
            1 => {
                bytes.push(rest << 2 | bits >> 4);
                rest = bits & 0x0f;
            }
            2 => {
                bytes.push(rest << 4 | bits >> 2);
                rest = bits & 0x03;
            }
            _ => bytes.push(rest << 6 | bits),
        }
        place = (place + 1) % 4;
    }
    (place == 0).then_some(bytes)
}

fn bits(char: u8) -> Option<u8> {
    Some(match char {
        b'A'..=b'Z' => char - b'A',
        b'a'..=b'z' => char - b'a' + 26,
        b'0'..=b'9' => char - b'0' + 52,
        b'-' | b'+' => 62,
        b'_' | b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn text_is_decoded_as_python_does() {
        // CPython 3.11: base64.urlsafe_b64decode
        for (text, bytes) in [
            ("", Some(&b""[..])),
            ("YQ==", Some(b"a")),
            ("Y Q\n==", Some(b"a")),
            ("YQ==YQ==", Some(b"a")),
            ("YQ==!", Some(b"a")),
            ("YWI=", Some(b"ab")),
            ("YWJj", Some(b"abc")),
            ("YWJj=", Some(b"abc")),
            ("-_-_", Some(b"\xfb\xff\xbf")),
            ("+/+/", Some(b"\xfb\xff\xbf")),
            ("YQ=", None),
            ("YQ", None),
            ("YWI", None),
            ("Y", None),
            ("YQ=I=", Some(b"a\x02")),
            ("=YQ==", Some(b"a")),
        ] {
            assert_eq!(decode(text).as_deref().map(Vec::as_slice), bytes, "{text}");
        }
    }
}
