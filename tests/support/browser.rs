//! Pages in a headless browser.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a browser made of a page.
#[derive(Debug)]
pub struct Browsed {
    /// The elements, once all scripts have run.
    pub dom: String,
    /// What the page wrote into the console, and what its policy blocked.
    pub console: Vec<String>,
}

/// Opens a file in Chromium; `fragment` is what follows it in the address, such as `#a=b`.
///
/// # Panics
/// If Chromium is not installed or fails.
pub fn browse(file: &Path, fragment: &str) -> Browsed {
    let profile = TempDir::new().expect("a temporary folder");
    let output = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"])
        .args(["--virtual-time-budget=60000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}{fragment}", file.display()))
        .env_clear()
        .env("HOME", profile.path())
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .output()
        .expect("chromium runs: python3 tests/servers/servers.py install");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let dom = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(dom.contains("</html>"), "no page: {log}");
    let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    Browsed { dom, console }
}

/// Opens a page without scripts, and returns the text that a reader sees.
///
/// # Panics
/// As [`browse`].
pub fn read_without_scripts(page: &str) -> String {
    // Chromium prints no page if scripts are off for all. A frame can have them off for its content alone.
    let attribute = page.replace('&', "&amp;").replace('"', "&quot;");
    let reader = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><iframe sandbox=\"allow-same-origin\" width=\"1200\" srcdoc=\"{attribute}\">\
         </iframe><pre id=\"seen\"></pre><script>addEventListener('load', () => {{\n\
         document.getElementById('seen').textContent = document.querySelector('iframe').contentDocument.body.innerText;\n\
         document.querySelector('iframe').remove(); }})</script></html>"
    );
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("reader.html");
    fs::write(&file, reader).expect("a file");
    let dom = browse(&file, "").dom;
    let seen = dom.split("<pre id=\"seen\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let seen = seen.expect("the text of the page");
    seen.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
