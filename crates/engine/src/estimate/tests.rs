use std::time::Duration;

use airbridge_airflow::Kind;
use airbridge_core::{Capabilities, Descriptor, Limits, Quota, RateLimits, Rates, Undo};

use super::workload::{Workload, Written};
use super::{Estimate, SERVICES, estimate_of};
use crate::endpoint::NewSecretSetting;

// As in docs/performance.md.
const CONNECTIONS: usize = 195;
const VARIABLES: usize = 105;

const CONNECTION: Written =
    Written { kind: Kind::Connection, has_metadata: false, is_recreated: false, bytes: 100 };
const VARIABLE: Written = Written { kind: Kind::Variable, ..CONNECTION };

fn all() -> Vec<Written> {
    [vec![CONNECTION; CONNECTIONS], vec![VARIABLE; VARIABLES]].concat()
}

fn creates() -> Workload {
    Workload { creates: all(), ..Workload::default() }
}

fn replaces() -> Workload {
    Workload { replaces: all(), ..Workload::default() }
}

fn store(backend: &'static str, limits: (usize, usize, usize), rates: Rates) -> Descriptor {
    let (read_batch, write_batch, look_batch) = limits;
    Descriptor {
        backend,
        place: backend.to_owned(),
        actor: None,
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        limits: Limits { read_batch, write_batch, look_batch, concurrency: 16 },
        rates,
        read_lag: Duration::ZERO,
        unremovable: &[],
        undo: Undo::NONE,
    }
}

fn rates(read: f64, write: Quota, more_to_create: u32) -> Rates {
    Rates { list: None, read: Some(Quota::exactly(read)), write: Some(write), more_to_create }
}

fn aws() -> Descriptor {
    store("aws", (20, 1, 20), rates(100.0, Quota::exactly(50.0), 0))
}

fn parameters() -> Descriptor {
    store("aws-ssm", (10, 1, 10), rates(40.0, Quota::at_least(3.0), 0))
}

fn google() -> Descriptor {
    store("gcp", (1, 1, 0), rates(1_500.0, Quota::exactly(10.0), 1))
}

fn azure() -> Descriptor {
    store("azure", (1, 1, 0), rates(400.0, Quota::exactly(30.0), 0))
}

fn vault(version: u8) -> Descriptor {
    let mut descriptor = store("vault", (1, 1, 0), Rates::default());
    let is_second = version == 2;
    let Capabilities { atomic_write, versions, metadata, .. } = &mut descriptor.capabilities;
    (*atomic_write, *versions, *metadata) = (is_second, is_second, is_second);
    descriptor
}

fn api(write_batch: usize) -> Descriptor {
    let mut descriptor = store("airflow-api", (1, write_batch, 0), Rates::default());
    (descriptor.capabilities.versions, descriptor.capabilities.metadata) = (false, false);
    descriptor
}

/// The estimate with these rates of the user.
fn at(limits: RateLimits, work: &Workload, target: &Descriptor) -> Estimate {
    estimate_of(work, target, &[], &limits.applied(&target.rates), true).unwrap()
}

fn usual(work: &Workload, target: &Descriptor) -> Estimate {
    at(RateLimits::default(), work, target)
}

fn setting(name: &'static str, value: &str) -> NewSecretSetting {
    NewSecretSetting { name, value: Some(value.to_owned()), default: "none", of_replaced: false }
}

fn with(work: &Workload, target: &Descriptor, settings: &[NewSecretSetting]) -> Estimate {
    estimate_of(work, target, settings, &target.rates, true).unwrap()
}

/// Cents, added, places.
fn storage(estimate: &Estimate) -> (i64, usize, usize) {
    let storage = estimate.storage.as_ref().unwrap();
    (storage.usd_cents_per_month, storage.added, storage.places)
}

