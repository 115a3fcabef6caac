use super::{constructor_keeps, key_rule_accepts, rest_api_accepts};
use crate::AirflowVersion::{V2_11, V3_3};

#[test]
fn id_length_counts_characters_including_a_final_line_break() {
    let (just, over) = ("a".repeat(249) + "\n", "a".repeat(250) + "\n");
    assert_eq!(constructor_keeps(&just, V3_3), Some("a".repeat(249)));
    assert_eq!(constructor_keeps(&over, V3_3), None);
    assert_eq!(constructor_keeps(&just, V2_11), None);
    assert_eq!(constructor_keeps(&"é".repeat(250), V3_3), Some("é".repeat(250)));
    for version in [V2_11, V3_3] {
        assert!(key_rule_accepts(&("a".repeat(199) + "\n"), version));
        assert!(!key_rule_accepts(&("a".repeat(200) + "\n"), version));
    }
}

#[test]
fn id_with_letters_or_numbers_of_any_script_is_accepted() {
    for id in ["½", "ª", "Ⅷ", "日", "_"] {
        assert_eq!(constructor_keeps(id, V3_3).as_deref(), Some(id));
        assert!(key_rule_accepts(id, V2_11));
    }
    for id in ["‿", "\u{301}", "", "\n", "a\n\n", "\0"] {
        assert_eq!(constructor_keeps(id, V3_3), None, "{id:?}");
        assert!(!key_rule_accepts(id, V3_3), "{id:?}");
    }
}

#[test]
fn rest_api_accepts_what_both_its_rule_and_the_constructor_accept() {
    for id in ["a", "a..b", "a.b-c_d", "1", &"a".repeat(200)] {
        assert!(rest_api_accepts(id, V2_11) && rest_api_accepts(id, V3_3), "{id:?}");
    }
    for id in ["Ⅷ", "é", "日", "ª", "٣"] {
        assert!(!rest_api_accepts(id, V2_11) && rest_api_accepts(id, V3_3), "{id:?}");
    }
    for id in ["", "½", "e\u{301}", "‿", "a:b", "a/b", "a b", "a\n", &"a".repeat(201)] {
        assert!(!rest_api_accepts(id, V2_11) && !rest_api_accepts(id, V3_3), "{id:?}");
    }
}
