//! The numbers and structures of `tyk_plugin.h`, whose comments say what they mean.

use std::ffi::c_void;

pub const ABI_MAJOR: u16 = 1;
pub const ABI_MINOR: u16 = 0;

pub const OK: i32 = 0;
pub const E_ARGUMENT: i32 = -1;
pub const E_VERSION: i32 = -2;
pub const E_PANIC: i32 = -3;
pub const E_INIT: i32 = -4;
pub const E_FUNCTION: i32 = -5;
pub const E_MISSING: i32 = -6;
pub const E_EXISTS: i32 = -7;
pub const E_REFUSED: i32 = -8;
pub const E_FAILED: i32 = -9;
pub const E_MEMORY: i32 = -10;

pub const FRAME_MAGIC: u32 = 0x3152_5954;
pub const CHANGES_MAGIC: u32 = 0x3143_5954;

pub const FLAG_SECURE: u32 = 1;
pub const FLAG_SESSION: u32 = 2;

pub const METHOD: usize = 0;
pub const TARGET: usize = 1;
pub const HOST: usize = 2;
pub const PEER: usize = 3;
pub const BODY: usize = 4;
pub const TOKEN: usize = 5;
pub const SESSION: usize = 6;
pub const API: usize = 7;
pub const DEFINITION: usize = 8;
pub const CONTEXT: usize = 9;
pub const REWRITE: usize = 10;
pub const TLS: usize = 11;
pub const RECORD: usize = 12;
pub const SLICES: usize = 13;

pub const HEADER_SET: u32 = 1;
pub const HEADER_ADD: u32 = 2;
pub const HEADER_DELETE: u32 = 3;
pub const SET_METHOD: u32 = 4;
pub const SET_TARGET: u32 = 5;
pub const SET_HOST: u32 = 6;
pub const SET_BODY: u32 = 7;
pub const SET_REWRITE: u32 = 8;
pub const REPLY_STATUS: u32 = 16;
pub const REPLY_WRITE: u32 = 17;
pub const REPLY_HEADER_SET: u32 = 18;
pub const REPLY_HEADER_ADD: u32 = 19;
pub const REPLY_HEADER_DELETE: u32 = 20;
pub const RESPONSE_STATUS: u32 = 32;
pub const RESPONSE_HEADER_SET: u32 = 33;
pub const RESPONSE_HEADER_ADD: u32 = 34;
pub const RESPONSE_HEADER_DELETE: u32 = 35;
pub const RESPONSE_BODY: u32 = 36;
pub const SET_SESSION: u32 = 48;
pub const SET_DEFINITION: u32 = 49;
pub const SET_CONTEXT: u32 = 50;
pub const SET_RECORD: u32 = 51;
pub const LOG: u32 = 64;
pub const METRIC: u32 = 65;
pub const ERROR: u32 = 66;

pub const STORE_GET: u32 = 1;
pub const STORE_SET: u32 = 2;
pub const STORE_SET_NEW: u32 = 3;
pub const STORE_DELETE: u32 = 4;
pub const STORE_INCREMENT: u32 = 5;
pub const STORE_EXPIRE: u32 = 6;
pub const STORE_TTL: u32 = 7;
pub const STORE_KEYS: u32 = 8;
pub const SESSION_GET: u32 = 9;

pub const DEFINE: u32 = 1;
pub const FORGET: u32 = 2;

pub const OWNED: u32 = 1;

/// `tyk_result`: where changes are put.
#[repr(C)]
pub struct Outcome {
    pub data: *mut u8,
    pub size: u64,
    pub capacity: u64,
    pub flags: u32,
    pub reserved: u32,
}

/// `tyk_host`: what the gateway does for a plugin.
#[repr(C)]
pub struct Host {
    pub size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub context: *mut c_void,
    pub log: unsafe extern "C" fn(*mut c_void, i32, *const u8, u64, *const u8, u64),
    pub metric: unsafe extern "C" fn(*mut c_void, i32, *const u8, u64, f64),
    pub service:
        unsafe extern "C" fn(*mut c_void, u32, *const u8, u64, *mut *mut u8, *mut u64) -> i32,
    pub release: unsafe extern "C" fn(*mut c_void, *mut u8),
}
