//! The patches of ../go once more, in Rust.

use tyk_plugin::{Reply, Request, Response};

#[allow(non_snake_case)]
fn Change(reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    request.set_header("X-Patched", "rust");
    request.delete_header("X-Gone");
    request.set_target("/one/patched");
    reply.set_header("X-Reply", "rust");
    Ok(())
}

#[allow(non_snake_case)]
fn Answer(reply: &mut Reply, _: &mut Request) -> Result<(), String> {
    reply.set_header("X-Reply", "rust");
    reply.status(202);
    reply.write("from a patch");
    Ok(())
}

#[allow(non_snake_case)]
fn Fail(reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    Change(reply, request)?;
    panic!("no room")
}

#[allow(non_snake_case)]
fn Back(_: &mut Reply, response: &mut Response, _: &mut Request) -> Result<(), String> {
    response.set_header("X-Reply", "RUST");
    Ok(())
}

tyk_plugin::export! {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    request fn Change();
    request fn Answer();
    request fn Fail();
    response fn Back();
}
