//! Links in the pages lead to files and headings, documented commands succeed, and the examples run.

#![cfg(test)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use airbridge_tests::{
    Airbridge, AwsUser, GoogleProject, MetadataDatabase, Run, System, VaultMount, repository,
};

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

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
    kept.map(|char| if char == ' ' { '-' } else { char }).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
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

/// The `airbridge` commands in code blocks, with continued lines joined, without pipes and redirections.
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

/// Words in capital letters are placeholders.
fn is_placeholder(word: &str) -> bool {
    let word = word.trim_matches(|char: char| !char.is_alphanumeric());
    word.len() > 1 && word.chars().all(|char| char.is_ascii_uppercase() || char == '_') || word.contains('…')
}

/// Parts of documented commands that do not exit with 0 here, with their exit codes: the vault, the Airflow and the run that they
/// name do not exist.
const OTHER_EXITS: &[(&str, i32)] = &[
    ("azure:acme-kv", 1),
    ("azure:https://acme-kv", 1),
    ("airflow-api:https://airflow.acme", 1),
    ("runs 20261128", 2),
    ("undo 20261128", 2),
];

/// The files and settings that the pages assume, with test servers behind them.
struct Reader {
    aws: AwsUser,
    vault: VaultMount,
    google: GoogleProject,
    database: MetadataDatabase,
}

impl Reader {
    fn new() -> Self {
        Self {
            aws: AwsUser::in_account(),
            vault: VaultMount::counted(2),
            google: GoogleProject::new(),
            database: MetadataDatabase::new(System::Sqlite, "3"),
        }
    }

    /// A home folder with the files that the pages name.
    fn home(&self) -> Airbridge {
        let gcloud =
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER".to_owned(), self.google.address.clone());
        let user = Airbridge::new().with_all(self.aws.variables()).with_all(self.vault.variables());
        let user = user
            .with_all([gcloud])
            .with("DEV_WAREHOUSE_PASSWORD", "made-up")
            .with("DEV_ROLE", "role")
            .with("AIRFLOW_API_PASSWORD", "made-up")
            .with("NEW_VAULT_TOKEN", self.vault.kwargs()["token"].as_str().unwrap());
        let variables = self.aws.variables();
        let keys: Vec<_> =
            variables.iter().map(|(name, value)| format!("{}={value}", name.to_lowercase())).collect();
        let keys = keys.join("\n");
        let profiles = ["legacy", "old", "new", "me"].map(|name| format!("[{name}]\n{keys}\n"));
        user.write(".aws/credentials", profiles.concat());
        for (to, from) in [
            ("connections.yaml", "examples/files/airflow/connections.yaml"),
            ("examples/seed/rules.toml", "examples/seed/rules.toml"),
            ("examples/seed/environment.txt", "examples/seed/environment.txt"),
        ] {
            user.write(to, std::fs::read(repository(from)).unwrap());
        }
        user.write("rules.toml", "[[rule]]\nmatch = \"conn:*\"\n");
        user.write("airflow_settings.yaml", "airflow:\n  connections: []\n  variables: []\n  pools: []\n");
        let cfg = "[secrets]\nbackend = airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend\n\
                   backend_kwargs = {\"region_name\": \"us-east-1\"}\n";
        user.write("old/airflow.cfg", cfg);
        user.write("airflow/airflow.cfg", format!("{cfg}{}", self.database.cfg()));
        for path in ["airflow.cfg", "test/airflow.cfg"] {
            user.write(path, self.database.cfg());
        }
        let kwargs = self.vault.kwargs();
        let vault = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
        user.write("new/airflow.cfg", format!("[secrets]\nbackend = {vault}\nbackend_kwargs = {kwargs}\n"));
        let settings =
            format!("AIRFLOW__SECRETS__BACKEND={vault}\nAIRFLOW__SECRETS__BACKEND_KWARGS='{kwargs}'\n");
        user.write("prod.env", format!("{settings}AIRFLOW_CONN_WAREHOUSE=http://h\n"));
        user.write("deploy/old.env", settings);
        let url = &self.vault.address;
        let mount = &self.vault.name;
        user.write(".config/airbridge/airbridge.toml", format!(
            "[endpoints.old]\nbackend = \"aws\"\nregion_name = \"us-east-1\"\n\n[endpoints.new]\nbackend = \"vault\"\n\
             backend_kwargs = {{ url = \"{url}\", mount_point = \"{mount}\" }}\ntoken = {{ env = \"NEW_VAULT_TOKEN\" }}\n"
        ));
        user.write_keys();
        user.run(["export", "connections.yaml", "moved.age", "--recipient", "@team.txt"]).code(0);
        user.run(["export", "connections.yaml", "connections.json"]).code(0);
        user.run(["copy", "connections.yaml", "copied/", "--yes", "--report", "report.json"]).code(0);
        user.run(["plan", "connections.yaml", "planned/", "--save", "plan.json"]).code(0);
        user
    }

