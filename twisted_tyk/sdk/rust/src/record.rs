//! The record of a request, for an analytics function.

use crate::abi;
use crate::changes::Changes;
use crate::frame::Frame;
use std::cell::RefCell;

/// What is kept of a request that is over.
pub struct Record<'a> {
    frame: Frame<'a>,
    changes: &'a RefCell<Changes>,
}

impl<'a> Record<'a> {
    pub(crate) fn new(frame: Frame<'a>, changes: &'a RefCell<Changes>) -> Self {
        Record { frame, changes }
    }

    /// JSON of it.
    pub fn json(&self) -> &'a str {
        self.frame.json(abi::RECORD)
    }

    /// What is to be kept instead.
    pub fn set_json(&mut self, json: &str) {
        let mut changes = self.changes.borrow_mut();
        changes.push(abi::SET_RECORD, 0, b"", json.as_bytes());
    }
}
