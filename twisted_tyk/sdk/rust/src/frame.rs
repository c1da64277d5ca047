//! The frame of a call: checked once, then read without more checks.

use crate::abi;
use crate::fields::Fields;
use std::borrow::Cow;

const HEAD: usize = 40;

#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub flags: u32,
    pub status: u32,
    pub port: u32,
    pub fields: Fields<'a>,
    pub response_fields: Fields<'a>,
    pub reply_fields: Fields<'a>,
    parts: [&'a [u8]; abi::SLICES],
}

/// The number at a place that is there; nothing says that it is aligned.
fn number(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_ne_bytes(four)
}

/// Takes lengths off the front of a table, and as many bytes as they say off the bytes.
fn taken<'a>(
    table: &mut &'a [u8],
    bytes: &mut &'a [u8],
    count: u64,
) -> Option<(&'a [u8], &'a [u8])> {
    let size = usize::try_from(count.checked_mul(4)?).ok()?;
    let lengths = table.get(..size)?;
    let total: u64 = lengths
        .chunks_exact(4)
        .map(|four| u64::from(number(four, 0)))
        .sum();
    let total = usize::try_from(total).ok()?;
    let taken = bytes.get(..total)?;
    *table = &table[size..];
    *bytes = &bytes[total..];
    Some((lengths, taken))
}

impl<'a> Frame<'a> {
    /// Says what is wrong with a frame that cannot be right.
    pub fn open(frame: &'a [u8]) -> Result<Frame<'a>, &'static str> {
        if frame.len() < HEAD {
            return Err("the frame is shorter than its head");
        }
        let word = |index: usize| number(frame, 4 * index);
        if word(0) != abi::FRAME_MAGIC {
            return Err("the frame does not begin with TYR1");
        }
        if word(1) as usize != frame.len() {
            return Err("the frame says another size than it has");
        }
        let counts = [5, 6, 7, 8].map(|index| u64::from(word(index)));
        let entries = counts[0] + 2 * (counts[1] + counts[2] + counts[3]);
        if entries * 4 > (frame.len() - HEAD) as u64 {
            return Err("the frame is shorter than its table of lengths");
        }
        let (mut table, mut bytes) = frame[HEAD..].split_at(entries as usize * 4);
        let mut next = |count| {
            taken(&mut table, &mut bytes, count)
                .ok_or("the frame has other bytes than its lengths say")
        };
        let (slices, mut rest) = next(counts[0])?;
        let fields = next(2 * counts[1])?;
        let response_fields = next(2 * counts[2])?;
        let reply_fields = next(2 * counts[3])?;
        if !bytes.is_empty() {
            return Err("the frame has other bytes than its lengths say");
        }
        let mut parts: [&[u8]; abi::SLICES] = [&[]; abi::SLICES];
        for (part, four) in parts.iter_mut().zip(slices.chunks_exact(4)) {
            let (taken, left) = rest.split_at(number(four, 0) as usize);
            (*part, rest) = (taken, left);
        }
        for json in [
            abi::SESSION,
            abi::DEFINITION,
            abi::CONTEXT,
            abi::TLS,
            abi::RECORD,
        ] {
            if std::str::from_utf8(parts[json]).is_err() {
                return Err("JSON in the frame is not UTF-8");
            }
        }
        Ok(Frame {
            flags: word(2),
            status: word(3),
            port: word(4),
            fields: Fields::new(fields.0, fields.1),
            response_fields: Fields::new(response_fields.0, response_fields.1),
            reply_fields: Fields::new(reply_fields.0, reply_fields.1),
            parts,
        })
    }

    pub fn part(&self, slice: usize) -> &'a [u8] {
        self.parts[slice]
    }

    pub fn text(&self, slice: usize) -> Cow<'a, str> {
        String::from_utf8_lossy(self.parts[slice])
    }

    /// One of the slices that `open` has found to be UTF-8.
    pub fn json(&self, slice: usize) -> &'a str {
        std::str::from_utf8(self.parts[slice]).unwrap_or_default()
    }

    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn encode(slices: &[&[u8]], fields: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = slices.to_vec();
        parts.extend(fields.iter().flat_map(|(name, value)| [*name, *value]));
        let bytes: usize = parts.iter().map(|part| part.len()).sum();
        let size = HEAD + 4 * parts.len() + bytes;
        let mut words = vec![abi::FRAME_MAGIC, size as u32, abi::FLAG_SESSION, 0, 4711];
        words.extend([slices.len() as u32, fields.len() as u32, 0, 0, 0]);
        words.extend(parts.iter().map(|part| part.len() as u32));
        let mut frame: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        frame.extend(parts.concat());
        frame
    }

    #[test]
    fn a_frame_reads_back() {
        let slices: [&[u8]; 14] = [
            b"GET", b"/x", b"h", b"::1", b"", b"", b"{}", b"", b"", b"", b"", b"", b"", b"new",
        ];
        let data = encode(&slices, &[(b"A", b"1"), (b"", b"")]);
        let frame = Frame::open(&data).unwrap();
        assert_eq!(frame.text(abi::METHOD), "GET");
        assert_eq!(frame.part(abi::PEER), b"::1");
        assert_eq!(frame.json(abi::SESSION), "{}");
        assert_eq!(frame.port, 4711);
        assert!(frame.has(abi::FLAG_SESSION) && !frame.has(abi::FLAG_SECURE));
        let fields: Vec<_> = frame.fields.into_iter().collect();
        assert_eq!(fields, [(&b"A"[..], &b"1"[..]), (&b""[..], &b""[..])]);
    }

    #[test]
    fn every_other_size_of_a_frame_is_a_lie() {
        let data = encode(&[b"GET", b"/"], &[(b"A", b"1")]);
        for size in 0..data.len() {
            assert!(Frame::open(&data[..size]).is_err());
            let mut lie = data[..size].to_vec();
            if size >= 8 {
                lie[4..8].copy_from_slice(&(size as u32).to_ne_bytes());
            }
            assert!(Frame::open(&lie).is_err(), "{size}");
        }
    }

    #[test]
    fn a_changed_length_is_a_lie() {
        let data = encode(&[b"GET", b"/"], &[(b"A", b"1")]);
        for at in (HEAD..HEAD + 16).step_by(4) {
            for length in [0u32, 9, 1 << 31, u32::MAX] {
                let mut lie = data.clone();
                lie[at..at + 4].copy_from_slice(&length.to_ne_bytes());
                assert!(Frame::open(&lie).is_err());
            }
        }
    }

    #[test]
    fn json_that_is_not_utf8_is_a_lie() {
        let data = encode(&[b"", b"", b"", b"", b"", b"", b"\xff"], &[]);
        assert!(Frame::open(&data).is_err());
    }
}
