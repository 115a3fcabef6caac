//! How fast requests are sent.

use clap::Args;

/// Limits the rate of requests.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Rate limits")]
pub(crate) struct RateLimitOptions {
    /// Maximum concurrent requests per endpoint [default: set by the backend, at most 16; up to 64 for a --rate above 320]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: Option<u16>,
    /// Maximum requests per second: reads at a source, writes at a target [default: set by the backend]
    #[arg(long, value_name = "OPS_PER_S", value_parser = rate)]
    pub(crate) rate: Option<f64>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "must be a number above zero".to_owned())
}
