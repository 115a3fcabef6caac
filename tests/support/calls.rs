//! Requests, counted at the server.

use std::collections::BTreeMap;

use crate::servers::{http, server};

/// The number of requests by operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(BTreeMap<String, usize>);

impl Calls {
    /// Requests of one AWS access key: `CreateSecret`, `ListSecrets` …; rejected ones as `CreateSecret!`.
    pub(crate) fn of_aws(address: &str, access_key: &str) -> Self {
        let credential = format!("Credential={access_key}/");
        Self::of(address, &["AIRBRIDGE_TEST_MOTO_COUNTED", "AIRBRIDGE_TEST_MOTO_THROTTLED"], |line| {
            let (call, _) = line.split_once(' ').filter(|_| line.contains(&credential))?;
            // Only requests to STS name no operation in a header. Of these airbridge sends one kind.
            let operation =
                if call == "-" { "GetCallerIdentity" } else { call.rsplit('.').next().unwrap_or(call) };
            Some(if line.contains(" 200 ") { operation.to_owned() } else { format!("{operation}!") })
        })
    }

    /// Requests to one secrets engine: `GET data/connections/smtp` …; throttled ones end in `!`.
    pub(crate) fn of_vault(address: &str, mount: &str) -> Self {
        Self::of_path(address, &["AIRBRIDGE_TEST_OPENBAO_COUNTED"], &format!("/v1/{mount}/"))
    }

    /// Requests to one project: `POST secrets?secretId=…`, `POST secrets/…:addVersion`, `GET secrets/…:access` …;
    /// throttled ones end in `!`.
    pub(crate) fn of_google(address: &str, project: &str) -> Self {
        let servers = ["AIRBRIDGE_TEST_DRONGO_COUNTED", "AIRBRIDGE_TEST_DRONGO_THROTTLED"];
        Self::of_path(address, &servers, &format!("/v1/projects/{project}/"))
    }

    fn of_path(address: &str, servers: &[&str], root: &str) -> Self {
        Self::of(address, servers, |line| {
            let mut words = line.split(' ');
            let (method, path, status) = (words.next()?, words.next()?, words.next()?);
            let refused = if status == "429" { "!" } else { "" };
            Some(format!("{method} {}{refused}", path.strip_prefix(root)?))
        })
    }

    fn of(address: &str, servers: &[&str], operation: impl Fn(&str) -> Option<String>) -> Self {
        let counting = servers.iter().find(|variable| server(variable) == address);
        let counting = counting.unwrap_or_else(|| panic!("{address} counts no calls"));
        // After this reply, every earlier request is in the log.
        http("GET", &format!("{address}/logged"), &[], None);
        let path = server(&format!("{counting}_LOG"));
        let log = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut calls = Self::default();
        for operation in String::from_utf8_lossy(&log).lines().filter_map(operation) {
            *calls.0.entry(operation).or_default() += 1;
        }
        calls
    }

    /// The number of requests of `operation`.
    pub fn count(&self, operation: &str) -> usize {
        self.0.get(operation).copied().unwrap_or_default()
    }

    /// All operations with their numbers of requests.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(operation, count)| (operation.as_str(), *count))
    }

    /// The requests since `before`.
    pub fn since(&self, before: &Self) -> Self {
        let more =
            self.iter().map(|(operation, count)| (operation.to_owned(), count - before.count(operation)));
        Self(more.filter(|(_, count)| *count > 0).collect())
    }

    /// The operations that write.
    pub fn writes(&self) -> Vec<String> {
        self.changing().map(|(operation, _)| operation.to_owned()).collect()
    }

    /// The number of writing requests.
    pub fn count_writes(&self) -> usize {
        self.changing().map(|(_, count)| count).sum()
    }

    fn changing(&self) -> impl Iterator<Item = (&str, usize)> {
        let reads = ["GET ", "LIST ", "Get", "List", "Describe", "BatchGet"];
        self.iter().filter(move |(operation, _)| !reads.iter().any(|read| operation.starts_with(read)))
    }
}
