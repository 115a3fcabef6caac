//! Scans a folder of DAG files whose lines say what they use: `=> conn:ID Form`, `=> dynamic conn Reason`.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use airbridge_dags::{Broken, Need, Problem, Scan, scan};

/// What each line uses, sorted.
type Lines = BTreeMap<(PathBuf, u32), Vec<String>>;

fn dags() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dags")
}

fn found(scan: &Scan) -> Lines {
    let mut lines = Lines::new();
    for found in &scan.references {
        let mut item = format!("{} {:?}", found.id, found.how);
        if found.need != Need::Required {
            write!(item, " {:?}", found.need).unwrap();
        }
        lines.entry((found.file.clone(), found.line)).or_default().push(item);
    }
    for found in &scan.dynamic {
        let item = format!("dynamic {} {:?}", found.kind.prefix(), found.reason);
        lines.entry((found.file.clone(), found.line)).or_default().push(item);
    }
    for items in lines.values_mut() {
        items.sort();
    }
    lines
}

fn expected(root: &Path, folder: &Path, lines: &mut Lines) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            expected(root, &path, lines);
            continue;
        }
        let name = path.strip_prefix(root).unwrap();
        for (line, number) in fs::read_to_string(&path).unwrap().lines().zip(1..) {
            let Some((_, items)) = line.split_once("=> ") else { continue };
            let items = items.trim_end_matches(" -->").trim_end_matches("\",");
            let mut items: Vec<String> = items.split(", ").map(ToOwned::to_owned).collect();
            items.sort();
            lines.insert((name.to_owned(), number), items);
        }
    }
}

