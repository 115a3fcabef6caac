//! Batches for services that read and write one secret per call.

use futures::future::join_all;

use crate::{Change, Read, Result, SecretName};

/// One item of a batch: a [`Read`] or a [`Change`].
pub trait Request: sealed::Sealed {
    /// The name of the secret that it is about.
    fn name(&self) -> &SecretName;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Read {}
    impl Sealed for crate::Change {}
}

impl Request for Read {
    fn name(&self) -> &SecretName {
        &self.name
    }
}

impl Request for Change {
    fn name(&self) -> &SecretName {
        &self.name
    }
}

/// `read_batch` or `write_batch` for a service that handles one secret per call: makes one call for each item, all at
/// the same time, and returns the outcomes in order. An error without a name gets the name of its item.
///
/// With `limits.read_batch` and `limits.write_batch` of 1 each batch is one call, and `limits.concurrency` bounds the calls
/// in flight.
///
/// ```
/// # use airbridge_core::{Payload, Read, Receipt, Result, Stored, one_by_one};
/// # struct Client;
/// # impl Client { async fn get(&self, read: &Read) -> Result<Option<Stored>> { Ok(None) } }
/// # async fn read_batch(client: &Client, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
/// one_by_one(wanted, |read| client.get(read)).await
/// # }
/// ```
///
/// # Errors
///
/// None for the batch as a whole: an error of the whole place, such as a rejected token, is the outcome of each item
/// that met it, which callers understand (see [`SecretStore::read_batch`](crate::SecretStore::read_batch)).
pub async fn one_by_one<'a, I: Request, T, F: Future<Output = Result<T>>>(
    items: &'a [I],
    call: impl Fn(&'a I) -> F,
) -> Result<Vec<Result<T>>> {
    let calls = items.iter().map(|item| {
        let outcome = call(item);
        async move {
            outcome.await.map_err(|error| match error.name() {
                Some(_) => error,
                None => error.with_name(item.name()),
            })
        }
    });
    Ok(join_all(calls).await)
}

#[cfg(test)]
mod tests {
    use super::one_by_one;
    use crate::{Error, ErrorKind, Operation, Read, SecretName};

    #[tokio::test]
    async fn outcomes_come_in_order_and_errors_carry_the_name() {
        let wanted = ["a", "b"].map(|name| Read::current(SecretName::new(name)));
        let outcomes = one_by_one(&wanted, async |read: &Read| match read.name.as_str() {
            "a" => Err(Error::new(ErrorKind::Unavailable, Operation::Read, "down")),
            name => Ok(name.len()),
        });
        let outcomes = outcomes.await.unwrap();
        assert_eq!(outcomes[0].as_ref().unwrap_err().name(), Some(&SecretName::new("a")));
        assert_eq!(outcomes[1], Ok(1));
    }
}
