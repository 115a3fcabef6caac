//! Which of the Fernet keys open how many rows.

use airbridge_core::{Finding, Operation, Result};

use crate::fernet::Opener;
use crate::row::Row;
use crate::schema::Table;
use crate::store::{CHUNK, DatabaseStore};

/// How many rows each key opens.
#[derive(Debug, Default)]
struct Counts {
    /// By key, in the order of `fernet_key`.
    by_key: Vec<usize>,
    unopened: usize,
    /// Rows without an encrypted column.
    plain: usize,
}

impl DatabaseStore {
    /// Reads every row, and counts those that each key opens.
    pub(crate) async fn keys_of_rows(&self) -> Result<Vec<Finding>> {
        let mut counts = Counts { by_key: vec![0; self.fernet.len()], ..Counts::default() };
        for table in Table::ALL {
            count(self, table, &mut counts).await?;
        }
        Ok(findings(&counts))
    }
}

/// Counts the rows of a table. Each column counts, and the key that opens a row is the last one that it needs.
async fn count(store: &DatabaseStore, table: Table, counts: &mut Counts) -> Result<()> {
    let classify = |error| store.context.classify(&error, Operation::Read);
    let mut session = store.session.lock().await;
    let mut connection = session.reading(&store.settings, &store.context, Operation::Read).await?;
    let mut after = i32::MIN;
    loop {
        let (sql, binds) = store.statements().page(table, after, CHUNK);
        let page = connection.rows(&sql, &binds).await.map_err(classify)?;
        let mut ids = Vec::with_capacity(page.len());
        for row in page {
            let mut cells =
                row.into_iter().flatten().filter_map(|cell| String::from_utf8(cell.to_vec()).ok());
            let (Some(number), id) = (cells.next().and_then(|number| number.parse().ok()), cells.next())
            else {
                continue;
            };
            after = number;
            ids.extend(id);
        }
        if ids.is_empty() {
            break;
        }
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (sql, binds) = store.statements().rows(table, &names, false);
        let rows = connection.rows(&sql, &binds).await.map_err(classify)?;
        for row in rows.into_iter().filter_map(Row::new).filter(|row| row.is_own) {
            match row.opener(table, &store.fernet) {
                Opener::Plain => counts.plain += 1,
                Opener::None => counts.unopened += 1,
                Opener::Key(index) => {
                    if let Some(count) = counts.by_key.get_mut(index) {
                        *count += 1;
                    }
                }
            }
        }
    }
    if connection.control("COMMIT").await.is_ok() {
        session.release(connection);
    }
    Ok(())
}

fn findings(counts: &Counts) -> Vec<Finding> {
    let Counts { by_key, unopened, plain } = counts;
    let rows = |number: usize| if number == 1 { "1 row".to_owned() } else { format!("{number} rows") };
    let mut findings = Vec::new();
    for (index, number) in by_key.iter().enumerate() {
        let message = format!("key {} of `fernet_key` opens {}", index + 1, rows(*number));
        findings.push(match index {
            1.. if *number > 0 => Finding::ok("fernet", message)
                .hint("run `airflow rotate-fernet-key` before you remove that key"),
            _ => Finding::ok("fernet", message),
        });
    }
    if *unopened > 0 {
        let keys = match by_key.len() {
            0 => "no `fernet_key` is configured",
            _ => "no key of `fernet_key` opens them",
        };
        let message = format!("{} cannot be decrypted: {keys}", rows(*unopened));
        let hint = "add the former key to `[core] fernet_key` after a comma, here and in the deployment";
        findings.push(Finding::problem("fernet", message).hint(hint));
    }
    if by_key.is_empty() && *plain > 0 {
        let message = format!("{} stored without encryption: no `fernet_key` is configured", rows(*plain));
        let message = if *plain == 1 {
            message.replacen("1 row", "1 row is", 1)
        } else {
            message.replacen("rows", "rows are", 1)
        };
        findings.push(Finding::warning("fernet", message).hint("set `[core] fernet_key` in the deployment"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use airbridge_core::Health;

    use super::{Counts, findings};

    #[test]
    fn rows_are_counted_by_key_and_unopened_ones_are_a_problem() {
        let found = findings(&Counts { by_key: vec![3, 1], unopened: 2, plain: 5 });
        let found: Vec<_> = found.iter().map(|finding| (finding.result, finding.message.as_str())).collect();
        assert_eq!(
            found,
            [
                (Health::Ok, "key 1 of `fernet_key` opens 3 rows"),
                (Health::Ok, "key 2 of `fernet_key` opens 1 row"),
                (Health::Problem, "2 rows cannot be decrypted: no key of `fernet_key` opens them"),
            ]
        );
        let found = findings(&Counts { plain: 2, ..Counts::default() });
        assert_eq!(found[0].message, "2 rows are stored without encryption: no `fernet_key` is configured");
    }
}
