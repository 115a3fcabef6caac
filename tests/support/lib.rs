//! What the whole-program tests share: the program, the servers, and Airflow as the judge.

mod judge;
mod program;
mod servers;

pub use judge::{Judge, JudgeRead};
pub use program::{Airbridge, Run};
pub use servers::{AwsUser, VaultMount, server};