    /// Runs a documented command in a shell. Writing commands ask for confirmation, so they get `--dry-run`.
    fn run(&self, command: &str) -> Run {
        let user = self.home();
        if command.contains("airbridge export") {
            for file in ["moved.age", "connections.json"] {
                std::fs::remove_file(user.home().join(file)).unwrap();
            }
        }
        let writes = ["copy ", "import ", "export ", "apply ", "undo "]
            .iter()
            .any(|verb| command.contains(&format!("airbridge {verb}")));
        let preview = if writes && !command.contains("-n") && !command.contains("--dry-run") {
            " --dry-run"
        } else {
            ""
        };
        let command = command
            .replace(" --yes", "")
            .replace("vault:airflow", &self.vault.endpoint())
            .replace("https://vault.acme.test", &self.vault.address)
            .replace("/srv/airflow/airflow.db", &self.database.path().display().to_string());
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
        Run::from(output)
    }
}

#[test]
fn documented_commands_succeed() {
    let reader = Reader::new();
    let (mut tried, mut wrong) = (0, Vec::new());
    // The commands of that page need `kv:`, which the program gets only when a reader follows the page. Its code is
    // checked by the tests of `examples/kv-backend` and `crates/endpoints`.
    let pages = pages().into_iter().filter(|(path, _)| !path.ends_with("docs/adding-a-backend.md"));
    for (path, page) in pages {
        for command in commands(&page) {
            if command.split_whitespace().any(is_placeholder) {
                continue;
            }
            let run = reader.run(&command);
            let other = OTHER_EXITS.iter().find(|(part, _)| command.contains(part));
            if run.code != other.map_or(0, |(_, code)| *code) {
                wrong.push(format!("{}: {command}: {run}", path.display()));
            }
            tried += 1;
        }
    }
    assert!(tried >= 30, "only {tried} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn example_script_copies_shows_and_masks() {
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

/// The commands that `--help` lists.
fn listed_commands(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    lines.filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn every_command_is_in_the_readme_the_completions_and_the_manual() {
    let user = Airbridge::new();
    let help = user.run(["--help"]).code(0).stdout;
    let manual = user.run(["man"]).code(0).stdout;
    let completions = user.run(["completions", "bash"]).code(0).stdout;
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let commands = listed_commands(&help);
    assert!(commands.len() >= 9, "{help}");
    for command in commands {
        assert!(readme.contains(&format!("`{command}`")), "README.md lacks {command}");
        assert!(manual.contains(&format!("\\-{command}(1)")), "the manual lacks {command}");
        assert!(completions.contains(&format!("__{command})")), "the completions lack {command}");
        let usage = user.run([command, "--help"]).code(0).stdout;
        assert!(usage.contains(&format!(" {command} ")), "{usage}");
    }
}

#[test]
fn exit_codes_in_help_are_those_of_the_page() {
    let help = Airbridge::new().run(["--help"]).code(0).stdout;
    let section = help.split("Exit codes:").nth(1).and_then(|rest| rest.split("\n\n").next());
    let words = section.expect("help has exit codes").split([' ', '\n', ',', ':']);
    let in_help: BTreeSet<u8> = words.filter_map(|word| word.parse().ok()).collect();
    let page = std::fs::read_to_string(repository("docs/exit-codes.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
    let in_page: BTreeSet<u8> = rows.collect();
    assert_eq!(in_help, in_page);
    assert_eq!(in_page, [0, 1, 2, 3, 4, 5, 130, 143].into());
}

#[test]
fn rules_page_shows_the_example_as_it_is() {
    let page = std::fs::read_to_string(repository("docs/rules.md")).unwrap();
    let example = std::fs::read_to_string(repository("examples/seed/rules.toml")).unwrap();
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(example.ends_with(block), "docs/rules.md differs from examples/seed/rules.toml");
}
