//! Plugins for the gateway, in Rust.
//!
//! A function is given what it asked for, and says what it wants changed:
//!
//! ```
//! use tyk_plugin::{Reply, Request, Response};
//!
//! fn add_header(_reply: &mut Reply, request: &mut Request) -> Result<(), String> {
//!     request.set_header("Foo", "Bar");
//!     Ok(())
//! }
//!
//! fn shout(_reply: &mut Reply, response: &mut Response, _request: &mut Request) -> Result<(), String> {
//!     let body = response.body().to_ascii_uppercase();
//!     response.set_body(body);
//!     Ok(())
//! }
//!
//! tyk_plugin::export! {
//!     name: "my-plugin",
//!     version: "1.0.0",
//!     request fn add_header(mode = inline);
//!     response fn shout(needs = [body]);
//! }
//! # fn main() {}
//! ```
//!
//! Requests and responses read what came; what is changed is carried out after
//! the function has returned `Ok`, in the order of the calls. A function that
//! returns `Err` or panics changes nothing, and the request fails as its API
//! says. Build with `panic = "unwind"`, which is what Cargo does by itself.

#![warn(missing_docs)]

#[allow(missing_docs)]
mod abi;
mod changes;
mod definitions;
#[allow(missing_docs)]
mod exports;
mod fields;
mod frame;
#[allow(missing_docs)]
mod given;
mod host;
pub mod log;
mod macros;
mod manifest;
pub mod metric;
mod packed;
mod panics;
mod query;
mod record;
mod reply;
mod request;
mod response;
pub mod store;

pub use definitions::{Definition, Kind};
pub use fields::Fields;
pub use record::Record;
pub use reply::Reply;
pub use request::Request;
pub use response::Response;
pub use store::ServiceError;

/// What [`export!`] is made of; not to be used otherwise.
#[doc(hidden)]
pub mod internal {
    pub use crate::abi::{Host, Outcome};
    pub use crate::exports::{call, control, init, no_init, no_shutdown, release, shutdown};
    pub use crate::given::{AnalyticsFunction, Function, RequestFunction, ResponseFunction};
    pub use crate::manifest::{joined, length, sound, ABI, SDK, TOOLCHAIN, VERSION};
}
