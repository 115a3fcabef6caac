use super::*;

#[test]
fn whole_number_is_read_like_int() {
    for (text, number) in [
        ("5432", "5432"),
        (" 5432 ", "5432"),
        ("5_432", "5432"),
        ("05432", "5432"),
        ("+7", "7"),
        ("-0", "0"),
        ("-12", "-12"),
        ("\u{85}5\u{2003}", "5"),
        ("５４３２", "5432"),
        ("٣", "3"),
        ("\u{1D7DA}", "2"),
    ] {
        assert_eq!(int_from_text(text).as_deref(), Some(number), "{text:?}");
    }
    for text in
        ["", " ", "x", "5.0", "0x10", "_5", "5_", "5__0", "+ 5", "+-5", "1 2", "5\0", "\u{1C}5", "½", "²"]
    {
        assert_eq!(int_from_text(text), None, "{text:?}");
    }
    assert_eq!(int_from_text(&"0".repeat(4300)).as_deref(), Some("0"));
    assert_eq!(int_from_text(&"0".repeat(4301)), None);
}

#[test]
fn fraction_of_a_number_is_cut_off() {
    for (number, whole) in [
        ("5432.7", "5432"),
        ("-0.5", "0"),
        ("1e3", "1000"),
        ("-1.5e1", "-15"),
        ("123456789012345678901", "123456789012345678901"),
    ] {
        assert_eq!(int_from_number(number).as_deref(), Some(whole), "{number}");
    }
    for number in ["NaN", "Infinity", "-Infinity", "1e400"] {
        assert_eq!(int_from_number(number), None, "{number}");
    }
}

#[test]
fn invalid_utf8_is_replaced_when_unquoting() {
    for (text, decoded) in [
        ("a%20b", "a b"),
        ("%C3%A9", "é"),
        ("%C3é", "\u{FFFD}é"),
        ("%ff", "\u{FFFD}"),
        ("%zz%4", "%zz%4"),
        ("+", "+"),
    ] {
        assert_eq!(unquote(text).expose(), decoded, "{text}");
    }
}

#[test]
fn address_in_brackets_must_be_ipv6() {
    let split = |netloc: &str| UrlParts::split(&format!("//{netloc}/")).map(|_| ());
    for fine in [
        "[::1]",
        "[2001:DB8::a]:1",
        "[fe80::1%eth0]",
        "[::ffff:1.2.3.4]",
        "[v1.x]",
        "[1:2:3:4:5:6:7::]",
        "u[::1]p@h",
    ] {
        assert_eq!(split(fine), Ok(()), "{fine}");
    }
    for bad in [
        "[zz]",
        "[]",
        "[1.2.3.4]",
        "[::1%]",
        "[::1%a%b]",
        "[v1]",
        "[vg.x]",
        "[v.x]",
        "[::01.2.3.4]",
        "[12345::]",
    ] {
        assert_eq!(split(bad), Err(SplitError::NotAnIpv6Address), "{bad}");
    }
    for unpaired in ["[::1", "::1]"] {
        assert_eq!(split(unpaired), Err(SplitError::UnpairedBracket), "{unpaired}");
    }
}

#[test]
fn character_that_normalises_to_a_delimiter_is_rejected() {
    for (netloc, fine) in
        [("a\u{2100}b", false), ("ｈ", true), ("a\u{FF03}", false), ("é:1", true), ("\u{FF0F}@h", false)]
    {
        assert_eq!(UrlParts::split(&format!("//{netloc}")).is_ok(), fine, "{netloc}");
    }
}

#[test]
fn strip_removes_pythons_white_space() {
    assert_eq!(strip("\u{1C}\u{85}\u{A0}\u{3000} x \u{1F}\n"), "x");
    assert_eq!(strip("\u{FEFF}x\u{200B}"), "\u{FEFF}x\u{200B}");
}
