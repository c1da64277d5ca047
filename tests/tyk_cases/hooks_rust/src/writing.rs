use crate::Outcome;
use tyk_plugin::{Reply, Request};

pub fn add_header(reply: &mut Reply, _: &mut Request) -> Outcome {
    reply.add_header("X-Hook", "added");
    Ok(())
}

pub fn status_only(reply: &mut Reply, _: &mut Request) -> Outcome {
    reply.status(202);
    Ok(())
}

pub fn body_only(reply: &mut Reply, _: &mut Request) -> Outcome {
    reply.set_header("Content-Type", "text/plain");
    reply.write("written");
    Ok(())
}

pub fn two_statuses(reply: &mut Reply, _: &mut Request) -> Outcome {
    reply.status(201);
    reply.status(500);
    reply.write("first wins");
    Ok(())
}

pub fn not_found(reply: &mut Reply, _: &mut Request) -> Outcome {
    reply.status(404);
    reply.write("gone");
    Ok(())
}

pub fn forbidden(reply: &mut Reply, _: &mut Request) -> Outcome {
    reply.status(403);
    Ok(())
}

pub fn broken(reply: &mut Reply, _: &mut Request) -> Outcome {
    reply.status(200);
    reply.write("half an ans");
    panic!("never finished")
}
