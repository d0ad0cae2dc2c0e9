//! JSON written straight into bytes, with sealed text spliced in as it is.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use potluck_core::Sealed;
use potluck_core::sealed::Extra;

use super::text::special;

/// An object being written.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

/// An array being written.
pub struct Array<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

/// Writes an object.
pub fn object(out: &mut Vec<u8>, fields: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    let mut object = Object { out, empty: true };
    fields(&mut object);
    out.push(b'}');
}

/// The first fields of objects that are alike: written once, and then copied.
#[derive(Clone, Debug)]
pub struct Head(Vec<u8>);

impl Head {
    /// Writes the fields; there must be one at least.
    #[must_use]
    pub fn new(fields: impl FnOnce(&mut Object<'_>)) -> Self {
        let mut head = Vec::new();
        object(&mut head, fields);
        head.pop();
        Self(head)
    }

    /// Writes an object that begins with these fields.
    pub fn object(&self, out: &mut Vec<u8>, rest: impl FnOnce(&mut Object<'_>)) {
        out.extend_from_slice(&self.0);
        let mut object = Object { out, empty: false };
        rest(&mut object);
        out.push(b'}');
    }
}

/// Writes an array.
pub fn array(out: &mut Vec<u8>, items: impl FnOnce(&mut Array<'_>)) {
    out.push(b'[');
    let mut array = Array { out, empty: true };
    items(&mut array);
    out.push(b']');
}

/// Writes a string.
pub fn text(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let bytes = value.as_bytes();
    let mut at = 0;
    loop {
        let stop = special(bytes, at);
        out.extend_from_slice(&bytes[at..stop]);
        let Some(&byte) = bytes.get(stop) else { break };
        escape(out, byte);
        at = stop + 1;
    }
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Writes a number, without a fraction where it has none: some providers refuse `40.0` for a count.
/// What JSON cannot say (not a number, infinite) is written as null.
pub fn number(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
    } else if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 && value != 0.0 {
        integer(out, value as i64);
    } else if value == 0.0 {
        out.push(b'0');
    } else {
        out.extend_from_slice(value.to_string().as_bytes());
    }
}

fn integer(out: &mut Vec<u8>, value: impl Into<i128>) {
    let value: i128 = value.into();
    if value < 0 {
        out.push(b'-');
    }
    // Only 64-bit numbers are ever written; the wider type holds both their signs.
    let mut rest = u64::try_from(value.unsigned_abs()).unwrap_or(u64::MAX);
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Makes JSON one line, so that it can stand in a frame that ends with its line. Outside of strings, which cannot
/// hold them, the ends of lines are blanks like others.
pub fn join_lines(json: &mut [u8]) {
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', &json[from..]) {
        json[from + at] = b' ';
        from += at + 1;
    }
}

static DATA: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("data:"));

/// Writes every `data:` from `from` on as `data\u003a`.
///
/// In JSON the two can only meet inside a string, where the escape means the same. At least one client
/// cuts each line of a stream at every `data:` and loses what follows the second.
pub fn escape_data_prefix(out: &mut Vec<u8>, from: usize) {
    let Some(first) = DATA.find(&out[from..]) else { return };
    let tail = out.split_off(from + first);
    let mut at = 0;
    while let Some(found) = DATA.find(&tail[at..]) {
        out.extend_from_slice(&tail[at..at + found]);
        out.extend_from_slice(b"data\\u003a");
        at += found + 5;
    }
    out.extend_from_slice(&tail[at..]);
}

impl Object<'_> {
    /// Writes a key; its value must be written into what is given back.
    pub fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        text(self.out, key);
        self.out.push(b':');
        self.out
    }

    /// Writes a field of text.
    pub fn text(&mut self, key: &str, value: &str) {
        text(self.key(key), value);
    }

    /// Writes a field whose value is already JSON.
    pub fn json(&mut self, key: &str, value: &str) {
        self.key(key).extend_from_slice(value.as_bytes());
    }

    /// Writes a field whose value is sealed.
    pub fn sealed(&mut self, key: &str, value: &Sealed) {
        self.json(key, value.as_json());
    }

    /// Writes a whole number.
    pub fn integer(&mut self, key: &str, value: impl Into<i128>) {
        integer(self.key(key), value);
    }

    /// Writes a number.
    pub fn number(&mut self, key: &str, value: f64) {
        number(self.key(key), value);
    }

    /// Writes a truth.
    pub fn boolean(&mut self, key: &str, value: bool) {
        self.json(key, if value { "true" } else { "false" });
    }

    /// Writes `null`.
    pub fn null(&mut self, key: &str) {
        self.json(key, "null");
    }

    /// Writes an object.
    pub fn object(&mut self, key: &str, fields: impl FnOnce(&mut Object<'_>)) {
        object(self.key(key), fields);
    }

    /// Writes an array.
    pub fn array(&mut self, key: &str, items: impl FnOnce(&mut Array<'_>)) {
        array(self.key(key), items);
    }

    /// Writes a list of texts.
    pub fn texts(&mut self, key: &str, values: &[String]) {
        self.array(key, |items| {
            for value in values {
                text(items.item(), value);
            }
        });
    }

    /// Writes unknown fields as they came, but for those that are marked as one dialect's own.
    pub fn extra(&mut self, extra: &Extra) {
        for (key, value) in extra.iter().filter(|(key, _)| !key.contains(':')) {
            self.sealed(key, value);
        }
    }
}

impl Array<'_> {
    /// Begins an item, which must be written into what is given back.
    pub fn item(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out
    }

    /// Writes an object as an item.
    pub fn object(&mut self, fields: impl FnOnce(&mut Object<'_>)) {
        object(self.item(), fields);
    }
}
