//! The files that Airflow and its tools read and write.
