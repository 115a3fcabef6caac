//! Azure Key Vault's double for `pace.py`, at the service's rate. It prints its address and then each request with its time.

#![expect(clippy::print_stdout, reason = "this is what the benchmark reads")]
#![expect(clippy::unwrap_used, reason = "it ends where it cannot go on")]

#[path = "../key_vault.rs"]
mod key_vault;

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use key_vault::KeyVault;

fn main() {
    let vault = KeyVault::new();
    vault.double.switch(|switches| switches.sets_per_second = Some(30.0));
    println!("{}", vault.endpoint());
    for (name, value) in vault.variables() {
        println!("{name}={value}");
    }
    println!();
    loop {
        sleep(Duration::from_millis(10));
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        for call in vault.double.asked() {
            println!("{time:.3} {call}");
        }
    }
}
