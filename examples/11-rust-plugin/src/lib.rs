use tyk_plugin::{Reply, Request, Response};

/// Knocks back what comes without a name.
fn ask_name(reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    match request.header("X-Name") {
        Some(name) => request.set_header("X-Greeting", format!("Hello {name}")),
        None => {
            reply.status(400);
            reply.write("who are you?\n");
        }
    }
    Ok(())
}

/// Makes the answer louder. It reads the body, so it says so below.
fn shout(_: &mut Reply, response: &mut Response, _: &mut Request) -> Result<(), String> {
    let loud = std::str::from_utf8(response.body()).map_err(|error| error.to_string())?;
    response.set_body(loud.to_uppercase());
    Ok(())
}

tyk_plugin::export! {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    request fn ask_name(mode = inline);
    response fn shout(needs = [body]);
}
