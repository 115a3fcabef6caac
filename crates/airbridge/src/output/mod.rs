//! What people and machines see. The engine prints nothing; everything goes through [`Screen`].

pub(crate) mod airflow_config;
pub(crate) mod estimate;
pub(crate) mod findings;
pub(crate) mod html;
pub(crate) mod human;
pub(crate) mod progress;
pub(crate) mod question;
pub(crate) mod saved_plan;
mod screen;
pub(crate) mod side;
pub(crate) mod style;
pub(crate) mod summary;
pub(crate) mod table;

pub(crate) use screen::{Screen, choose_colour, complain, error_document, pretty, stdout_is_terminal};
