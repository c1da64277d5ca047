//! How the exports of a plugin do their work.

use crate::changes::Changes;
use crate::frame::Frame;
use crate::given::{entered, Function, Given};
use crate::{abi, definitions, host, panics};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_void;
use std::fmt::Display;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;
use std::time::Duration;

extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(data: *mut c_void);
}

/// What a pointer and a size say, also when there is nothing.
unsafe fn bytes<'a>(data: *const u8, size: u64) -> Option<&'a [u8]> {
    match (data.is_null(), usize::try_from(size).ok()?) {
        (_, 0) => Some(&[]),
        (true, _) => None,
        (false, size) => Some(unsafe { slice::from_raw_parts(data, size) }),
    }
}

/// `tyk_plugin_call`.
///
/// # Safety
///
/// As `tyk_plugin.h` says: the frame and the buffer of the result have the sizes given.
pub unsafe fn call(
    functions: &[Function],
    number: u32,
    frame: *const u8,
    size: u64,
    outcome: *mut abi::Outcome,
) -> i32 {
    let (Some(outcome), Some(frame)) = (unsafe { outcome.as_mut() }, unsafe { bytes(frame, size) })
    else {
        return abi::E_ARGUMENT;
    };
    outcome.size = 0;
    let Some(function) = functions.get(number as usize) else {
        return abi::E_FUNCTION;
    };
    let changes = RefCell::default();
    let status = match Frame::open(frame) {
        Ok(frame) => run(*function, frame, &changes),
        Err(wrong) => failed(&changes, abi::E_ARGUMENT, wrong, ""),
    };
    let changes = changes.into_inner();
    let given = unsafe { give(&changes, outcome) };
    match status {
        abi::OK if changes.too_large() => abi::E_ARGUMENT,
        abi::OK if !given => abi::E_MEMORY,
        status => status,
    }
}

fn run(function: Function, frame: Frame, changes: &RefCell<Changes>) -> i32 {
    let given = Given::new(frame, changes);
    let result = entered(changes, || {
        catch_unwind(AssertUnwindSafe(|| function(&given)))
    });
    match result {
        Ok(Ok(())) => abi::OK,
        Ok(Err(error)) => failed(changes, abi::E_FAILED, &error, ""),
        Err(payload) => {
            discard(payload);
            let (what, stack) = panics::taken();
            failed(changes, abi::E_PANIC, &what, &stack)
        }
    }
}

/// Drop what was thrown, which may throw again.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

fn failed(changes: &RefCell<Changes>, status: i32, what: &str, stack: &str) -> i32 {
    let mut changes = changes.borrow_mut();
    changes.push(abi::ERROR, 0, what.as_bytes(), stack.as_bytes());
    status
}

/// Put changes into the host's buffer, or into memory of our own where they do not fit.
unsafe fn give(changes: &Changes, outcome: &mut abi::Outcome) -> bool {
    let size = changes.size();
    if size == 0 {
        return true;
    }
    if outcome.data.is_null() || (outcome.capacity as usize) < size {
        let data = unsafe { malloc(size) };
        if data.is_null() {
            return false;
        }
        outcome.data = data.cast();
        outcome.flags |= abi::OWNED;
    }
    changes.write(unsafe { slice::from_raw_parts_mut(outcome.data, size) });
    outcome.size = size as u64;
    true
}

/// `tyk_plugin_free`.
///
/// # Safety
///
/// `data` comes from `call`, or is null.
pub unsafe fn release(data: *mut c_void) {
    unsafe { free(data) }
}

/// `tyk_plugin_control`.
///
/// # Safety
///
/// `told` has the size given.
pub unsafe fn control(control: u32, told: *const u8, size: u64) -> i32 {
    match unsafe { bytes(told, size) } {
        Some(told) => definitions::control(control, told),
        None => abi::E_ARGUMENT,
    }
}

/// `tyk_plugin_init`.
///
/// # Safety
///
/// As `tyk_plugin.h` says: the table is one, and stays; the settings have the size given.
pub unsafe fn init<E: Display>(
    table: *const abi::Host,
    config: *const u8,
    size: u64,
    begin: fn(&str) -> Result<(), E>,
) -> i32 {
    let status = unsafe { host::keep(table) };
    let config = unsafe { bytes(config, size) }.and_then(|text| std::str::from_utf8(text).ok());
    let config = match (status, config) {
        (abi::OK, Some(config)) => config,
        (abi::OK, None) => return abi::E_ARGUMENT,
        (wrong, _) => return wrong,
    };
    panics::watch();
    match catch_unwind(|| begin(config).map_err(|error| error.to_string())) {
        Ok(Ok(())) => abi::OK,
        Ok(Err(why)) => {
            host::log(crate::log::Level::Error as u32, &why, "");
            abi::E_INIT
        }
        Err(payload) => {
            discard(payload);
            abi::E_PANIC
        }
    }
}

/// What a plugin begins with that says nothing else.
pub fn no_init(_config: &str) -> Result<(), String> {
    Ok(())
}

/// What a plugin ends with that says nothing else.
pub fn no_shutdown(_time: Duration) {}

/// `tyk_plugin_shutdown`.
pub fn shutdown(milliseconds: u32, end: fn(Duration)) -> i32 {
    let time = Duration::from_millis(u64::from(milliseconds));
    let ended = catch_unwind(|| end(time));
    definitions::forget_all();
    match ended {
        Ok(()) => abi::OK,
        Err(payload) => {
            discard(payload);
            abi::E_PANIC
        }
    }
}