#[test]
fn requests_are_those_that_servers_count() {
    // The requests of a first copy and of an overwrite, without those that read both sides.
    for (target, first, overwrite) in [
        (aws(), 315, 330),
        (parameters(), 330, 390),
        (google(), 900, 900),
        (azure(), 900, 900),
        (vault(2), 600, 600),
        (vault(1), 900, 900),
        (api(1), 705, 705),
        (api(50), 307, 502),
    ] {
        assert_eq!(usual(&creates(), &target).requests, first, "{target:?}");
        assert_eq!(usual(&replaces(), &target).requests, overwrite, "{target:?}");
    }
}

#[test]
fn requests_without_reading_back_are_fewer() {
    for (target, first) in [(aws(), 300), (google(), 600), (azure(), 600), (vault(2), 300), (api(50), 7)] {
        let estimate = estimate_of(&creates(), &target, &[], &target.rates, false).unwrap();
        assert_eq!(estimate.requests, first, "{target:?}");
    }
}

#[test]
fn deletes_take_one_request_and_a_look_at_the_version() {
    let deletes = Workload { deletes: 60, ..Workload::default() };
    for (target, number) in
        [(aws(), 120), (google(), 120), (vault(2), 120), (vault(1), 60), (api(1), 60), (api(50), 2)]
    {
        assert_eq!(usual(&deletes, &target).requests, number, "{target:?}");
    }
}

#[test]
fn descriptions_and_tags_take_further_requests() {
    let written = vec![Written { has_metadata: true, ..CONNECTION }; 40];
    let creates = Workload { creates: written.clone(), ..Workload::default() };
    let replaces = Workload { replaces: written, ..Workload::default() };
    // One describe request each instead of two looks of 20.
    assert_eq!(usual(&replaces, &aws()).requests, 40 + 40 + 2);
    assert_eq!(usual(&creates, &aws()).requests, 40 + 2);
    assert_eq!(usual(&replaces, &google()).requests, 40 * (1 + 1 + 2 + 1));
    assert_eq!(usual(&creates, &vault(2)).requests, 40 * (1 + 2 + 1));
    assert_eq!(usual(&creates, &vault(1)).requests, 40 * (1 + 1 + 1));

    let key = NewSecretSetting { of_replaced: true, ..setting("kms_key_id", "alias/x") };
    let plain = Workload { replaces: vec![CONNECTION; 40], ..Workload::default() };
    assert_eq!(with(&plain, &aws(), std::slice::from_ref(&key)).requests, 40 + 40 + 2);
    assert_eq!(with(&plain, &vault(2), &[setting("custom_metadata", "a=b")]).requests, 40 + 40);
}

#[test]
fn connection_that_is_created_again_takes_more_requests() {
    let recreated = Written { is_recreated: true, ..CONNECTION };
    let of = |replaces: &[Written]| Workload { replaces: replaces.to_vec(), ..Workload::default() };
    assert_eq!(usual(&of(&[recreated]), &api(1)).requests, 2 + 1);
    assert_eq!(usual(&of(&[recreated]), &api(50)).requests, 1 + 2 + 1);
    assert_eq!(usual(&of(&[recreated, CONNECTION, CONNECTION]), &api(50)).requests, 3 + (1 + 2) + 1 + 3);
    assert_eq!(usual(&of(&[VARIABLE]), &api(50)).requests, 1 + 1 + 1);
}

#[test]
fn time_is_that_of_the_rates_that_apply() {
    let rate = |write: f64| RateLimits { write: Some(write), ..RateLimits::default() };
    for (target, usual_time, fast, fast_time) in [
        // 300 creates at 40 and 50 a second.
        (aws(), 8, 50.0, 6),
        (parameters(), 100, 10.0, 30),
        // Two requests for each new secret, at 8 and 10 a second.
        (google(), 75, 10.0, 60),
        (azure(), 13, 30.0, 10),
    ] {
        assert_eq!(usual(&creates(), &target).seconds, Some(usual_time), "{target:?}");
        assert_eq!(at(rate(fast), &creates(), &target).seconds, Some(fast_time), "{target:?}");
    }
    for target in [vault(1), vault(2), api(1), api(50)] {
        assert_eq!(usual(&creates(), &target).seconds, None, "{target:?}");
    }
    // Reading back takes as long as writing, and begins meanwhile only where there are versions.
    assert_eq!(at(rate(100.0), &creates(), &vault(2)).seconds, Some(3));
    assert_eq!(at(rate(100.0), &creates(), &vault(1)).seconds, Some(6));
}

