//! The options for bundles are refused where there is none: a file that is not encrypted must not look as if it were.

use airbridge_endpoints::{BundleOptions, EndpointConfig};

use crate::failure::{Failure, Outcome};
use crate::output::style::plain;

/// Fails if there is an option for a bundle and no bundle that it is for.
pub(super) fn check(
    options: &BundleOptions,
    read: &[&EndpointConfig],
    written: Option<&EndpointConfig>,
) -> Outcome<()> {
    let fail = |option: &str, verb: &str, endpoints: &[&EndpointConfig]| {
        let labels: Vec<_> = endpoints.iter().map(|endpoint| plain(&endpoint.label)).collect();
        let are = if labels.len() > 1 { "are not bundles" } else { "is not a bundle" };
        Err(Failure::usage(format!("{option} {verb} a bundle, and {} {are}", labels.join(" and ")))
            .hint("name a file that ends in .age, use --backup FILE.age, or leave out the option"))
    };
    if !options.identities.is_empty() && !read.iter().any(|endpoint| endpoint.is_bundle) {
        return fail("--identity", "decrypts", read);
    }
    if let Some(written) = written.filter(|written| !written.is_bundle) {
        if !options.recipients.is_empty() {
            return fail("--recipient", "encrypts", &[written]);
        }
        if options.passphrase {
            return fail("--passphrase", "encrypts", &[written]);
        }
    }
    Ok(())
}
