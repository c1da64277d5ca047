//! Names and values of a message.

use std::borrow::Cow;

/// The fields of a message, in their order; names compare with small and large letters alike.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    lengths: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(lengths: &'a [u8], bytes: &'a [u8]) -> Self {
        Fields { lengths, bytes }
    }

    /// The first value of a name. What is not UTF-8 in it is replaced.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get_all(name).next().map(String::from_utf8_lossy)
    }

    /// All values of a name, as they came.
    pub fn get_all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.into_iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lengths.len() / 8
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        Iter(self)
    }
}

/// Goes through [`Fields`]: names and values.
#[derive(Clone, Debug)]
pub struct Iter<'a>(Fields<'a>);

impl<'a> Iter<'a> {
    fn part(&mut self) -> Option<&'a [u8]> {
        let (length, lengths) = self.0.lengths.split_first_chunk()?;
        let (part, bytes) = self.0.bytes.split_at(u32::from_ne_bytes(*length) as usize);
        self.0 = Fields::new(lengths, bytes);
        Some(part)
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.part()?, self.part()?))
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::{tests::encode, Frame};

    #[test]
    fn names_compare_alike_and_values_come_as_they_are() {
        let data = encode(&[], &[(b"X-Name", b"1"), (b"Y", b"\xff"), (b"x-nAME", b"")]);
        let fields = Frame::open(&data).unwrap().fields;
        assert_eq!(fields.get("x-name").as_deref(), Some("1"));
        assert_eq!(fields.get("y").as_deref(), Some("\u{fffd}"));
        assert_eq!(fields.get("z"), None);
        let all: Vec<_> = fields.get_all("X-NAME").collect();
        assert_eq!(all, [&b"1"[..], b""]);
        assert_eq!(fields.len(), 3);
        assert!(!fields.is_empty());
    }
}
