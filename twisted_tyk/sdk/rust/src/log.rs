//! Lines for the gateway's log.
//!
//! In a call they are told with the request, and after the function has
//! returned; in threads of the plugin's own, at once.

use crate::{abi, given, host};
use std::fmt::Write;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For who looks for a fault.
    Debug = 0,
    /// What happens.
    Info = 1,
    /// What may be wrong.
    Warning = 2,
    /// What is wrong.
    Error = 3,
}

/// A line with fields: names, and values of which the JSON is a string.
pub fn line(level: Level, text: &str, fields: &[(&str, &str)]) {
    let json = if fields.is_empty() {
        String::new()
    } else {
        object(fields)
    };
    line_json(level, text, &json);
}

/// A line with fields that are a JSON object already, or empty.
pub fn line_json(level: Level, text: &str, fields: &str) {
    let number = level as u32;
    let told = given::in_call(|changes| {
        changes.push(abi::LOG, number, fields.as_bytes(), text.as_bytes());
    });
    if told.is_none() {
        host::log(number, text, fields);
    }
}

/// A line for who looks for a fault.
pub fn debug(text: impl AsRef<str>) {
    line(Level::Debug, text.as_ref(), &[]);
}

/// A line about what happens.
pub fn info(text: impl AsRef<str>) {
    line(Level::Info, text.as_ref(), &[]);
}

/// A line about what may be wrong.
pub fn warning(text: impl AsRef<str>) {
    line(Level::Warning, text.as_ref(), &[]);
}

/// A line about what is wrong.
pub fn error(text: impl AsRef<str>) {
    line(Level::Error, text.as_ref(), &[]);
}

fn object(fields: &[(&str, &str)]) -> String {
    let mut json = String::from("{");
    for (name, value) in fields {
        if json.len() > 1 {
            json.push(',');
        }
        quote(name, &mut json);
        json.push(':');
        quote(value, &mut json);
    }
    json.push('}');
    json
}

fn quote(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            // Writing into a string cannot fail.
            '\0'..='\x1f' => drop(write!(json, "\\u{:04x}", character as u32)),
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_json() {
        let json = object(&[("user", "J\"o\\\n"), ("é", "")]);
        assert_eq!(json, r#"{"user":"J\"o\\\u000a","é":""}"#);
    }
}
