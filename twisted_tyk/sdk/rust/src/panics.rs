//! What is known of a panic: its message, its place, and its stack when `RUST_BACKTRACE` is set.

use crate::{given, host, log};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// From now on panics are remembered, or logged where nobody will ask for them.
pub fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| panic::set_hook(Box::new(seen)));
}

fn seen(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    let place = panic
        .location()
        .map(|at| format!(" at {}:{}", at.file(), at.line()));
    let what = format!("{text}{}", place.unwrap_or_default());
    let stack = Backtrace::capture();
    let stack = match stack.status() {
        BacktraceStatus::Captured => stack.to_string(),
        _ => String::new(),
    };
    if given::is_in_call() {
        LAST.with(|last| last.replace(Some((what, stack))));
    } else {
        let line = format!("panicked outside a call: {what}");
        host::log(log::Level::Error as u32, &line, "");
    }
}

/// Message with its place, and stack, of the panic that this thread has just come out of.
pub fn taken() -> (String, String) {
    let last = LAST.with(|last| last.take());
    last.unwrap_or_else(|| ("a panic without a message".into(), String::new()))
}
