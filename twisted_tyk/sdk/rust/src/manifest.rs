//! The manifest, made by the compiler.

/// Version of the interface.
pub const ABI: &str = "1.0";
/// The same as a number.
pub const VERSION: u32 = (crate::abi::ABI_MAJOR as u32) << 16 | crate::abi::ABI_MINOR as u32;
/// Version of this crate.
pub const SDK: &str = env!("CARGO_PKG_VERSION");
/// The compiler, such as `rustc 1.95.0`.
pub const TOOLCHAIN: &str = env!("TYK_PLUGIN_TOOLCHAIN");

/// Bytes of some texts together, and of the zero at their end.
pub const fn length(texts: &[&str]) -> usize {
    let mut total = 1;
    let mut at = 0;
    while at < texts.len() {
        total += texts[at].len();
        at += 1;
    }
    total
}

/// The texts one after another, and a zero.
pub const fn joined<const SIZE: usize>(texts: &[&str]) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let (mut to, mut at) = (0, 0);
    while at < texts.len() {
        let text = texts[at].as_bytes();
        let mut from = 0;
        while from < text.len() {
            bytes[to] = text[from];
            to += 1;
            from += 1;
        }
        at += 1;
    }
    bytes
}

/// A text that can stand in a manifest; compiling fails for any other.
pub const fn sound(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        assert!(
            bytes[at] >= b' ' && bytes[at] != b'"' && bytes[at] != b'\\',
            "name and version must have no quotes, backslashes or control characters"
        );
        at += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_joined_and_end_with_a_zero() {
        const TEXTS: &[&str] = &["ab", "", "c"];
        assert_eq!(joined::<{ length(TEXTS) }>(TEXTS), *b"abc\0");
    }

    #[test]
    fn a_name_must_be_sound() {
        assert_eq!(sound("my plugin"), "my plugin");
        for wrong in ["\"", "\\", "\n"] {
            assert!(std::panic::catch_unwind(|| sound(wrong).len()).is_err());
        }
    }

    #[test]
    fn the_version_of_the_interface_is_that_of_the_numbers() {
        let numbers = format!("{}.{}", crate::abi::ABI_MAJOR, crate::abi::ABI_MINOR);
        assert_eq!(ABI, numbers);
    }
}
