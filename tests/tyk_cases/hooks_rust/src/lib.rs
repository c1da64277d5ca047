//! The hooks of ../hooks once more, in Rust.

mod address;
mod authenticating;
mod editing;
mod native;
mod writing;

use address::*;
use authenticating::*;
use editing::*;
use native::*;
use writing::*;

/// What every hook returns.
type Outcome = Result<(), String>;

tyk_plugin::export! {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    init: address::begin,
    request fn client_ip(mode = inline);
    request fn by_header(mode = inline);
    request fn expired(mode = inline);
    request fn inactive(mode = inline);
    request fn tell_key(mode = inline, needs = [session]);
    request fn set_headers(mode = inline);
    request fn other_path(mode = inline);
    request fn other_method(mode = inline);
    request fn other_body(mode = inline);
    request fn other_query(mode = inline);
    request fn other_host(mode = inline);
    response fn mark_response(mode = inline);
    response fn other_status(mode = inline);
    response fn upper_case(mode = inline, needs = [body]);
    response fn replace_response(mode = inline);
    response fn broken_response(mode = inline);
    request fn add_header(mode = inline);
    request fn status_only(mode = inline);
    request fn body_only(mode = inline);
    request fn two_statuses(mode = inline);
    request fn not_found(mode = inline);
    request fn forbidden(mode = inline);
    request fn broken(mode = inline);
    request fn edit_session(mode = inline, needs = [session]);
    request fn tell_session(mode = inline, needs = [session]);
    request fn other_definition(mode = inline, needs = [definition]);
    request fn tell_definition(mode = inline, needs = [definition]);
    request fn leave_note(mode = inline, needs = [context]);
    request fn tell_note(mode = inline, needs = [context]);
    request fn rewrite(mode = inline, needs = [context]);
    request fn tell_rewrite(mode = inline, needs = [context]);
    request fn measure_body(mode = inline, needs = [body]);
    request fn log_fields(mode = inline);
    request fn split_header(mode = inline);
}

/// The string that a member of an object is, for JSON as plain as that of the cases.
fn member(json: &str, name: &str) -> Option<String> {
    let (_, after) = json.split_once(&format!("\"{name}\":"))?;
    let value = after.trim_start().strip_prefix('"')?;
    Some(value.split_once('"')?.0.to_owned())
}
