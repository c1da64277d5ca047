//! The gateway's side, as a plugin sees it.

use crate::{abi, packed};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

static HOST: AtomicPtr<abi::Host> = AtomicPtr::new(ptr::null_mut());

/// Keep the table, which stays valid until the plugin is shut down; a status of the interface.
///
/// # Safety
///
/// `table` is null or points at as much as its `size` says.
pub unsafe fn keep(table: *const abi::Host) -> i32 {
    if table.is_null() {
        return abi::E_ARGUMENT;
    }
    let size = unsafe { ptr::addr_of!((*table).size).read() };
    if (size as usize) < size_of::<abi::Host>() {
        return abi::E_VERSION;
    }
    let (major, minor) = unsafe { ((*table).abi_major, (*table).abi_minor) };
    if (major, minor) < (abi::ABI_MAJOR, abi::ABI_MINOR) || major != abi::ABI_MAJOR {
        return abi::E_VERSION;
    }
    HOST.store(table.cast_mut(), Ordering::Release);
    abi::OK
}

fn host() -> Option<&'static abi::Host> {
    // What `keep` was given, so it is there until the plugin is shut down.
    unsafe { HOST.load(Ordering::Acquire).as_ref() }
}

pub fn log(level: u32, line: &str, fields: &str) {
    if let Some(host) = host() {
        let (text, more) = (line.as_ptr(), fields.as_ptr());
        let (text_size, more_size) = (line.len() as u64, fields.len() as u64);
        unsafe { (host.log)(host.context, level as i32, text, text_size, more, more_size) }
    }
}

pub fn metric(kind: u32, name: &str, value: f64) {
    if let Some(host) = host() {
        let (text, size) = (name.as_ptr(), name.len() as u64);
        unsafe { (host.metric)(host.context, kind as i32, text, size, value) }
    }
}

/// Ask, wait, and give the strings of the answer; or a status of the interface.
pub fn service(service: u32, strings: &[&[u8]]) -> Result<Vec<Vec<u8>>, i32> {
    let host = host().ok_or(abi::E_REFUSED)?;
    let asked = packed::pack(strings).ok_or(abi::E_ARGUMENT)?;
    let (mut out, mut size) = (ptr::null_mut(), 0);
    let (data, asked_size) = (asked.as_ptr(), asked.len() as u64);
    let status =
        unsafe { (host.service)(host.context, service, data, asked_size, &mut out, &mut size) };
    let answer = if out.is_null() {
        Some(Vec::new())
    } else {
        let bytes = unsafe { std::slice::from_raw_parts(out, size as usize) };
        let strings = packed::unpack(bytes);
        let owned = strings.map(|all| all.iter().map(|one| one.to_vec()).collect());
        unsafe { (host.release)(host.context, out) };
        owned
    };
    match status {
        abi::OK => answer.ok_or(abi::E_FAILED),
        wrong => Err(wrong),
    }
}
