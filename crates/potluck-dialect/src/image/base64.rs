//! Files as base64, plain or inside a `data:` address.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Some leave out the padding.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The file in a text, which may be a `data:` address and may be broken into lines.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = match text.strip_prefix("data:") {
        Some(address) => address.split_once(";base64,")?.1,
        None => text,
    };
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let joined: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        return TOLERANT.decode(joined).ok();
    }
    TOLERANT.decode(text).ok()
}

/// Writes a file as a string of JSON, after `prefix`; neither needs escapes.
pub(super) fn write(out: &mut Vec<u8>, prefix: &str, bytes: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(prefix.as_bytes());
    let begin = out.len();
    out.resize(begin + bytes.len().div_ceil(3) * 4, 0);
    // The room is exactly what padded base64 takes.
    let written = TOLERANT.encode_slice(bytes, &mut out[begin..]).unwrap_or_default();
    out.truncate(begin + written);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_every_spelling() {
        for text in ["aGVsbG8=", "aGVsbG8", "data:image/png;base64,aGVsbG8=", "aGVs\nbG8="] {
            assert_eq!(decode(text).as_deref(), Some(&b"hello"[..]), "{text}");
        }
        for text in ["a", "data:,hello", "%%%%", "https://x/y.png"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for length in 0..9_u8 {
            let (mut out, bytes) = (Vec::new(), (0..length).collect::<Vec<u8>>());
            write(&mut out, "data:image/png;base64,", &bytes);
            let text: String = serde_json::from_slice(&out).unwrap();
            assert_eq!(decode(&text), Some(bytes));
        }
    }
}
