//! Airflow's metadata database as a place: on all three systems, for both versions, read by Airflow itself.

#![cfg(test)]

mod airflow;
mod copies;
mod settings;
