use crate::report::{Findings, Need, Scan};
use crate::text::Text;

/// What a template uses: `LINE ID`, with `?` for an optional id and `dynamic` for an unknown one.
fn used(template: &str) -> Vec<String> {
    let mut scan = Scan::default();
    super::scan(&Text::of_lines(template, 1), &mut Findings::new("t.sql".into(), &mut scan));
    scan.sort();
    let references = scan.references.iter().map(|found| {
        let mark = if found.need == Need::HasDefault { "?" } else { "" };
        format!("{} {}{mark}", found.line, found.id)
    });
    let dynamic = scan.dynamic.iter().map(|found| format!("{} dynamic {}", found.line, found.kind.prefix()));
    references.chain(dynamic).collect()
}

#[test]
fn every_spelling_of_an_access_is_found() {
    for (template, id) in [
        ("{{ conn.a.host }}", "1 conn:a"),
        ("{{conn.a}}", "1 conn:a"),
        ("{{- conn . a . host -}}", "1 conn:a"),
        ("{{ conn['a-b'].host }}", "1 conn:a-b"),
        ("{{ conn[\"a\"].host }}", "1 conn:a"),
        ("{{ conn.get('a').host }}", "1 conn:a"),
        ("{{ conn.get('a', none) }}", "1 conn:a?"),
        ("{% set c = conn.a %}{{ c.host }}", "1 conn:a"),
        ("{% if conn.a.host %}x{% endif %}", "1 conn:a"),
        ("{{ var.value.k }}", "1 var:k"),
        ("{{ var.value['k k'] }}", "1 var:k k"),
        ("{{ var['value']['k'] }}", "1 var:k"),
        ("{{ var.value.get('k') }}", "1 var:k"),
        ("{{ var.value.get('k', 'd') }}", "1 var:k?"),
        ("{{ var.json.k.x['y'] }}", "1 var:k"),
        ("{{ var.json['k']['x'] }}", "1 var:k"),
        ("{{ var.json.get('k', {}).x }}", "1 var:k?"),
        ("{{ f({'a': {'b': var.value.k}}) }}", "1 var:k"),
        ("a\nb\n{{\n var.value.k }}", "4 var:k"),
        ("{{ '}}' ~ var.value.k }}", "1 var:k"),
        ("{{ var.value.get }}", "1 var:get"),
    ] {
        assert_eq!(used(template), [id], "{template}");
    }
    assert_eq!(used("{{ conn.a.host }} {{ var.json.k ~ var.value.l }}"), ["1 conn:a", "1 var:k", "1 var:l"]);
}

#[test]
fn computed_key_is_dynamic() {
    for template in ["{{ conn[params.c].host }}", "{{ conn.get(name) }}", "{{ conn['a' ~ b] }}"] {
        assert_eq!(used(template), ["1 dynamic conn"], "{template}");
    }
    for template in ["{{ var.value[k] }}", "{{ var.json.get('a' + b, 1) }}", "{{ var[kind].k }}"] {
        assert_eq!(used(template), ["1 dynamic var"], "{template}");
    }
    assert_eq!(used("{{ var.value.pre_\u{fffc} }}"), ["1 dynamic var"]);
}

#[test]
fn other_text_is_no_reference() {
    for template in [
        "conn.a var.value.k",
        "{ conn.a }",
        "{{ params.conn.a }}",
        "{{ x.var.value.k }}",
        "{# {{ conn.a }} #}{{ ds }}",
        "{% raw %}{{ conn.a }}{% endraw %}",
        "{{ 'conn.a' }}",
        "{{ conn }}",
        "{{ var('k') }}",
        "{{ var.other.k }}",
        "{% for conn in list %}{{ conn.a }}{% endfor %}",
        "{% set var = x %}{{ var.value.k }}",
        "{% macro m(conn) %}{{ conn.a }}{% endmacro %}",
        "{{ connect.a }}",
        "{{ conn.a",
        "{{",
        "{%",
        "{#",
        "{",
    ] {
        assert_eq!(used(template), Vec::<String>::new(), "{template}");
    }
}

#[test]
fn long_text_without_ends_takes_little_time() {
    assert_eq!(used(&format!("{}conn var", "{{ '".repeat(1_000_000))), Vec::<String>::new());
    assert_eq!(used(&format!("{{{{ var.value.k }}}}{}", "{{ (".repeat(1_000_000))), ["1 var:k"]);
    assert_eq!(used(&format!("{{{{ {} }}}}", "var.value.k + ".repeat(4000))), ["1 var:k"]);
}
