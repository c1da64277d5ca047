//! An answer of the plugin's own.

use crate::abi;
use crate::changes::Changes;
use crate::fields::Fields;
use crate::frame::Frame;
use std::cell::RefCell;
use std::io;

/// Writes to the client. A status or bytes end the request here; fields alone are added to
/// whatever answer the client gets.
pub struct Reply<'a> {
    frame: Frame<'a>,
    changes: &'a RefCell<Changes>,
}

impl<'a> Reply<'a> {
    pub(crate) fn new(frame: Frame<'a>, changes: &'a RefCell<Changes>) -> Self {
        Reply { frame, changes }
    }

    fn change(&self, kind: u32, number: u32, key: &[u8], value: &[u8]) {
        self.changes.borrow_mut().push(kind, number, key, value);
    }

    /// The first counts; without any it is 200.
    pub fn status(&mut self, status: u32) {
        self.change(abi::REPLY_STATUS, status, b"", b"");
    }

    /// Add to the body.
    pub fn write(&mut self, data: impl AsRef<[u8]>) {
        self.change(abi::REPLY_WRITE, 0, b"", data.as_ref());
    }

    /// Fields that hooks before this one have added.
    pub fn headers(&self) -> Fields<'a> {
        self.frame.reply_fields
    }

    /// The only value of that name.
    pub fn set_header(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.change(abi::REPLY_HEADER_SET, 0, name.as_bytes(), value.as_ref());
    }

    /// One value more of that name.
    pub fn add_header(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.change(abi::REPLY_HEADER_ADD, 0, name.as_bytes(), value.as_ref());
    }

    /// No value of that name, of those that hooks have added.
    pub fn delete_header(&mut self, name: &str) {
        self.change(abi::REPLY_HEADER_DELETE, 0, name.as_bytes(), b"");
    }
}

/// For `write!` and for what writes into anything.
impl io::Write for Reply<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.change(abi::REPLY_WRITE, 0, b"", data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
