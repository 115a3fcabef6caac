//! The code on `docs/adding-a-backend.md` is the code of this folder.

use std::fs;
use std::path::Path;

/// The blocks of code on the page that start with the name of a file of this folder, with that name.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let code = page.split("```").skip(1).step_by(2);
    code.filter_map(|block| block.split_once("//! `")?.1.split_once("`\n")).collect()
}

/// The lines without the spaces around them, because a block may start inside an `impl`.
fn trimmed(code: &str) -> String {
    code.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn code_on_the_page_is_in_the_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(folder.join("../../docs/adding-a-backend.md")).unwrap();
    let blocks = blocks(&page);
    for (file, code) in &blocks {
        let content = trimmed(&fs::read_to_string(folder.join(file)).unwrap());
        for part in code.split("// …") {
            assert!(content.contains(&trimmed(part)), "{file} does not contain:\n{}", part.trim());
        }
    }
    let files: Vec<&str> = blocks.iter().map(|(file, _)| *file).collect();
    let expected = [
        "src/store.rs",
        "src/settings.rs",
        "src/client.rs",
        "tests/conformance.rs",
        "tests/support/mod.rs",
        "tests/faults.rs",
        "tests/faults.rs",
        "kinds/kv.rs",
    ];
    assert_eq!(files, expected);
    assert_eq!(
        page.matches("```rust").count(),
        expected.len(),
        "each Rust block starts with the name of its file"
    );
}

#[test]
fn manifest_on_the_page_is_that_of_this_crate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(folder.join("../../docs/adding-a-backend.md")).unwrap();
    let block = page.split("```toml\n").find(|block| block.starts_with("[package]")).unwrap();
    // Everything from the version on: the example has another name.
    let from_version = |text: &str| text[text.find("version.workspace").unwrap()..].to_owned();
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    assert_eq!(from_version(block.split("```").next().unwrap()), from_version(&manifest));
}
