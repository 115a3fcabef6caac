//! The spellings in which a server can quote what it got: percent, form, JSON and HTML escapes, and base64.

use zeroize::Zeroizing;

/// `text` with `%41` read as `A`, and `+` as a blank if `form`; `None` if nothing changes.
pub(super) fn percent(text: &str, form: bool) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    let mut changed = false;
    while let Some((first, after)) = rest.split_first() {
        let (byte, left) = match (first, after) {
            (b'%', [high, low, left @ ..]) => match hex(&[*high, *low]) {
                Some(code) => (u8::try_from(code).unwrap_or(b'%'), left),
                None => (b'%', after),
            },
            (b'+', _) if form => (b' ', after),
            (first, _) => (*first, after),
        };
        changed |= byte != *first || left.len() != after.len();
        bytes.push(byte);
        rest = left;
    }
    changed.then(|| Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// `text` with the escapes of JSON and of most programming languages resolved: `\"`, `\n`, `\u0041`, `\x41`; `None` if
/// nothing changes.
pub(super) fn backslashes(text: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let code = match chars.next() {
            Some('u') => unit(after.get(1..)),
            Some('x') => after.get(1..3).and_then(|digits| hex(digits.as_bytes())).map(|code| (code, 3)),
            _ => None,
        };
        let (char, length) = match (code.map(|(code, length)| (char::from_u32(code), length)), chars.as_str())
        {
            (Some((Some(char), length)), _) => (char, length),
            (_, left) => {
                let first = after.chars().next().unwrap_or('\\');
                let char = match first {
                    'n' | 'r' | 't' | 'b' | 'f' => ' ',
                    other => other,
                };
                (char, after.len() - left.len())
            }
        };
        out.push(char);
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    (*out != *text).then_some(out)
}

/// The code point after `\u` and the number of bytes after the backslash. A pair of surrogates is one.
fn unit(after: Option<&str>) -> Option<(u32, usize)> {
    let first = hex(after?.get(..4)?.as_bytes())?;
    if !(0xd800..0xdc00).contains(&first) {
        return Some((first, 5));
    }
    let second = hex(after?.get(4..)?.strip_prefix("\\u")?.get(..4)?.as_bytes())?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((0x10000 + ((first - 0xd800) << 10) + low, 11))
}

/// `text` with the five characters that HTML and XML escape; `None` if nothing changes.
pub(super) fn entities(text: &str) -> Option<Zeroizing<String>> {
    const ENTITIES: [(&str, &str); 7] = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return None;
    }
    let replaced =
        |out: Zeroizing<String>, (entity, char): &(&str, &str)| Zeroizing::new(out.replace(entity, char));
    let out = ENTITIES.iter().fold(Zeroizing::new(text.to_owned()), replaced);
    (*out != *text).then_some(out)
}

/// Everything in `text` that could be base64, decoded from each of the four places where a group can begin. Both alphabets are
/// read. `None` if there is nothing.
pub(super) fn base64(text: &str) -> Option<Zeroizing<String>> {
    const SHORTEST: usize = 6;
    let is_digit = |char: char| char.is_ascii_alphanumeric() || "+/-_".contains(char);
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 3 + 16));
    for token in text.split(|char| !is_digit(char)).filter(|token| token.len() >= SHORTEST) {
        for start in 0..4 {
            let bytes = decoded(token.as_bytes().get(start..).unwrap_or_default());
            out.push_str(&String::from_utf8_lossy(&bytes));
            out.push('\n');
        }
    }
    (!out.is_empty()).then_some(out)
}

fn decoded(digits: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(digits.len()));
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, digit| bits << 6 | six_bits(*digit));
        // A group of n digits holds n - 1 bytes, in the upper part of its bits.
        let [_, first, second, third] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        out.extend([first, second, third].into_iter().take(group.len() - 1));
    }
    out
}

fn six_bits(digit: u8) -> u32 {
    u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    })
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::{backslashes, base64, entities, percent};

    fn text(found: Option<zeroize::Zeroizing<String>>) -> Option<String> {
        found.map(|text| text.to_string())
    }

    #[test]
    fn percent_escapes_are_read_in_both_cases_and_others_are_kept() {
        assert_eq!(text(percent("a%2Fb%2fc+d", false)).as_deref(), Some("a/b/c+d"));
        assert_eq!(text(percent("a+b%c3%a9", true)).as_deref(), Some("a bé"));
        for plain in ["", "a+b", "100%", "%zz", "%4", "%é"] {
            assert_eq!(text(percent(plain, false)), None, "{plain}");
        }
        assert_eq!(text(percent("%%41", false)).as_deref(), Some("%A"));
    }

    #[test]
    fn backslashes_are_read_and_damaged_ones_keep_their_character() {
        assert_eq!(text(backslashes(r#"a\"b\\c\/d\ne"#)).as_deref(), Some("a\"b\\c/d e"));
        assert_eq!(text(backslashes(r"\u00e9\u00E9\xe9\ud83d\ude00")).as_deref(), Some("ééé😀"));
        assert_eq!(text(backslashes(r"\ud83d \u12 \x \")).as_deref(), Some(r"ud83d u12 x \"));
        assert_eq!(text(backslashes("plain é")), None);
        for damaged in [r"\", r"\u", r"\ué", r"\xé", r"\ud83d\u", r"\ud83d\uffff", "\\é"] {
            let _ = backslashes(damaged);
        }
    }

    #[test]
    fn entities_are_read() {
        assert_eq!(text(entities("&quot;a&amp;b&lt;&#39;")).as_deref(), Some("\"a&b<'"));
        assert_eq!(text(entities("a&b")), None);
    }

    #[test]
    fn base64_is_read_wherever_it_begins_in_either_alphabet() {
        // `secret?>`, alone and behind other digits, in both alphabets, with and without padding.
        for word in ["c2VjcmV0Pz4=", "c2VjcmV0Pz4", "xc2VjcmV0Pz4", "xxc2VjcmV0Pz4", "xxxc2VjcmV0Pz4"] {
            let found = text(base64(word)).unwrap_or_default();
            assert!(found.contains("secret?>"), "{word}: {found:?}");
        }
        assert!(text(base64("PDw_Pz8-Pg")).is_some_and(|found| found.contains("<<???>>")));
        assert_eq!(text(base64("short - a b")), None);
    }
}
