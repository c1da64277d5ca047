//! The request of a call.

use crate::abi;
use crate::changes::Changes;
use crate::definitions::{self, Definition};
use crate::fields::Fields;
use crate::frame::Frame;
use crate::query;
use std::borrow::Cow;
use std::cell::RefCell;

/// A request, on its way in or, for a response function, the one that was answered.
///
/// What needs to be asked for in [`export!`](crate::export) is empty otherwise.
pub struct Request<'a> {
    frame: Frame<'a>,
    changes: &'a RefCell<Changes>,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    pub(crate) fn new(frame: Frame<'a>, changes: &'a RefCell<Changes>, body: &'a [u8]) -> Self {
        Request {
            frame,
            changes,
            body,
        }
    }

    fn change(&self, kind: u32, number: u32, key: &[u8], value: &[u8]) {
        self.changes.borrow_mut().push(kind, number, key, value);
    }

    /// Such as `GET`.
    pub fn method(&self) -> Cow<'a, str> {
        self.frame.text(abi::METHOD)
    }

    /// Path and query, as they stand in the request line.
    pub fn target(&self) -> Cow<'a, str> {
        self.frame.text(abi::TARGET)
    }

    fn halves(&self) -> (&'a [u8], &'a [u8]) {
        let target = self.frame.part(abi::TARGET);
        match target.iter().position(|byte| *byte == b'?') {
            Some(at) => (&target[..at], &target[at + 1..]),
            None => (target, &[]),
        }
    }

    /// The target up to its first question mark.
    pub fn path(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.halves().0)
    }

    /// What follows the first question mark of the target.
    pub fn query_string(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.halves().1)
    }

    /// The parameters of the query, unescaped, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = (String, String)> + use<'a> {
        query::parameters(self.halves().1)
    }

    /// The first parameter of this name in the query, unescaped.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value)
    }

    /// The `Host` field, which is not among the others.
    pub fn host(&self) -> Cow<'a, str> {
        self.frame.text(abi::HOST)
    }

    /// The client's address.
    pub fn peer(&self) -> Cow<'a, str> {
        self.frame.text(abi::PEER)
    }

    /// The client's port.
    pub fn peer_port(&self) -> u32 {
        self.frame.port
    }

    /// Whether it came over TLS.
    pub fn is_secure(&self) -> bool {
        self.frame.has(abi::FLAG_SECURE)
    }

    /// All fields but `Host`.
    pub fn headers(&self) -> Fields<'a> {
        self.frame.fields
    }

    /// The first value of a field. What is not UTF-8 in it is replaced.
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        self.frame.fields.get(name)
    }

    /// Need `body`. In a response function it is empty; the response has the body.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Need `session`: the key that the client presented.
    pub fn token(&self) -> Cow<'a, str> {
        self.frame.text(abi::TOKEN)
    }

    /// Need `session`: JSON with Tyk's names.
    pub fn session(&self) -> Option<&'a str> {
        Some(self.frame.json(abi::SESSION)).filter(|json| !json.is_empty())
    }

    /// Whether there is a session, which can be told without `session` too.
    pub fn has_session(&self) -> bool {
        self.frame.has(abi::FLAG_SESSION)
    }

    /// Need `definition`: that of the API, or what a hook has set for this request.
    pub fn definition(&self) -> Option<Definition> {
        let set = self.frame.json(abi::DEFINITION);
        let known = definitions::known(self.frame.part(abi::API));
        match (set.is_empty(), known) {
            (true, known) => known,
            (false, known) => Some(Definition::of(known.and_then(|one| one.kind()), set)),
        }
    }

    /// Need `context`: JSON object of what hooks have left for each other.
    pub fn context(&self) -> &'a str {
        match self.frame.json(abi::CONTEXT) {
            "" => "{}",
            json => json,
        }
    }

    /// Need `context`: the URL the upstream is to be asked for, if one is set.
    pub fn rewrite_target(&self) -> Option<Cow<'a, str>> {
        Some(self.frame.text(abi::REWRITE)).filter(|url| !url.is_empty())
    }

    /// Need `tls`: JSON of what is known of the connection.
    pub fn tls(&self) -> Option<&'a str> {
        Some(self.frame.json(abi::TLS)).filter(|json| !json.is_empty())
    }

    /// The only value of that name.
    pub fn set_header(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.change(abi::HEADER_SET, 0, name.as_bytes(), value.as_ref());
    }

    /// One value more of that name.
    pub fn add_header(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.change(abi::HEADER_ADD, 0, name.as_bytes(), value.as_ref());
    }

    /// No value of that name.
    pub fn delete_header(&mut self, name: &str) {
        self.change(abi::HEADER_DELETE, 0, name.as_bytes(), b"");
    }

    /// Such as `PUT`.
    pub fn set_method(&mut self, method: &str) {
        self.change(abi::SET_METHOD, 0, b"", method.as_bytes());
    }

    /// Path and query, escaped.
    pub fn set_target(&mut self, target: &str) {
        self.change(abi::SET_TARGET, 0, b"", target.as_bytes());
    }

    /// The `Host` field.
    pub fn set_host(&mut self, host: &str) {
        self.change(abi::SET_HOST, 0, b"", host.as_bytes());
    }

    /// The length is made to fit.
    pub fn set_body(&mut self, body: impl AsRef<[u8]>) {
        self.change(abi::SET_BODY, 0, b"", body.as_ref());
    }

    /// The URL the upstream is to be asked for; an empty one takes it back.
    pub fn set_rewrite_target(&mut self, url: &str) {
        self.change(abi::SET_REWRITE, 0, b"", url.as_bytes());
    }

    /// The session of this request, as JSON with Tyk's names.
    ///
    /// `key_id` may be empty; `store` keeps it for later requests.
    pub fn set_session(&mut self, key_id: &str, json: &str, store: bool) {
        let number = u32::from(store);
        self.change(abi::SET_SESSION, number, key_id.as_bytes(), json.as_bytes());
    }

    /// JSON of a definition, for later hooks of this request.
    pub fn set_definition(&mut self, json: &str) {
        self.change(abi::SET_DEFINITION, 0, b"", json.as_bytes());
    }

    /// JSON of a value, for later hooks of this request; an empty one takes the name away.
    pub fn set_context(&mut self, name: &str, json: &str) {
        self.change(abi::SET_CONTEXT, 0, name.as_bytes(), json.as_bytes());
    }
}
