//! Policies of IAM: ARNs, statements, and documents of the size that IAM accepts.

use std::fmt::Display;

use airbridge_core::{Policy, PolicyRequest, SecretName};
use serde_json::{Value, json};

/// The maximum number of characters of a managed policy. White space does not count.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const POLICY_LENGTH: usize = 6_144;

/// The number of managed policies that a role or user takes, unless the account's quota is raised.
const POLICIES_OF_A_ROLE: usize = 10;

/// What stands in an ARN for an account that is not known.
const ACCOUNT: &str = "ACCOUNT";

/// Whose resources the ARNs of a store name: partition, region and account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    partition: &'static str,
    region: String,
    account: Option<String>,
}

/// What a policy allows, and on what.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its name: letters and digits.
    pub sid: &'static str,
    /// The actions, with the prefix of their service.
    pub actions: Vec<String>,
    /// ARNs, in which `*` and `?` stand for any characters, or `*`.
    pub resources: Vec<String>,
    /// The condition block.
    pub condition: Option<Value>,
}

impl Owner {
    /// The owner of what is in a region; the account may be unknown.
    pub fn new(region: &str, account: Option<String>) -> Self {
        Self { partition: partition(region), region: region.to_owned(), account }
    }

    /// The ARN of a resource, or of every resource that matches a pattern.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let Self { partition, region, .. } = self;
        let account = self.account.as_deref().unwrap_or(ACCOUNT);
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The statement for the use of a customer's KMS key by a service: an id, an ARN, `alias/NAME` or the ARN of one.
    /// `None` for a key of AWS, which needs no statement.
    pub fn key_use(&self, key: &str, service: &str, actions: &[&str]) -> Option<Statement> {
        let of_arn = key.strip_prefix("arn:").and_then(|_| key.rsplit_once(':'));
        let (arn, resource) = of_arn.map_or((None, key), |(arn, resource)| (Some(arn), resource));
        let alias = resource.strip_prefix("alias/").map(|_| resource);
        if alias.is_some_and(|alias| alias.starts_with("alias/aws/")) {
            return None;
        }
        // A statement names keys only. An alias is a condition on them.
        let keys = match alias {
            Some(_) => "key/*".to_owned(),
            None => format!("key/{}", literal(resource.strip_prefix("key/").unwrap_or(resource))),
        };
        let resources = vec![arn.map_or_else(|| self.arn("kms", &keys), |arn| format!("{arn}:{keys}"))];
        let region = arn.and_then(|arn| arn.split(':').nth(3)).unwrap_or(&self.region);
        let (operator, domain) = match self.partition {
            "aws" | "aws-us-gov" => ("StringEquals", "amazonaws.com"),
            // The other partitions have domains of their own.
            _ => ("StringLike", "*"),
        };
        let mut condition = json!({ operator: { "kms:ViaService": format!("{service}.{region}.{domain}") } });
        if let Some(alias) = alias {
            condition["ForAnyValue:StringEquals"] = json!({ "kms:ResourceAliases": alias });
        }
        let actions = actions.iter().map(|action| format!("kms:{action}")).collect();
        Some(Statement { sid: "Key", actions, resources, condition: Some(condition) })
    }

    /// What a reader must replace in the ARNs.
    pub fn notes(&self) -> Vec<String> {
        let unknown = || {
            format!("Replace {ACCOUNT} with the number of the account, which the credentials do not show.")
        };
        self.account.is_none().then(unknown).into_iter().collect()
    }
}

impl Statement {
    /// A statement without a condition, for actions of one service.
    pub fn new(
        sid: &'static str,
        service: &str,
        actions: impl IntoIterator<Item = impl Display>,
        resources: Vec<String>,
    ) -> Self {
        let actions = actions.into_iter().map(|action| format!("{service}:{action}")).collect();
        Self { sid, actions, resources, condition: None }
    }

