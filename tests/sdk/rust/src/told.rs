use tyk_plugin::{Fields, Reply, Request};

pub fn yes(whether: bool) -> &'static [u8] {
    if whether {
        b"yes"
    } else {
        b"no"
    }
}

pub fn tell(reply: &mut Reply, what: &str, value: Option<&[u8]>) {
    let size = value.map_or(-1, |value| value.len() as i32);
    reply.write([what.as_bytes(), b"\0", &size.to_ne_bytes()].concat());
    reply.write(value.unwrap_or_default());
}

pub fn tell_fields(reply: &mut Reply, what: &str, fields: Fields) {
    for (name, value) in fields {
        tell(reply, what, Some(name));
        tell(reply, what, Some(value));
    }
}

pub fn echo_request(reply: &mut Reply, request: &Request) {
    let texts = [
        ("method", request.method()),
        ("target", request.target()),
        ("path", request.path()),
        ("query string", request.query_string()),
        ("host", request.host()),
        ("peer", request.peer()),
        ("token", request.token()),
    ];
    for (what, text) in texts {
        tell(reply, what, Some(text.as_bytes()));
    }
    let query = request.parameter("q");
    tell(reply, "query", query.as_deref().map(str::as_bytes));
    tell(
        reply,
        "port",
        Some(request.peer_port().to_string().as_bytes()),
    );
    tell(reply, "body", Some(request.body()));
    tell(reply, "has session", Some(yes(request.has_session())));
    tell(reply, "session", request.session().map(str::as_bytes));
    tell(reply, "context", Some(request.context().as_bytes()));
    let rewrite = request.rewrite_target();
    tell(reply, "rewrite", rewrite.as_deref().map(str::as_bytes));
    tell(reply, "tls", request.tls().map(str::as_bytes));
    let first = request.header("x-name");
    tell(reply, "header", first.as_deref().map(str::as_bytes));
    for value in request.headers().get_all("X-NAME") {
        tell(reply, "headers", Some(value));
    }
    tell_fields(reply, "fields", request.headers());
    assert_eq!(request.headers().is_empty(), request.headers().len() == 0);
    tell(
        reply,
        "count",
        Some(request.headers().len().to_string().as_bytes()),
    );
    tell(reply, "secure", Some(yes(request.is_secure())));
}
