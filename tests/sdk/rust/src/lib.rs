//! Tells all that it was given: a name, a length or -1, and the bytes, one after another.

mod edit;
mod told;

use std::time::Duration;
use tyk_plugin::log::{self, Level};
use tyk_plugin::{metric, store, Kind, Record, Reply, Request, Response};

use edit::edit;
use told::{echo_request, tell, tell_fields};

fn begin(config: &str) -> Result<(), String> {
    log::info(format!("begins with {config}"));
    match config {
        r#"{"fail": true}"# => Err("as it was told".into()),
        r#"{"panic": true}"# => panic!("as it was told"),
        _ => Ok(()),
    }
}

fn end(time: Duration) {
    metric::gauge("ends", time.as_secs_f64());
}

fn echo(reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    echo_request(reply, request);
    tell_fields(reply, "reply fields", reply.headers());
    Ok(())
}

fn echo_response(
    reply: &mut Reply,
    response: &mut Response,
    request: &mut Request,
) -> Result<(), String> {
    tell(
        reply,
        "status",
        Some(response.status().to_string().as_bytes()),
    );
    tell(reply, "body", Some(response.body()));
    tell(reply, "request body", Some(request.body()));
    tell_fields(reply, "response fields", response.headers());
    let first = response.header("x-name");
    tell(
        reply,
        "response header",
        first.as_deref().map(str::as_bytes),
    );
    Ok(())
}

fn record(record: &mut Record) -> Result<(), String> {
    let json = record.json().replace("before", "after");
    record.set_json(&json);
    Ok(())
}

fn services(reply: &mut Reply, _: &mut Request) -> Result<(), store::ServiceError> {
    let told = [
        format!("{:?}", store::get("key")),
        format!("{:?}", store::set("key", b"a\0b", 60)),
        format!("{:?}", store::set_new("key", "value", 0)),
        format!("{:?}", store::delete("key")),
        format!("{:?}", store::increment("key", -2, 30)),
        format!("{:?}", store::expire("key", 5)),
        format!("{:?}", store::ttl("key")),
        format!("{:?}", store::keys("be")),
        format!("{:?}", store::session("client")),
    ];
    reply.write(told.join("\n"));
    store::expire("last", 1)
}

fn say(_: &mut Reply, _: &mut Request) -> Result<(), String> {
    log::debug("plain");
    log::line(
        Level::Info,
        "refused",
        &[("user", "J\"o\n"), ("reason", "")],
    );
    metric::count("calls", 1.0);
    metric::timing("took", 0.25);
    let elsewhere = std::thread::spawn(|| {
        log::warning("from a thread");
        metric::gauge("depth", 2.5);
        panic!("in a thread");
    });
    assert!(elsewhere.join().is_err());
    log::error("last");
    Ok(())
}

/// What panics when it is dropped.
struct Twice;

impl Drop for Twice {
    fn drop(&mut self) {
        panic!("once more");
    }
}

fn fails(_: &mut Reply, request: &mut Request) -> Result<(), String> {
    log::info("before");
    request.set_header("X-Half", "done");
    match &*request.method() {
        "PANIC" => panic!("{} on demand", request.method()),
        "ODD" => std::panic::panic_any(7),
        "TWICE" => std::panic::panic_any(Twice),
        _ => Err("no such user".into()),
    }
}

fn definition(reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    let found = request.definition().ok_or("there is none")?;
    let kind = match found.kind() {
        Some(Kind::Classic) => "classic",
        Some(Kind::Oas) => "oas",
        None => "unknown",
    };
    reply.write(format!("{kind} {}", &*found));
    Ok(())
}

fn write_all(reply: &mut Reply, _: &mut Request) -> std::io::Result<()> {
    use std::io::Write;
    write!(reply, "{}-{}", 1, 2)?;
    Write::flush(reply)
}

tyk_plugin::export! {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    init: begin,
    shutdown: end,
    request fn echo(needs = [body, session, definition, context, tls]);
    response fn echo_response(mode = inline, needs = [body]);
    analytics fn record();
    request fn services(mode = pool);
    request fn say(mode = process);
    request fn fails();
    request fn definition(needs = [definition]);
    request fn write_all();
    response fn edit(needs = [body]);
}
