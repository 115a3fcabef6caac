//! Settings that a command prints, such as `backend_kwargs_cmd`.

use std::process::{Command, Stdio};

use airbridge_airflow::deployment::split_command;
use airbridge_core::{Environment, SecretText};
use zeroize::Zeroizing;

use crate::error::{Error, Result, why};

/// The output of a command that runs in the environment of the deployment. Neither its output nor its errors are
/// ever shown.
pub(crate) fn output(
    command: &str,
    place: &str,
    environment: &Environment,
    allowed: bool,
) -> Result<SecretText> {
    if !allowed {
        return Err(Error::configuration(format!(
            "{place}: the value comes from a command, which airbridge does not run by default"
        ))
        .hint("use --allow-commands to run it, as Airflow does"));
    }
    let failed = |what: &str| {
        // Airflow continues without kwargs and looks up other names, which is not what anyone configured.
        Error::failed("command", format!("{place}: the command {what}"))
            .hint("run it yourself, as the user and in the environment of the deployment, and fix what fails")
    };
    let words = split_command(command).map_err(failed)?;
    let Some((program, arguments)) = words.split_first() else { return Err(failed("is empty")) };
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value.expose())))
        .stdin(Stdio::null())
        .output();
    let output = output.map_err(|error| failed(&format!("cannot be run: {}", why(&error))))?;
    let (stdout, _) = (Zeroizing::new(output.stdout), Zeroizing::new(output.stderr));
    if !output.status.success() {
        return Err(failed(&match output.status.code() {
            Some(code) => format!("failed with exit code {code}"),
            None => "was terminated by a signal".to_owned(),
        }));
    }
    // Airflow drops bytes that are not UTF-8.
    let valid = stdout.utf8_chunks().map(|chunk| chunk.valid());
    Ok(SecretText::new(valid.collect::<String>()))
}
