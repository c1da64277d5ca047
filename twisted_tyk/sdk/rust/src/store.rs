//! What the gateway keeps for plugins, in all its processes alike.
//!
//! Every call waits for its answer, so an inline function is refused. Numbers
//! of seconds are 0 for ever.

use crate::{abi, host};
use std::fmt;

/// Why a service did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceError {
    /// There is no such key.
    Missing,
    /// The key is there already.
    Exists,
    /// It cannot be had here, such as in an inline function.
    Refused,
    /// Anything else, with its number in `tyk_plugin.h`.
    Failed(i32),
}

impl ServiceError {
    fn of(status: i32) -> Self {
        match status {
            abi::E_MISSING => ServiceError::Missing,
            abi::E_EXISTS => ServiceError::Exists,
            abi::E_REFUSED => ServiceError::Refused,
            other => ServiceError::Failed(other),
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServiceError::Missing => to.write_str("there is no such key"),
            ServiceError::Exists => to.write_str("the key is there already"),
            ServiceError::Refused => to.write_str("services cannot be had in an inline function"),
            ServiceError::Failed(status) => write!(to, "the service failed: {status}"),
        }
    }
}

impl std::error::Error for ServiceError {}

fn ask(service: u32, strings: &[&[u8]]) -> Result<Vec<Vec<u8>>, ServiceError> {
    host::service(service, strings).map_err(ServiceError::of)
}

fn one(answer: Vec<Vec<u8>>) -> Result<Vec<u8>, ServiceError> {
    let first = answer.into_iter().next();
    first.ok_or(ServiceError::Failed(abi::E_FAILED))
}

fn number(answer: Vec<Vec<u8>>) -> Result<i64, ServiceError> {
    let text = String::from_utf8(one(answer)?).unwrap_or_default();
    let failed = ServiceError::Failed(abi::E_FAILED);
    text.parse().map_err(|_| failed)
}

/// The value of a key, if there is one.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, ServiceError> {
    match ask(abi::STORE_GET, &[key.as_bytes()]) {
        Err(ServiceError::Missing) => Ok(None),
        answer => one(answer?).map(Some),
    }
}

/// Keep a value for so many seconds.
pub fn set(key: &str, value: impl AsRef<[u8]>, seconds: u64) -> Result<(), ServiceError> {
    let time = seconds.to_string();
    let strings = [key.as_bytes(), value.as_ref(), time.as_bytes()];
    ask(abi::STORE_SET, &strings).map(drop)
}

/// The same, [`ServiceError::Exists`] when the key is there.
pub fn set_new(key: &str, value: impl AsRef<[u8]>, seconds: u64) -> Result<(), ServiceError> {
    let time = seconds.to_string();
    let strings = [key.as_bytes(), value.as_ref(), time.as_bytes()];
    ask(abi::STORE_SET_NEW, &strings).map(drop)
}

/// Whether there was such a key.
pub fn delete(key: &str) -> Result<bool, ServiceError> {
    match ask(abi::STORE_DELETE, &[key.as_bytes()]) {
        Err(ServiceError::Missing) => Ok(false),
        answer => answer.map(|_| true),
    }
}

/// Add to a number, which begins with 0 and then lives so many seconds.
pub fn increment(key: &str, by: i64, seconds: u64) -> Result<i64, ServiceError> {
    let (by, time) = (by.to_string(), seconds.to_string());
    let strings = [key.as_bytes(), by.as_bytes(), time.as_bytes()];
    number(ask(abi::STORE_INCREMENT, &strings)?)
}

/// Let a key live so many seconds from now.
pub fn expire(key: &str, seconds: u64) -> Result<(), ServiceError> {
    let time = seconds.to_string();
    ask(abi::STORE_EXPIRE, &[key.as_bytes(), time.as_bytes()]).map(drop)
}

/// Seconds that a key has left, -1 for ever.
pub fn ttl(key: &str) -> Result<i64, ServiceError> {
    number(ask(abi::STORE_TTL, &[key.as_bytes()])?)
}

/// The keys with this beginning.
pub fn keys(beginning: &str) -> Result<Vec<String>, ServiceError> {
    let found = ask(abi::STORE_KEYS, &[beginning.as_bytes()])?;
    let text = |key: Vec<u8>| String::from_utf8_lossy(&key).into_owned();
    Ok(found.into_iter().map(text).collect())
}

/// JSON of the session of a client's key, if there is one.
pub fn session(key: &str) -> Result<Option<String>, ServiceError> {
    match ask(abi::SESSION_GET, &[key.as_bytes()]) {
        Err(ServiceError::Missing) => Ok(None),
        answer => {
            let text = String::from_utf8(one(answer?)?);
            let failed = ServiceError::Failed(abi::E_FAILED);
            text.map(Some).map_err(|_| failed)
        }
    }
}
