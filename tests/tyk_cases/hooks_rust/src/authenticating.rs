use crate::Outcome;
use tyk_plugin::{Reply, Request};

pub fn by_header(reply: &mut Reply, request: &mut Request) -> Outcome {
    match request.header("Authorization").as_deref() {
        Some("good") => request.set_session("good", "{}", false),
        Some(_) => {
            reply.status(403);
            reply.write("wrong key");
        }
        None => {}
    }
    Ok(())
}

pub fn expired(_reply: &mut Reply, request: &mut Request) -> Outcome {
    request.set_session("", r#"{"expires": 1}"#, false);
    Ok(())
}

pub fn inactive(_reply: &mut Reply, request: &mut Request) -> Outcome {
    request.set_session("", r#"{"is_inactive": true}"#, false);
    Ok(())
}

pub fn tell_key(_reply: &mut Reply, request: &mut Request) -> Outcome {
    let token = request.token();
    request.set_header("X-Key", &*token);
    Ok(())
}
