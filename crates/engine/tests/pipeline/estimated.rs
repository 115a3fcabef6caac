//! The estimate of a plan.

use airbridge_core::{Payload, Rates};
use airbridge_engine::{Target, estimate};

use super::{aws, memory, overwrite, planned, put};

#[tokio::test]
async fn estimate_counts_what_the_target_itself_takes() {
    let (old, new) = (memory("old"), memory("new"));
    for number in 0..25 {
        put(&old, &format!("airflow/variables/v{number}"), Payload::text("new")).await;
    }
    put(&new, "airflow/variables/v0", Payload::text("old")).await;
    put(&new, "airflow/variables/v1", Payload::text("new")).await;
    let plan = planned(&aws(&old), &aws(&new), &overwrite()).await.unwrap();
    let estimated = |verify| estimate(&plan, &Target::new(aws(&new)), &Rates::default(), verify).unwrap();
    // It compares versions itself, so no write needs a look. It is read in batches of 20.
    assert_eq!((estimated(true).requests, estimated(false).requests), (24 + 2, 24));
    assert_eq!((estimated(true).service.as_str(), estimated(true).seconds), ("memory", None));
}

#[tokio::test]
async fn plan_that_writes_nothing_has_no_estimate() {
    let (old, new) = (memory("old"), memory("new"));
    for store in [&old, &new] {
        put(store, "airflow/variables/v", Payload::text("same")).await;
    }
    let plan = planned(&aws(&old), &aws(&new), &overwrite()).await.unwrap();
    assert_eq!(estimate(&plan, &Target::new(aws(&new)), &Rates::default(), true), None);
}
