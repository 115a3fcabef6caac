//! The page for a reviewer: a plan, or the differences between two endpoints.
//!
//! It is made from the JSON document, so that both say the same. Members of a document that this code does not know are
//! shown as they are.

mod details;
mod entries;
mod facts;
mod markup;
mod shape;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use markup::Markup;
use shape::Shape;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a document: complete HTML that loads nothing.
pub(crate) fn page(document: &Value) -> String {
    let shape = Shape::of(document);
    let mut page = Markup::default();
    head(&mut page, document, &shape);
    page.raw("<body>\n<header>\n");
    facts::title(&mut page, document, &shape);
    page.raw("</header>\n<main>\n");
    facts::error(&mut page, document);
    facts::sides(&mut page, document, &shape);
    if document["entries"].is_array() {
        let groups = entries::groups(document, &shape);
        facts::summary(&mut page, document, &shape, &groups);
        facts::estimate(&mut page, document);
        facts::remarks(&mut page, document);
        facts::new_secrets(&mut page, document);
        facts::warnings(&mut page, document);
        facts::others(&mut page, document);
        entries::section(&mut page, &shape, &groups);
    } else {
        facts::warnings(&mut page, document);
    }
    page.raw("</main>\n<footer class=\"dim\">\n<p>Made by airbridge ")
        .text(env!("CARGO_PKG_VERSION"))
        .raw(". ")
        .prose(shape.contains)
        .raw("</p>\n</footer>\n");
    // Without entries there is nothing to filter.
    if document["entries"].is_array() {
        page.raw("<script>").raw(SCRIPT).raw("</script>\n");
    }
    page.raw("</body>\n</html>\n");
    page.finish()
}

fn head(page: &mut Markup, document: &Value, shape: &Shape) {
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .text(&policy())
        .raw("\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>airbridge ")
        .text(&facts::title_text(document, shape))
        .raw("</title>\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n");
}

/// The page may load nothing, and run and apply nothing but its own script and style.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests;
