//! {{name}}: a plugin in Rust.

use tyk_plugin::log::{self, Level};
use tyk_plugin::{Reply, Request, Response};

/// On the way in: every request reaches the upstream with a field more.
fn add_header(_reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    let path = request.path();
    log::line(Level::Info, "adding a header", &[("path", &path)]);
    request.set_header("X-Plugin", "{{name}}");
    Ok(())
}

/// On the way back: the client is told which status the upstream gave.
fn tell_status(
    _reply: &mut Reply,
    response: &mut Response,
    _request: &mut Request,
) -> Result<(), String> {
    response.set_header("X-Upstream-Status", response.status().to_string());
    Ok(())
}

// `mode` is inline, pool or process; `needs` are body, session, definition, context and tls.
// What is not asked for is not sent.
tyk_plugin::export! {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    request fn add_header(mode = inline);
    response fn tell_status(mode = inline);
}
