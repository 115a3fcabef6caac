//! Bundles in a build that leaves them out.

use std::path::Path;

use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::Result;
use crate::left_out;

/// The error that says so.
pub(super) fn build(_context: BuildContext, _path: Option<&Path>) -> Result<EndpointConfig> {
    Err(left_out::bundles())
}