#[test]
fn every_line_uses_what_it_says() {
    let scan = scan(&dags()).unwrap();
    let mut wanted = Lines::new();
    expected(&dags(), &dags(), &mut wanted);
    let found = found(&scan);
    let mut differences = String::new();
    for place in found.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
        if found.get(place) != wanted.get(place) {
            writeln!(differences, "{place:?}: wanted {:?}, found {:?}", wanted.get(place), found.get(place))
                .unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(scan.files >= 40, "{}", scan.files);
    assert!(wanted.len() > 150, "{}", wanted.len());
    assert!(scan.broken.is_empty(), "{:?}", scan.broken);
}

#[test]
fn results_are_sorted_and_the_same_every_time() {
    let first = scan(&dags()).unwrap();
    assert_eq!(first, scan(&dags()).unwrap());
    assert!(first.references.is_sorted() && first.dynamic.is_sorted() && first.broken.is_sorted());
}

/// Scans a folder of these files.
fn scanned(files: &[(&str, &[u8])]) -> Scan {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    scan(folder.path()).unwrap()
}

fn ids(scan: &Scan) -> Vec<String> {
    scan.references.iter().map(|found| found.id.to_string()).collect()
}

fn problems(scan: &Scan) -> Vec<(String, Option<u32>, Problem)> {
    let of = |broken: &Broken| (broken.file.display().to_string(), broken.line, broken.problem);
    scan.broken.iter().map(of).collect()
}

#[test]
fn parser_goes_on_after_a_syntax_error() {
    let scan = scanned(&[
        ("a.py", b"Variable.get('a')\ndef f(:\n    x = = 1\n\nclass\nHook(conn_id='c')\n"),
        ("b.py", b"Variable.get('d'\nX(conn_id='e')\n"),
        ("c.yaml", b"a: [\nb_conn_id: x\ncommand: {{ var.value.f }}\n"),
    ]);
    let ids = ids(&scan);
    for id in ["var:a", "conn:c", "conn:e", "var:f"] {
        assert!(ids.contains(&id.to_owned()), "{id}: {ids:?}");
    }
    let syntax = |file: &str, line| (file.to_owned(), Some(line), Problem::Syntax);
    assert_eq!(problems(&scan), [syntax("a.py", 2), syntax("b.py", 1), syntax("c.yaml", 3)]);
}

#[test]
fn file_in_another_encoding_is_read_where_it_is_ascii() {
    let scan = scanned(&[
        ("a.py", b"# \xe9t\xe9\nVariable.get('a')\nVariable.get('\xe9')\nX(conn_id='\xff')\n"),
        ("b.sql", b"\xff\xfe{{ var.value.b }}"),
        ("c.py", "\u{feff}Variable.get('c')\n".as_bytes()),
        ("d.py", b"Variable.get('d')\r\nVariable.get('e')\r\n"),
        ("e.py", b"\0\0\0Variable.get('f')\0"),
        ("f.py", b""),
    ]);
    let found = ids(&scan);
    assert_eq!(
        found.get(..4),
        Some(&["var:a", "var:b", "var:c", "var:d"].map(String::from)[..]),
        "{found:?}"
    );
    assert_eq!(scan.dynamic.len(), 2);
    let encoding: Vec<_> =
        problems(&scan).into_iter().filter(|(_, _, problem)| *problem == Problem::NotUtf8).collect();
    let expected = |file: &str| (file.to_owned(), Some(1), Problem::NotUtf8);
    assert_eq!(encoding, [expected("a.py"), expected("b.sql")]);
}

#[test]
fn links_are_followed_once() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("o.py"), "Variable.get('outside')").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("dags");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::write(root.join("sub/a.py"), "Variable.get('a')").unwrap();
    fs::write(folder.path().join("above.py"), "Variable.get('above')").unwrap();
    for (target, link) in [
        (root.as_path(), "sub/circle"),
        (root.join("sub").as_path(), "sub/self"),
        (root.join("sub/a.py").as_path(), "z.py"),
        (folder.path(), "above"),
        (Path::new("/"), "everything"),
        (outside.path(), "outside"),
        (Path::new("nowhere"), "broken.py"),
        (Path::new("nowhere"), "broken"),
        (Path::new("/dev/zero"), "endless.py"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    let scan = scan(&root).unwrap();
    assert_eq!(ids(&scan), ["var:outside", "var:a"]);
    assert_eq!(scan.files, 2);
    assert_eq!(problems(&scan), [("broken.py".to_owned(), None, Problem::Unreadable)]);
    let link = folder.path().join("link");
    symlink(&root, &link).unwrap();
    assert_eq!(airbridge_dags::scan(&link).unwrap(), scan);
}

#[test]
fn folders_without_dags_are_skipped() {
    let code: &[u8] = b"Variable.get('a')";
    let scan = scanned(&[
        (".git/a.py", code),
        ("__pycache__/a.py", code),
        ("node_modules/a.py", code),
        ("venv/pyvenv.cfg", b""),
        ("venv/lib/a.py", code),
        ("a.pyc", code),
        ("a", code),
    ]);
    assert_eq!((ids(&scan), scan.files), (Vec::new(), 0));
    assert!(scan.broken.is_empty());
}

#[test]
fn missing_folder_is_an_error() {
    assert!(scan(Path::new("/does/not/exist")).is_err());
    assert!(scan(&dags().join("hooks/positional.py")).is_err());
}

#[test]
fn large_file_is_read_in_reasonable_time() {
    let mut code = String::from("from airflow.models import Variable\n");
    for number in 0..20_000 {
        writeln!(code, "t{number} = PostgresOperator(task_id='t{number}', postgres_conn_id='c{number}',")
            .unwrap();
        writeln!(code, "    sql='select {{{{ var.value.v{number} }}}}', retries=3)").unwrap();
    }
    let start = Instant::now();
    let scan = scanned(&[("large.py", code.as_bytes())]);
    println!("{} bytes took {:?}", code.len(), start.elapsed());
    assert_eq!(scan.references.len(), 40_000);
    assert_eq!(scan.references.last().unwrap().line, 40_001);
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
    let too_large = scanned(&[("data.json", &vec![b' '; (16 << 20) + 1])]);
    assert_eq!(problems(&too_large), [("data.json".to_owned(), None, Problem::TooLarge)]);
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let deep = |open: &str, inner: &str, close: &str| {
        let depth = 10_000;
        format!("{}{inner}{}\n", open.repeat(depth), close.repeat(depth))
    };
    let cases = [
        deep("(", "Variable.get('a')", ")"),
        deep("f(", "Variable.get('a')", ")"),
        deep("[", "Variable.get('a')", "]"),
        deep("{'x': ", "Variable.get('a')", "}"),
        deep("'x' + ", "Variable.get('a')", ""),
        deep("not ", "Variable.get('a')", ""),
        deep("lambda: ", "Variable.get('a')", ""),
        deep("a.b().", "f(Variable.get('a'))", ""),
        deep("x = ", "Variable.get('a')", ""),
        format!("X(conn_id={})\nVariable.get('a')", deep("(", "'c'", ")")),
        format!("X(conn_id={})\nVariable.get('a')", deep("'c' + ", "'c'", "")),
        format!("X(conn_id={})\nVariable.get('a')", deep("[", "'c'", "]")),
        format!("X(**{})\nVariable.get('a')", deep("{'a': 1, **", "x", "}")),
        format!("Variable.get('a'){}", ".format()".repeat(10_000)),
    ];
    for case in &cases {
        let start = Instant::now();
        let scan = scanned(&[("deep.py", case.as_bytes())]);
        let shown = &case[..20];
        println!("{shown}: {:?}", start.elapsed());
        assert!(ids(&scan).contains(&"var:a".to_owned()), "{shown}: {scan:?}");
    }
    for (name, case) in [
        ("a.py", "(".repeat(200_000)),
        ("a.py", "f'{".repeat(10_000)),
        ("a.yaml", "[".repeat(100_000)),
        ("a.yaml", "a: {b_conn_id: ".repeat(100_000)),
        ("a.sql", "{{ ((".repeat(100_000)),
        ("a.py", "if x:\n".to_owned() + &"\tif x:\n".repeat(100_000)),
    ] {
        let start = Instant::now();
        scanned(&[(name, case.as_bytes())]);
        println!("{name}: {:?}", start.elapsed());
    }
}

#[test]
fn constants_that_double_one_another_are_bounded() {
    let mut code = String::from("A0 = 'xxxxxxxxxx'\n");
    for number in 1..60 {
        writeln!(code, "A{number} = A{0} + A{0} + f'{{A{0}}}'", number - 1).unwrap();
    }
    code += "X(conn_id=A59)\nVariable.get('a')\n";
    let scan = scanned(&[("a.py", code.as_bytes())]);
    assert_eq!(ids(&scan), ["var:a"]);
    assert_eq!(scan.dynamic.len(), 1);
}

#[test]
fn damaged_files_are_read_without_a_panic() {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, files) } else { files.push(path) }
        }
    }
    let mut files = Vec::new();
    collect(&dags(), &mut files);
    files.sort();
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let folder = tempfile::tempdir().unwrap();
    for (number, file) in files.iter().enumerate() {
        for round in 0..20 {
            let mut bytes = fs::read(file).unwrap();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                let end = at + random(bytes.len() - at + 1).min(12);
                match random(4) {
                    0 => drop(bytes.drain(at..end)),
                    1 => bytes.truncate(at + 1),
                    2 => bytes.extend_from_within(at..end),
                    _ => bytes[at] = b"'\"{}()[]%\\\n\xff#:"[random(14)],
                }
            }
            let extension = file.extension().unwrap().to_str().unwrap();
            fs::write(folder.path().join(format!("{number}_{round}.{extension}")), bytes).unwrap();
        }
    }
    let scan = scan(folder.path()).unwrap();
    assert!(scan.files > 900, "{}", scan.files);
    assert!(scan.references.len() > 1500, "{}", scan.references.len());
    for found in &scan.references {
        assert!(!found.id.key.contains(['\u{fffc}', '\u{fffd}', '\n']), "{found:?}");
    }
}
