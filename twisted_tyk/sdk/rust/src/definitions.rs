//! The definitions of APIs that the gateway has announced.

use crate::{abi, packed};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

static KNOWN: RwLock<BTreeMap<Vec<u8>, Definition>> = RwLock::new(BTreeMap::new());

/// The form of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A classic definition of Tyk's.
    Classic,
    /// An OpenAPI document with Tyk's extension.
    Oas,
}

/// JSON of a definition; it can be kept for as long as it is needed.
#[derive(Clone, PartialEq, Eq)]
pub struct Definition {
    kind: Option<Kind>,
    json: Arc<str>,
}

impl Definition {
    pub(crate) fn of(kind: Option<Kind>, json: &str) -> Self {
        Definition {
            kind,
            json: json.into(),
        }
    }

    /// Its form, if that is known.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }
}

impl Deref for Definition {
    type Target = str;

    fn deref(&self) -> &str {
        &self.json
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Definition({:?}, {} bytes)", self.kind, self.json.len())
    }
}

pub fn known(key: &[u8]) -> Option<Definition> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.get(key).cloned()
}

/// Take what `tyk_plugin_control` is told; a status of the interface.
pub fn control(control: u32, told: &[u8]) -> i32 {
    let Some(strings) = packed::unpack(told) else {
        return abi::E_ARGUMENT;
    };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    match (control, strings.as_slice()) {
        (abi::DEFINE, [key, kind, json, ..]) => {
            let Ok(json) = std::str::from_utf8(json) else {
                return abi::E_ARGUMENT;
            };
            let kind = match *kind {
                b"classic" => Some(Kind::Classic),
                b"oas" => Some(Kind::Oas),
                _ => None,
            };
            known.insert(key.to_vec(), Definition::of(kind, json));
        }
        (abi::FORGET, [key, ..]) => {
            known.remove(*key);
        }
        (abi::DEFINE | abi::FORGET, _) => return abi::E_ARGUMENT,
        _ => {} // what is newer than this is passed over
    }
    abi::OK
}

pub fn forget_all() {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::pack;

    #[test]
    fn a_definition_is_known_until_it_is_forgotten() {
        let told = pack(&[b"one", b"oas", b"{}"]).unwrap();
        assert_eq!(control(abi::DEFINE, &told), abi::OK);
        let definition = known(b"one").unwrap();
        assert_eq!(&*definition, "{}");
        assert_eq!(definition.kind(), Some(Kind::Oas));
        assert_eq!(format!("{definition:?}"), "Definition(Some(Oas), 2 bytes)");
        assert_eq!(control(abi::FORGET, &pack(&[b"one"]).unwrap()), abi::OK);
        assert_eq!(known(b"one"), None);
        assert_eq!(&*definition, "{}");
    }

    #[test]
    fn what_is_not_right_is_refused_and_what_is_new_passed_over() {
        assert_eq!(control(abi::DEFINE, b"xx"), abi::E_ARGUMENT);
        assert_eq!(control(abi::FORGET, &pack(&[]).unwrap()), abi::E_ARGUMENT);
        let wrong = pack(&[b"one", b"oas", b"\xff"]).unwrap();
        assert_eq!(control(abi::DEFINE, &wrong), abi::E_ARGUMENT);
        assert_eq!(control(77, &pack(&[]).unwrap()), abi::OK);
    }
}
