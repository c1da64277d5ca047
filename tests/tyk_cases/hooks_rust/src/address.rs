use crate::Outcome;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use tyk_plugin::{Reply, Request};

static DEPTH: AtomicUsize = AtomicUsize::new(0);

pub fn begin(config: &str) -> Outcome {
    let (_, after) = config.split_once("\"xff_depth\":").ok_or("no xff_depth")?;
    let digits: String = after
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let depth = digits.parse().map_err(|error| format!("{error}"))?;
    DEPTH.store(depth, Ordering::Relaxed);
    Ok(())
}

/// Tells the client who it is.
pub fn client_ip(reply: &mut Reply, request: &mut Request) -> Outcome {
    let real = request.header("X-Real-IP").unwrap_or_default();
    let forwarded = request.header("X-Forwarded-For").unwrap_or_default();
    if real.parse::<IpAddr>().is_ok() {
        reply.write(&*real);
    } else if forwarded.is_empty() {
        reply.write(&*request.peer());
    } else {
        let hops: Vec<&str> = forwarded.split(',').map(str::trim).collect();
        let place = match DEPTH.load(Ordering::Relaxed) {
            0 => Some(0),
            depth => hops.len().checked_sub(depth),
        };
        reply.write(place.map_or("", |place| hops[place]));
    }
    Ok(())
}
