use crate::Outcome;
use tyk_plugin::{Reply, Request, Response};

pub fn set_headers(_reply: &mut Reply, request: &mut Request) -> Outcome {
    request.set_header("X-Set", "by hook");
    request.delete_header("X-Secret");
    Ok(())
}

pub fn other_path(_reply: &mut Reply, request: &mut Request) -> Outcome {
    let target = request.target().replace("/old/", "/new%20place/");
    request.set_target(&target);
    Ok(())
}

pub fn other_method(_reply: &mut Reply, request: &mut Request) -> Outcome {
    request.set_method("PUT");
    Ok(())
}

pub fn other_body(_reply: &mut Reply, request: &mut Request) -> Outcome {
    request.set_body("replaced by the hook");
    Ok(())
}

pub fn other_query(_reply: &mut Reply, request: &mut Request) -> Outcome {
    let target = format!("{}?a=b&c=d", request.path());
    request.set_target(&target);
    Ok(())
}

pub fn other_host(_reply: &mut Reply, request: &mut Request) -> Outcome {
    request.set_host("from-hook.test");
    Ok(())
}

pub fn mark_response(_: &mut Reply, response: &mut Response, _: &mut Request) -> Outcome {
    response.set_header("X-Marked", "yes");
    response.delete_header("Server");
    Ok(())
}

pub fn other_status(_: &mut Reply, response: &mut Response, _: &mut Request) -> Outcome {
    response.set_status(418);
    Ok(())
}

pub fn upper_case(_: &mut Reply, response: &mut Response, _: &mut Request) -> Outcome {
    let mut body = response.body().to_ascii_uppercase();
    body.push(b'!');
    response.set_body(body);
    Ok(())
}

pub fn replace_response(reply: &mut Reply, _: &mut Response, _: &mut Request) -> Outcome {
    reply.set_header("Content-Type", "text/plain");
    reply.status(503);
    reply.write("replaced");
    Ok(())
}

pub fn broken_response(_: &mut Reply, _: &mut Response, _: &mut Request) -> Outcome {
    panic!("on the way back")
}
