//! What a function wants changed, until it is put where the gateway finds it.

use crate::abi;

#[derive(Default)]
pub struct Changes {
    heads: Vec<u8>,
    bytes: Vec<u8>,
    too_large: bool,
}

const HEAD: usize = 16;

impl Changes {
    pub fn push(&mut self, kind: u32, number: u32, key: &[u8], value: &[u8]) {
        let total = HEAD + self.heads.len() + HEAD + self.bytes.len() + key.len() + value.len();
        if u32::try_from(total).is_err() {
            self.too_large = true;
            return;
        }
        for word in [kind, number, key.len() as u32, value.len() as u32] {
            self.heads.extend_from_slice(&word.to_ne_bytes());
        }
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
    }

    /// Whether something did not fit and was left out.
    pub fn too_large(&self) -> bool {
        self.too_large
    }

    pub fn size(&self) -> usize {
        match self.heads.len() {
            0 => 0,
            heads => HEAD + heads + self.bytes.len(),
        }
    }

    /// Write all of it into `room`, which has as many bytes as `size` says.
    pub fn write(&self, room: &mut [u8]) {
        if room.is_empty() {
            return;
        }
        let count = self.heads.len() / HEAD;
        let words = [abi::CHANGES_MAGIC, room.len() as u32, count as u32, 0];
        let (head, rest) = room.split_at_mut(HEAD);
        for (four, word) in head.chunks_exact_mut(4).zip(words) {
            four.copy_from_slice(&word.to_ne_bytes());
        }
        let (heads, bytes) = rest.split_at_mut(self.heads.len());
        heads.copy_from_slice(&self.heads);
        bytes.copy_from_slice(&self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_bytes() {
        assert_eq!(Changes::default().size(), 0);
        Changes::default().write(&mut []);
    }

    #[test]
    fn heads_stand_before_all_bytes() {
        let mut changes = Changes::default();
        changes.push(abi::HEADER_SET, 0, b"A", b"one");
        changes.push(abi::REPLY_STATUS, 204, b"", b"");
        let mut room = vec![0; changes.size()];
        changes.write(&mut room);
        let words: Vec<u32> = room[..48]
            .chunks_exact(4)
            .map(|four| u32::from_ne_bytes(four.try_into().unwrap()))
            .collect();
        assert_eq!(
            words,
            [abi::CHANGES_MAGIC, 52, 2, 0, 1, 0, 1, 3, 16, 204, 0, 0]
        );
        assert_eq!(&room[48..], b"Aone");
        assert!(!changes.too_large());
    }
}
