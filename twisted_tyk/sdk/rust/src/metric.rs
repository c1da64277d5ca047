//! Numbers for the gateway's metrics, in a call or in threads of the plugin's own.

use crate::{abi, given, host};

fn told(kind: u32, name: &str, value: f64) {
    let in_call = given::in_call(|changes| {
        changes.push(abi::METRIC, kind, name.as_bytes(), &value.to_ne_bytes());
    });
    if in_call.is_none() {
        host::metric(kind, name, value);
    }
}

/// Add to a counter.
pub fn count(name: &str, more: f64) {
    told(0, name, more);
}

/// How something stands.
pub fn gauge(name: &str, value: f64) {
    told(1, name, value);
}

/// How long something took.
pub fn timing(name: &str, seconds: f64) {
    told(2, name, seconds);
}
