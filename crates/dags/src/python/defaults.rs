//! The connection ids that operators and hooks use when the code names none.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::callee::{Callee, Origin};
use crate::report::Need;

/// Parameter and default, then module, then classes. From the constructors of the providers for Airflow 3.3.2:
/// recorded by running them, or read from their source if they need packages that were not installed.
const TABLE: &str = include_str!("../../data/defaults.json");

/// A parameter that a class fills in.
#[derive(Debug)]
pub(super) struct ClassDefault {
    module: String,
    pub(super) parameter: String,
    pub(super) id: String,
}

impl ClassDefault {
    pub(super) fn need(&self) -> Need {
        match self.id.as_str() {
            "aws_default" | "kubernetes_default" => Need::Fallback,
            _ => Need::Required,
        }
    }
}

/// The defaults of a class. Classes that are imported from elsewhere or defined in the file have none. An unknown module of
/// Airflow matches by the name of the class, because modules have moved between versions.
pub(super) fn defaults_of(class: &Callee) -> Vec<&'static ClassDefault> {
    let is_candidate = matches!(class.origin, Origin::Airflow | Origin::Unknown);
    let Some(rows) = table().get(class.name()).filter(|_| is_candidate) else { return Vec::new() };
    let module = class.path.rsplit_once('.').map_or("", |(module, _)| module);
    let exact: Vec<&ClassDefault> = rows.iter().filter(|row| row.module == module).collect();
    if !exact.is_empty() {
        return exact;
    }
    let first = rows.first().map_or("", |row| row.module.as_str());
    rows.iter().filter(|row| row.module == first).collect()
}

fn table() -> &'static HashMap<String, Vec<ClassDefault>> {
    static PARSED: OnceLock<HashMap<String, Vec<ClassDefault>>> = OnceLock::new();
    PARSED.get_or_init(|| {
        type Modules = HashMap<String, Vec<String>>;
        let parsed: HashMap<String, Modules> = serde_json::from_str(TABLE).unwrap_or_default();
        let mut table: HashMap<String, Vec<ClassDefault>> = HashMap::new();
        for (default, modules) in &parsed {
            let Some((parameter, id)) = default.split_once('=') else { continue };
            for (module, classes) in modules {
                for class in classes {
                    let row =
                        ClassDefault { module: module.clone(), parameter: parameter.into(), id: id.into() };
                    table.entry(class.clone()).or_default().push(row);
                }
            }
        }
        for rows in table.values_mut() {
            rows.sort_by(|a, b| (&a.module, &a.parameter).cmp(&(&b.module, &b.parameter)));
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::{Callee, Origin, defaults_of, table};

    #[test]
    fn every_row_of_the_table_is_read() {
        assert_eq!(table().len(), 1279);
        assert_eq!(table().values().map(Vec::len).sum::<usize>(), 1344);
        for row in table().values().flatten() {
            assert!(super::super::node::is_connection_name(&row.parameter), "{row:?}");
        }
    }

    #[test]
    fn class_is_matched_by_module_or_else_by_name() {
        let ids = |path: &str, origin| {
            let found = defaults_of(&Callee { path: path.to_owned(), origin });
            found.iter().map(|row| row.id.as_str()).collect::<Vec<_>>()
        };
        let hook = "airflow.providers.amazon.aws.hooks.athena_sql.AthenaSQLHook";
        assert_eq!(ids(hook, Origin::Airflow), ["athena_default", "aws_default"]);
        assert_eq!(ids("airflow.hooks.mysql_hook.MySqlHook", Origin::Airflow), ["mysql_default"]);
        assert_eq!(ids("MySqlHook", Origin::Unknown), ["mysql_default"]);
        assert_eq!(ids("mine.MySqlHook", Origin::Elsewhere), Vec::<&str>::new());
        assert_eq!(ids("MySqlHook", Origin::Here), Vec::<&str>::new());
        assert_eq!(ids("airflow.operators.bash.BashOperator", Origin::Airflow), Vec::<&str>::new());
        // In two modules.
        assert_eq!(
            ids("airflow.providers.amazon.aws.hooks.kinesis.FirehoseHook", Origin::Airflow),
            ["aws_default"]
        );
    }
}
