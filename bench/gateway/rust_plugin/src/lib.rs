//! A request hook that adds one header.

use tyk_plugin::{Reply, Request};

fn add_header(_reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    request.add_header("Foo", "Bar");
    Ok(())
}

tyk_plugin::export! {
    name: "bench-rust",
    version: "1.0.0",
    request fn add_header();
}
