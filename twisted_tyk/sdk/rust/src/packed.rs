//! Packed strings: a count, as many lengths, then the bytes.

/// `None` when it would be larger than can be said.
pub fn pack(strings: &[&[u8]]) -> Option<Vec<u8>> {
    let total: usize = strings.iter().map(|one| one.len() + 4).sum();
    u32::try_from(total + 4).ok()?;
    let mut packed = Vec::with_capacity(total + 4);
    packed.extend_from_slice(&(strings.len() as u32).to_ne_bytes());
    for one in strings {
        packed.extend_from_slice(&(one.len() as u32).to_ne_bytes());
    }
    for one in strings {
        packed.extend_from_slice(one);
    }
    Some(packed)
}

/// `None` when lengths and bytes do not agree.
pub fn unpack(packed: &[u8]) -> Option<Vec<&[u8]>> {
    let (count, rest) = packed.split_first_chunk()?;
    let size = (u32::from_ne_bytes(*count) as usize).checked_mul(4)?;
    let (lengths, mut bytes) = (rest.get(..size)?, rest.get(size..)?);
    let mut strings = Vec::with_capacity(size / 4);
    for length in lengths.chunks_exact(4) {
        let length = u32::from_ne_bytes(length.try_into().ok()?) as usize;
        strings.push(bytes.get(..length)?);
        bytes = &bytes[length..];
    }
    bytes.is_empty().then_some(strings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks() {
        let packed = pack(&[b"a", b"", b"three"]).unwrap();
        assert_eq!(unpack(&packed).unwrap(), [&b"a"[..], b"", b"three"]);
    }

    #[test]
    fn lies_are_refused() {
        let packed = pack(&[b"a", b"b"]).unwrap();
        assert_eq!(unpack(&packed[..packed.len() - 1]), None);
        assert_eq!(unpack(&[&packed[..], b"x"].concat()), None);
        assert_eq!(unpack(&u32::MAX.to_ne_bytes()), None);
        assert_eq!(unpack(b"x"), None);
    }
}
