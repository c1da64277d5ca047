use tyk_plugin::log::{line_json, Level};
use tyk_plugin::{Reply, Request, Response};

/// Edits as the body says: kinds and numbers, then the sizes of keys and values, then these.
pub fn edit(
    reply: &mut Reply,
    response: &mut Response,
    request: &mut Request,
) -> Result<(), String> {
    let mut rest = response.body();
    while let Some((head, after)) = rest.split_first_chunk::<16>() {
        let word =
            |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (key, after) = after.split_at(word(8) as usize);
        let (value, after) = after.split_at(word(12) as usize);
        rest = after;
        let key = std::str::from_utf8(key).map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(value);
        let number = word(4);
        match word(0) {
            1 => request.set_header(key, value),
            2 => request.add_header(key, value),
            3 => request.delete_header(key),
            4 => request.set_method(&text),
            5 => request.set_target(&text),
            6 => request.set_host(&text),
            7 => request.set_body(value),
            8 => request.set_rewrite_target(&text),
            16 => reply.status(number),
            17 => reply.write(value),
            18 => reply.set_header(key, value),
            19 => reply.add_header(key, value),
            20 => reply.delete_header(key),
            32 => response.set_status(number),
            33 => response.set_header(key, value),
            34 => response.add_header(key, value),
            35 => response.delete_header(key),
            36 => response.set_body(value),
            48 => request.set_session(key, &text, number == 1),
            49 => request.set_definition(&text),
            50 => request.set_context(key, &text),
            64 => line_json(Level::Debug, &text, key),
            other => return Err(format!("there is no edit {other}")),
        }
    }
    Ok(())
}
