use crate::{member, Outcome};
use tyk_plugin::log::{self, Level};
use tyk_plugin::{Reply, Request};

pub fn edit_session(_: &mut Reply, request: &mut Request) -> Outcome {
    let json = r#"{"alias": "edited", "meta_data": {"a": 1}}"#;
    request.set_session("", json, false);
    Ok(())
}

pub fn tell_session(_: &mut Reply, request: &mut Request) -> Outcome {
    let session = request.session().ok_or("there is no session")?;
    let alias = member(session, "alias").unwrap_or_default();
    let told = format!("{alias} of {}", request.token());
    request.set_header("X-Session", told);
    Ok(())
}

pub fn other_definition(_: &mut Reply, request: &mut Request) -> Outcome {
    request.set_definition(r#"{"name": "other"}"#);
    Ok(())
}

pub fn tell_definition(_: &mut Reply, request: &mut Request) -> Outcome {
    let definition = request.definition().ok_or("there is no definition")?;
    request.add_header("X-Api", member(&definition, "name").unwrap_or_default());
    Ok(())
}

pub fn leave_note(_: &mut Reply, request: &mut Request) -> Outcome {
    request.set_context("note", "\"from before\"");
    Ok(())
}

pub fn tell_note(_: &mut Reply, request: &mut Request) -> Outcome {
    let note = member(request.context(), "note");
    request.set_header("X-Note", note.as_deref().unwrap_or("none"));
    Ok(())
}

pub fn rewrite(_: &mut Reply, request: &mut Request) -> Outcome {
    request.set_rewrite_target("http://127.0.0.1:9000/elsewhere?a=b");
    Ok(())
}

pub fn tell_rewrite(_: &mut Reply, request: &mut Request) -> Outcome {
    let url = request.rewrite_target().ok_or("no URL is set")?;
    request.set_header("X-Rewrite", &*url);
    Ok(())
}

pub fn measure_body(_: &mut Reply, request: &mut Request) -> Outcome {
    request.add_header("X-Size", request.body().len().to_string());
    Ok(())
}

pub fn log_fields(_: &mut Reply, _: &mut Request) -> Outcome {
    let fields = [("user", "Jo"), ("reason", "none")];
    log::line(Level::Warning, "a line", &fields);
    Ok(())
}

/// Tries to add a field of its own behind the value.
pub fn split_header(_: &mut Reply, request: &mut Request) -> Outcome {
    request.set_header("X-Before", "half a change");
    request.set_header("X-Split", "value\r\nX-Injected: yes");
    Ok(())
}