    /// Whether it allows nothing.
    fn is_empty(&self) -> bool {
        self.actions.is_empty() || self.resources.is_empty()
    }

    fn json(&self) -> Value {
        let mut json =
            json!({ "Sid": self.sid, "Effect": "Allow", "Action": self.actions, "Resource": self.resources });
        if let Some(condition) = &self.condition {
            json["Condition"] = condition.clone();
        }
        json
    }

    /// Its length without white space, with the comma that follows it.
    fn length(&self) -> usize {
        self.json().to_string().chars().count() + 1
    }
}

/// A pattern for each name of the request, with `exact` after it, or for all names that start with one of the prefixes.
pub fn patterns(request: &PolicyRequest, exact: &str) -> Vec<String> {
    let of_name = |name: &SecretName| format!("{}{exact}", literal(name.as_str()));
    let mut patterns: Vec<_> = request.names.iter().map(of_name).collect();
    if patterns.is_empty() {
        patterns = request.prefixes.iter().map(|prefix| format!("{}*", literal(prefix.as_str()))).collect();
    }
    patterns.sort();
    patterns.dedup();
    patterns
}

/// A name as part of a pattern. IAM has variables for the three characters that it interprets.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
pub fn literal(name: &str) -> String {
    let mut literal = String::with_capacity(name.len());
    for char in name.chars() {
        match char {
            '*' | '?' | '$' => literal.extend(['$', '{', char, '}']),
            _ => literal.push(char),
        }
    }
    literal
}

/// The documents that hold these statements: one, or as many as the maximum length of a managed policy makes necessary.
/// Statements that allow nothing are left out. The notes belong to the first document.
pub fn documents(statements: Vec<Statement>, mut notes: Vec<String>) -> Vec<Policy> {
    let documents = split(statements);
    let count = documents.len();
    if count > POLICIES_OF_A_ROLE {
        notes.push(format!(
            "A role takes {POLICIES_OF_A_ROLE} managed policies, unless the quota of its account is raised: attach these \
             {count} to several roles, or ask for a policy for prefixes."
        ));
    }
    let mut notes = Some(notes);
    let policy = |(index, statements): (usize, Vec<Statement>)| Policy {
        title: match count {
            1 => "IAM policy".to_owned(),
            _ => format!("IAM policy, part {} of {count}", index + 1),
        },
        language: "json",
        text: format!("{:#}\n", document(&statements)),
        notes: notes.take().unwrap_or_default(),
    };
    documents.into_iter().enumerate().map(policy).collect()
}

fn document(statements: &[Statement]) -> Value {
    let statements: Vec<_> = statements.iter().map(Statement::json).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The statements of each document. A statement that does not fit is continued in the next one.
fn split(statements: Vec<Statement>) -> Vec<Vec<Statement>> {
    let empty = document(&[]).to_string().len();
    let (mut documents, mut current, mut length) = (Vec::new(), Vec::new(), empty);
    for statement in statements.into_iter().filter(|statement| !statement.is_empty()) {
        let without = Statement { resources: Vec::new(), ..statement.clone() };
        let mut part = without.clone();
        let mut whole = without.length();
        for resource in statement.resources {
            let more = json!(resource).to_string().chars().count() + 1;
            if length + whole + more > POLICY_LENGTH && !(part.is_empty() && current.is_empty()) {
                if !part.is_empty() {
                    current.push(std::mem::replace(&mut part, without.clone()));
                }
                documents.push(std::mem::take(&mut current));
                (length, whole) = (empty, without.length());
            }
            part.resources.push(resource);
            whole += more;
        }
        current.push(part);
        length += whole;
    }
    documents.extend((!current.is_empty()).then_some(current));
    documents
}

/// The AWS partition of a region, as it appears in ARNs.
pub fn partition(region: &str) -> &'static str {
    let partitions = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    let found = partitions.into_iter().find(|(start, _)| region.starts_with(start));
    found.map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests;
