//! The upstream's response, on the way back.

use crate::abi;
use crate::changes::Changes;
use crate::fields::Fields;
use crate::frame::Frame;
use std::borrow::Cow;
use std::cell::RefCell;

/// The response that a response function can change before the client gets it.
pub struct Response<'a> {
    frame: Frame<'a>,
    changes: &'a RefCell<Changes>,
}

impl<'a> Response<'a> {
    pub(crate) fn new(frame: Frame<'a>, changes: &'a RefCell<Changes>) -> Self {
        Response { frame, changes }
    }

    fn change(&self, kind: u32, number: u32, key: &[u8], value: &[u8]) {
        self.changes.borrow_mut().push(kind, number, key, value);
    }

    /// Such as 200.
    pub fn status(&self) -> u32 {
        self.frame.status
    }

    /// All fields.
    pub fn headers(&self) -> Fields<'a> {
        self.frame.response_fields
    }

    /// The first value of a field. What is not UTF-8 in it is replaced.
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        self.frame.response_fields.get(name)
    }

    /// Need `body`.
    pub fn body(&self) -> &'a [u8] {
        self.frame.part(abi::BODY)
    }

    /// Such as 404.
    pub fn set_status(&mut self, status: u32) {
        self.change(abi::RESPONSE_STATUS, status, b"", b"");
    }

    /// The only value of that name.
    pub fn set_header(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.change(abi::RESPONSE_HEADER_SET, 0, name.as_bytes(), value.as_ref());
    }

    /// One value more of that name.
    pub fn add_header(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.change(abi::RESPONSE_HEADER_ADD, 0, name.as_bytes(), value.as_ref());
    }

    /// No value of that name.
    pub fn delete_header(&mut self, name: &str) {
        self.change(abi::RESPONSE_HEADER_DELETE, 0, name.as_bytes(), b"");
    }

    /// The length is made to fit.
    pub fn set_body(&mut self, body: impl AsRef<[u8]>) {
        self.change(abi::RESPONSE_BODY, 0, b"", body.as_ref());
    }
}