#[test]
fn time_is_longer_with_few_requests_in_flight() {
    let mut target = aws();
    target.limits.concurrency = 1;
    // 315 requests of 50 ms.
    assert_eq!(usual(&creates(), &target).seconds, Some(16));
}

#[test]
fn rate_may_rise_unless_the_user_sets_it() {
    assert!(usual(&creates(), &parameters()).rate_may_rise);
    let limits = RateLimits { write: Some(3.0), ..RateLimits::default() };
    assert!(!at(limits, &creates(), &parameters()).rate_may_rise);
    assert!(!usual(&creates(), &aws()).rate_may_rise);
}

#[test]
fn secrets_of_aws_cost_40_cents_in_each_region() {
    assert_eq!(storage(&usual(&creates(), &aws())), (12_000, 300, 1));
    assert_eq!(storage(&usual(&replaces(), &aws())), (0, 0, 1));
    let replicas = [setting("replica_regions", "eu-west-1, eu-central-1")];
    assert_eq!(storage(&with(&creates(), &aws(), &replicas)), (36_000, 300, 3));
    let mixed = Workload { creates: vec![CONNECTION; 3], replaces: all(), deletes: 5 };
    let change = usual(&mixed, &aws()).storage.unwrap();
    assert_eq!((change.usd_cents_per_month, change.added, change.removed), (-80, 3, 5));
}

#[test]
fn versions_of_google_cost_6_cents_in_each_location() {
    assert_eq!(storage(&usual(&creates(), &google())), (1_800, 300, 1));
    let locations = [setting("locations", "europe-west1,europe-west4")];
    assert_eq!(storage(&with(&creates(), &google(), &locations)), (3_600, 300, 2));
    // The former version stays.
    assert_eq!(storage(&usual(&replaces(), &google())), (1_800, 300, 1));
}

#[test]
fn parameters_cost_5_cents_in_the_advanced_tier() {
    assert_eq!(storage(&usual(&creates(), &parameters())), (0, 0, 1));
    assert_eq!(storage(&with(&creates(), &parameters(), &[setting("tier", "advanced")])), (1_500, 300, 1));
    let large = |bytes| Written { bytes, ..VARIABLE };
    let work = Workload { creates: vec![large(4_096), large(4_097)], ..Workload::default() };
    assert_eq!(storage(&with(&work, &parameters(), &[setting("tier", "intelligent")])), (5, 1, 1));
}

#[test]
fn nothing_is_said_about_storage_that_is_not_charged() {
    for target in [azure(), vault(1), vault(2), api(50), store("kv", (1, 1, 0), Rates::default())] {
        assert_eq!(usual(&creates(), &target).storage, None, "{target:?}");
    }
}

#[test]
fn service_that_is_not_in_the_table_is_estimated_by_its_descriptor() {
    let mut target = store("kv", (10, 1, 0), rates(100.0, Quota::exactly(10.0), 0));
    let estimate = usual(&creates(), &target);
    assert_eq!((estimate.service.as_str(), estimate.requests, estimate.seconds), ("kv", 630, Some(38)));
    target.capabilities.atomic_write = true;
    assert_eq!(usual(&creates(), &target).requests, 330);
}

#[test]
fn empty_plan_has_no_estimate() {
    assert_eq!(estimate_of(&Workload::default(), &aws(), &[], &aws().rates, true), None);
}

#[test]
fn numbers_too_large_for_the_clock_do_no_harm() {
    let slow = RateLimits { write: Some(f64::MIN_POSITIVE), ..RateLimits::default() };
    assert_eq!(at(slow, &creates(), &aws()).seconds, None);
}

#[test]
fn services_are_listed_once() {
    let mut backends: Vec<_> = SERVICES.iter().map(|service| service.backend).collect();
    backends.sort_unstable();
    backends.dedup();
    assert_eq!(backends.len(), SERVICES.len());
}
