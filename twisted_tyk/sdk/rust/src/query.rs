//! The parameters of a query.

/// Names and values, unescaped, in their order.
pub fn parameters(query: &[u8]) -> impl Iterator<Item = (String, String)> + use<'_> {
    let pairs = query.split(|byte| *byte == b'&');
    pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = unescaped(halves.next().unwrap_or_default());
        (name, unescaped(halves.next().unwrap_or_default()))
    })
}

/// Without the escapes of a query. What is then not UTF-8 is replaced.
fn unescaped(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high * 16 + low);
                rest = &after[2..];
            }
            (b'+', ..) => bytes.push(b' '),
            (byte, ..) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(query: &str) -> Option<String> {
        parameters(query.as_bytes())
            .find(|(name, _)| name == "q")
            .map(|(_, value)| value)
    }

    #[test]
    fn parameters_are_found_and_unescaped() {
        assert_eq!(
            parameter("a=b&q=one+two%21&q=3").as_deref(),
            Some("one two!")
        );
        assert_eq!(parameter("%71=%e2%82%AC").as_deref(), Some("€"));
        assert_eq!(parameter("q").as_deref(), Some(""));
        assert_eq!(parameter("q=%4").as_deref(), Some("%4"));
        assert_eq!(parameter("q=%zz%").as_deref(), Some("%zz%"));
        assert_eq!(parameter("&&q=a=b").as_deref(), Some("a=b"));
        assert_eq!(parameter(""), None);
        assert_eq!(parameter("qq=1&=q"), None);
    }
}
