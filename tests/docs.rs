//! What the documentation says holds: links lead somewhere, commands are understood, examples run.

#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::Command;

use airbridge_tests::{Airbridge, AwsUser, VaultMount, repository};

/// Every page: those at the top, and those in `docs/`.
fn pages() -> Vec<(PathBuf, String)> {
    let mut folders = vec![repository("docs")];
    let top = std::fs::read_dir(repository("README.md").parent().unwrap()).unwrap();
    let mut files: Vec<PathBuf> =
        top.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { &mut folders } else { &mut files }.push(path);
        }
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    files.into_iter().map(read).collect()
}

/// The targets of `[text](target)`, outside code.
fn links(page: &str) -> Vec<&str> {
    let prose = page.split("```").step_by(2);
    prose
        .flat_map(|part| part.match_indices("](").map(move |(at, _)| &part[at + 2..]))
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
        .collect()
}

/// The name that a heading can be linked by.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
    kept.map(|char| if char == ' ' { '-' } else { char }).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut followed = 0;
    for (path, page) in pages() {
        for link in links(&page) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", path.display());
            if !fragment.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap();
                let found = text.lines().any(|line| line.starts_with('#') && anchor(line) == fragment);
                assert!(found, "{}: {link} leads to no heading", path.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 20, "{followed} links");
}

/// The `airbridge` commands in code blocks, continued lines joined, without what a shell does around them.
fn commands(page: &str) -> Vec<String> {
    let code = page.split("```").skip(1).step_by(2);
    let blocks =
        code.filter(|block| ["sh", "bash", "console", "\n"].iter().any(|kind| block.starts_with(kind)));
    let mut found = Vec::new();
    for block in blocks {
        let block = block.replace("\\\n", " ");
        for line in block.lines() {
            let line = line.trim().trim_start_matches("$ ");
            if let Some(at) = line.find("airbridge ").filter(|at| *at == 0 || line[..*at].contains('=')) {
                let command = &line[at..];
                let end =
                    [" >", " |", " #", " &&", ";", ")"].iter().filter_map(|mark| command.find(mark)).min();
                found.push(command[..end.unwrap_or(command.len())].to_owned());
            }
        }
    }
    found
}

/// Words in capital letters stand for something.
fn placeholder(word: &str) -> bool {
    let word = word.trim_matches(|char: char| !char.is_alphanumeric());
    word.len() > 1 && word.chars().all(|char| char.is_ascii_uppercase() || char == '_') || word.contains('…')
}

/// The word after `airbridge` in any code, in a block or inline, with the line it stands in.
fn command_words(page: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (number, part) in page.split("```").enumerate() {
        let in_block = number % 2 == 1;
        for line in part.lines() {
            for (at, name) in line.match_indices("airbridge ") {
                let (before, after) = (&line[..at], &line[at + name.len()..]);
                let in_code =
                    before.ends_with('`') || in_block && (before.is_empty() || before.ends_with("$ "));
                if in_code {
                    found.push((after.split([' ', '`']).next().unwrap_or_default(), line));
                }
            }
        }
    }
    found
}

#[test]
fn commands_that_are_named_exist() {
    let known = ["list", "show", "plan", "copy", "diff", "export", "import", "completions", "man"];
    let mut named = 0;
    for (path, page) in pages() {
        for (word, line) in command_words(&page) {
            assert!(
                word.starts_with('-') || placeholder(word) || known.contains(&word),
                "{}: {line}",
                path.display()
            );
            named += 1;
        }
    }
    assert!(named >= 10, "{named} commands");
}

#[test]
fn commands_are_understood() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let mut tried = 0;
    for (path, page) in pages() {
        for command in commands(&page) {
            if command.split_whitespace().any(placeholder) {
                continue;
            }
            let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
            user.write("words", command.clone());
            let writes = ["copy ", "import ", "export "]
                .iter()
                .any(|verb| command.contains(&format!("airbridge {verb}")));
            let preview = if writes && !command.contains("-n") { " --dry-run" } else { "" };
            let command = command.replace(" --yes", "");
            // A shell takes the quotes apart.
            let script = format!("{}{preview}", command.replacen("airbridge", "\"$PROGRAM\"", 1));
            let plain = user.command::<&str>([]);
            let output = Command::new("/bin/bash")
                .args(["-c", &script])
                .current_dir(user.home())
                .env_clear()
                .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
                .env("PROGRAM", plain.get_program())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let not_understood =
                ["unexpected argument", "unrecognized", "is no key of", "unknown", "invalid value"];
            let fault = not_understood.iter().find(|words| said.contains(**words));
            assert!(fault.is_none(), "{}: {script}: {said}", path.display());
            assert!(!said.contains("panicked"), "{}: {script}: {said}", path.display());
            tried += 1;
        }
    }
    assert!(tried >= 10, "{tried} commands");
}

#[test]
fn the_example_runs() {
    let program = Airbridge::new().command::<&str>([]).get_program().to_owned();
    let profile = Path::new(&program).parent().unwrap();
    let output = Command::new("bash")
        .arg(repository("examples/files/run"))
        .env("CARGO_TARGET_DIR", profile.parent().unwrap())
        .env_remove("AIRBRIDGE_CACHE")
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    for said in ["postgres_default", "***", "LocalFilesystemBackend"] {
        assert!(stdout.contains(said), "{said}: {stdout}{stderr}");
    }
    assert!(!stdout.contains("made-up-token"), "{stdout}");
}

#[test]
fn help_completions_and_the_manual_are_complete() {
    let user = Airbridge::new();
    let commands = ["list", "show", "plan", "copy", "diff", "export", "import", "completions", "man"];
    let help = user.run(["--help"]).code(0).stdout;
    let manual = user.run(["man"]).code(0).stdout;
    let completions = user.run(["completions", "bash"]).code(0).stdout;
    for command in commands {
        for text in [&help, &manual, &completions] {
            assert!(text.contains(command), "{command}");
        }
        user.run([command, "--help"]).code(0);
    }
    for code in ["0", "1", "2", "3", "4", "5", "130", "143"] {
        let documented = std::fs::read_to_string(repository("docs/exit-codes.md")).unwrap();
        assert!(help.contains(code) && documented.contains(&format!("| {code} |")), "{code}");
    }
}
