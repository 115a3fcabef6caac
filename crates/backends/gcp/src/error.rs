//! Turns responses of the service and connection faults into the kinds of errors that `airbridge_core` knows.
//!
//! The codes and reasons of Google's error model decide; a message is searched only where neither is specific enough. A
//! message is shown only if it is about principals, permissions, keys or states: other messages may quote a request.
//! Codes: <https://cloud.google.com/apis/design/errors>.

mod call;
mod code;
mod fault;
mod transport;

use std::time::Duration;

use airbridge_http::{is_safe_word, retry_after};
use google_cloud_gax::error::rpc::{Status, StatusDetails};

use crate::place::Place;

pub(crate) use call::Call;
pub(crate) use fault::{Cause, Fault};

/// What went wrong with `call`.
pub(crate) fn classify(call: Call, place: &Place, error: &google_cloud_gax::error::Error) -> Fault {
    let Some(http) = error.http_status_code() else {
        return match error.status() {
            Some(status) => code::fault(call, place, status, None),
            None => Fault::new(Cause::Other, transport::no_response(call, place, error)),
        };
    };
    let fault = match error.status() {
        Some(status) => code::fault(call, place, status, Some(http)),
        None => Fault::new(Cause::Other, transport::foreign_response(call, place, http, error)),
    };
    let header = |name: &'static str| error.http_headers()?.get(name)?.to_str().ok();
    // The delay in the body is more precise than the seconds in the header.
    let delay = error.status().and_then(retry_info).or_else(|| retry_after(header));
    let id = error.status().and_then(request_id);
    Fault { error: fault.error.with_retry_after(delay).with_request_id(id), ..fault }
}

fn retry_info(status: &Status) -> Option<Duration> {
    status.details.iter().find_map(|detail| match detail {
        StatusDetails::RetryInfo(info) => {
            let delay = info.retry_delay?;
            Some(Duration::new(u64::try_from(delay.seconds()).ok()?, u32::try_from(delay.nanos()).ok()?))
        }
        _ => None,
    })
}

fn request_id(status: &Status) -> Option<String> {
    status.details.iter().find_map(|detail| match detail {
        StatusDetails::RequestInfo(info) if is_safe_word(&info.request_id) => Some(info.request_id.clone()),
        _ => None,
    })
}
