//! What a function is given, whatever it is for.

use crate::changes::Changes;
use crate::frame::Frame;
use crate::{abi, Record, Reply, Request, Response};
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::ptr;

thread_local! {
    static CALL: Cell<*const RefCell<Changes>> = const { Cell::new(ptr::null()) };
}

/// Run something as the call that this thread is in. It must not unwind.
pub fn entered<T>(changes: &RefCell<Changes>, run: impl FnOnce() -> T) -> T {
    let before = CALL.replace(changes);
    let result = run();
    CALL.set(before);
    result
}

/// Add to the changes of the call that this thread is in, if it is in one.
pub fn in_call<T>(add: impl FnOnce(&mut Changes) -> T) -> Option<T> {
    // Set by `entered` for as long as the changes are there, and for this thread alone.
    let changes = unsafe { CALL.get().as_ref() }?;
    Some(add(&mut changes.borrow_mut()))
}

pub fn is_in_call() -> bool {
    !CALL.get().is_null()
}

/// What a request function looks like to the macro: any error that can be shown will do.
pub type RequestFunction<E> = fn(&mut Reply, &mut Request) -> Result<(), E>;
/// The same of a response function.
pub type ResponseFunction<E> = fn(&mut Reply, &mut Response, &mut Request) -> Result<(), E>;
/// The same of an analytics function.
pub type AnalyticsFunction<E> = fn(&mut Record) -> Result<(), E>;

/// The frame and the changes of a call.
pub struct Given<'a> {
    frame: Frame<'a>,
    changes: &'a RefCell<Changes>,
}

/// What the macro makes of each function.
pub type Function = fn(&Given) -> Result<(), String>;

fn told<E: Display>(result: Result<(), E>) -> Result<(), String> {
    result.map_err(|error| error.to_string())
}

impl<'a> Given<'a> {
    pub fn new(frame: Frame<'a>, changes: &'a RefCell<Changes>) -> Self {
        Given { frame, changes }
    }

    pub fn request<E: Display>(&self, function: RequestFunction<E>) -> Result<(), String> {
        let mut reply = Reply::new(self.frame, self.changes);
        let body = self.frame.part(abi::BODY);
        let mut request = Request::new(self.frame, self.changes, body);
        told(function(&mut reply, &mut request))
    }

    pub fn response<E: Display>(&self, function: ResponseFunction<E>) -> Result<(), String> {
        let mut reply = Reply::new(self.frame, self.changes);
        let mut response = Response::new(self.frame, self.changes);
        let mut request = Request::new(self.frame, self.changes, b"");
        told(function(&mut reply, &mut response, &mut request))
    }

    pub fn analytics<E: Display>(&self, function: AnalyticsFunction<E>) -> Result<(), String> {
        told(function(&mut Record::new(self.frame, self.changes)))
    }
}
