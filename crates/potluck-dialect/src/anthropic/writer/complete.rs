//! Whether the arguments of a call, told in pieces, are one whole value.

/// How far a value of JSON has come; follows brackets and strings, and no more of the grammar.
#[derive(Debug, Default)]
pub(super) struct Complete {
    depth: u64,
    in_text: bool,
    escaped: bool,
    whole: bool,
}

impl Complete {
    /// Whether the value is whole.
    pub(super) const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Takes the next piece, and gives back what of it belongs to the value: what follows its end does not.
    pub(super) fn take<'a>(&mut self, piece: &'a str) -> &'a str {
        if self.whole {
            return "";
        }
        for (at, byte) in piece.bytes().enumerate() {
            self.step(byte);
            if self.whole {
                return &piece[..=at];
            }
        }
        piece
    }

    fn step(&mut self, byte: u8) {
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.whole = self.depth == 0;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_whole_when_its_last_bracket_closes() {
        for (value, whole) in [
            ("{}", true),
            ("{\"a\":[1,{\"b\":\"}\"}]}", true),
            ("{\"a\":\"\\\"}\"}", true),
            ("", false),
            (" ", false),
            ("{\"a\":\"}", false),
            ("{\"a\":{}", false),
        ] {
            let mut complete = Complete::default();
            let taken: String =
                value.split_inclusive(|_| true).map(|piece| complete.take(piece)).collect();
            assert_eq!((complete.is_whole(), taken.as_str()), (whole, value), "{value}");
        }
    }

    #[test]
    fn what_follows_the_end_is_left_out() {
        let mut complete = Complete::default();
        assert_eq!(complete.take("{\"a\":1}\n"), "{\"a\":1}");
        assert_eq!(complete.take("{}"), "");
    }
}
