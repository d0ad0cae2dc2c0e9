//! A walk over one JSON document.
//!
//! Knows the grammar and nothing of what it means. Never recurses over input, so depth costs no stack.

use std::borrow::Cow;

use super::text;

/// The deepest nesting of arrays and objects that is followed. Real requests stay below 30.
pub const DEEPEST: u32 = 128;

/// Where and why a document is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct Broken {
    /// The byte at which reading stopped, from 0.
    pub at: usize,
    /// What is wrong there, as a clause: "expected `,` or `}`".
    pub what: &'static str,
}

/// What a value is, known from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    Text,
    /// A list.
    Array,
    /// Fields.
    Object,
}

/// A place in a JSON document.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    lenient: bool,
}

impl Kind {
    /// The word for it in messages to people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

impl<'a> Cursor<'a> {
    /// At the start of a client's document: half a surrogate pair in a text that is read is an error.
    #[must_use]
    pub const fn strict(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, lenient: false }
    }

    /// At the start of a provider's document: half a surrogate pair is read as U+FFFD.
    #[must_use]
    pub const fn lenient(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, lenient: true }
    }

    /// The byte that comes next.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// What the next value is, without taking it.
    ///
    /// # Errors
    /// The document ends here, or no value begins here.
    pub fn kind(&mut self) -> Result<Kind, Broken> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => Ok(Kind::Text),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(_) => Err(self.broken("expected a value")),
            None => Err(self.broken("the document ends where a value is expected")),
        }
    }

    /// Takes a string, its escapes resolved.
    ///
    /// # Errors
    /// The next value is no string, or a broken one.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Broken> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.broken("expected a string"));
        }
        self.at += 1;
        let start = self.at;
        self.at = text::special(self.text.as_bytes(), start);
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
        }
        self.escaped_text(start).map(Cow::Owned)
    }

    /// The rest of a string in which something other than its end was met.
    fn escaped_text(&mut self, start: usize) -> Result<String, Broken> {
        let mut text = String::new();
        let mut run = start;
        loop {
            match self.peek() {
                Some(b'"') => {
                    text.push_str(&self.text[run..self.at]);
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(&self.text[run..self.at]);
                    self.push_escape(&mut text)?;
                    run = self.at;
                }
                Some(_) => return Err(self.broken("a control character inside a string")),
                None => return Err(self.broken("the document ends inside a string")),
            }
            self.at = text::special(self.text.as_bytes(), self.at);
        }
    }

    fn push_escape(&mut self, text: &mut String) -> Result<(), Broken> {
        let start = self.at;
        self.escape()?;
        let (character, length) = text::resolve(&self.text[start..]);
        match character {
            Some(character) => text.push(character),
            None if self.lenient => text.push(char::REPLACEMENT_CHARACTER),
            None => return Err(Broken { at: start, what: "half a surrogate pair" }),
        }
        // The two halves of a pair are two escapes, and one character.
        self.at = start + length;
        Ok(())
    }

    /// Takes a string as it is written, quotes and escapes included.
    ///
    /// # Errors
    /// The next value is no string, or a broken one.
    pub fn literal(&mut self) -> Result<&'a str, Broken> {
        self.skip_space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.broken("expected a string"));
        }
        self.at += 1;
        loop {
            self.at = text::special(self.text.as_bytes(), self.at);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(&self.text[start..self.at]);
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.broken("a control character inside a string")),
                None => return Err(self.broken("the document ends inside a string")),
            }
        }
    }

    /// Takes `true` or `false`.
    ///
    /// # Errors
    /// The next value is neither.
    pub fn boolean(&mut self) -> Result<bool, Broken> {
        self.skip_space();
        if self.rest().starts_with("true") {
            self.at += 4;
            Ok(true)
        } else if self.rest().starts_with("false") {
            self.at += 5;
            Ok(false)
        } else {
            Err(self.broken("expected `true` or `false`"))
        }
    }

    /// Takes a number as it is written.
    ///
    /// # Errors
    /// The next value is no number of JSON's grammar.
    pub fn number(&mut self) -> Result<&'a str, Broken> {
        self.skip_space();
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.broken("expected a digit")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Takes any value, checked against the grammar, as the text it is written in.
    ///
    /// # Errors
    /// No whole value stands here, or it nests too deep.
    pub fn value(&mut self) -> Result<&'a str, Broken> {
        self.skip_space();
        let start = self.at;
        // One bit a level: whether that level is an object.
        let mut levels: u128 = 0;
        let mut depth: u32 = 0;
        loop {
            let opened = self.open_or_scalar()?;
            if let Some(is_object) = opened {
                depth += 1;
                if self.depth + depth > DEEPEST {
                    return Err(self.broken("nesting deeper than 128 levels"));
                }
                levels = (levels << 1) | u128::from(is_object);
            }
            if !self.next_inside(&mut levels, &mut depth, opened.is_some())? {
                return Ok(&self.text[start..self.at]);
            }
        }
    }

    /// Takes an object field by field: `field` must take exactly the value of the key it is given.
    ///
    /// # Errors
    /// The next value is no whole object, or `field` says so.
    pub fn object<E: From<Broken>>(
        &mut self,
        mut field: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'{', "expected an object")?;
        if self.closes(b'}') {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            field(self, key)?;
            if self.closes(b'}') {
                return Ok(());
            }
            self.comma("expected `,` or `}`")?;
        }
    }

    /// Takes an array item by item: `item` must take exactly the one value it is called for.
    ///
    /// # Errors
    /// The next value is no whole array, or `item` says so.
    pub fn array<E: From<Broken>>(
        &mut self,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'[', "expected an array")?;
        if self.closes(b']') {
            return Ok(());
        }
        let mut index = 0;
        loop {
            item(self, index)?;
            index += 1;
            if self.closes(b']') {
                return Ok(());
            }
            self.comma("expected `,` or `]`")?;
        }
    }

    /// Checks that nothing but white space is left.
    ///
    /// # Errors
    /// Something is left.
    pub fn end(&mut self) -> Result<(), Broken> {
        self.skip_space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.broken("expected the end of the document"))
        }
    }

    /// An error at this place.
    #[must_use]
    pub const fn broken(&self, what: &'static str) -> Broken {
        Broken { at: self.at, what }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        // `at` always stands on an ASCII byte or at the end when this is asked.
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn digits(&mut self) -> Result<(), Broken> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { Err(self.broken("expected a digit")) } else { Ok(()) }
    }

    fn escape(&mut self) -> Result<(), Broken> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                let hex = self.text.as_bytes().get(self.at + 1..self.at + 5);
                if hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
                    self.at += 5;
                    Ok(())
                } else {
                    Err(self.broken("expected four hexadecimal digits after `\\u`"))
                }
            }
            _ => Err(self.broken("an unknown escape inside a string")),
        }
    }

    fn open(&mut self, bracket: u8, what: &'static str) -> Result<(), Broken> {
        self.skip_space();
        if self.peek() != Some(bracket) {
            return Err(self.broken(what));
        }
        if self.depth >= DEEPEST {
            return Err(self.broken("nesting deeper than 128 levels"));
        }
        self.at += 1;
        self.depth += 1;
        Ok(())
    }

    fn closes(&mut self, bracket: u8) -> bool {
        self.skip_space();
        let closes = self.peek() == Some(bracket);
        if closes {
            self.at += 1;
            self.depth -= 1;
        }
        closes
    }

    fn comma(&mut self, what: &'static str) -> Result<(), Broken> {
        if self.peek() != Some(b',') {
            return Err(self.broken(what));
        }
        self.at += 1;
        Ok(())
    }

    fn key(&mut self) -> Result<Cow<'a, str>, Broken> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.broken("expected a field name in double quotes"));
        }
        let key = self.text()?;
        self.colon()?;
        Ok(key)
    }

    fn colon(&mut self) -> Result<(), Broken> {
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.broken("expected `:`"));
        }
        self.at += 1;
        Ok(())
    }

    /// Takes a scalar, or the bracket that opens an array (`false`) or an object (`true`).
    fn open_or_scalar(&mut self) -> Result<Option<bool>, Broken> {
        match self.kind()? {
            Kind::Object => {
                self.at += 1;
                return Ok(Some(true));
            }
            Kind::Array => {
                self.at += 1;
                return Ok(Some(false));
            }
            Kind::Text => {
                self.literal()?;
            }
            Kind::Number => {
                self.number()?;
            }
            Kind::Bool => {
                self.boolean()?;
            }
            Kind::Null => self.null()?,
        }
        Ok(None)
    }

    /// Takes `null`.
    ///
    /// # Errors
    /// The next value is another.
    pub fn null(&mut self) -> Result<(), Broken> {
        self.skip_space();
        if self.rest().starts_with("null") {
            self.at += 4;
            Ok(())
        } else {
            Err(self.broken("expected `null`"))
        }
    }

    /// Closes what closes here and stands before the next value; `false` when the outermost closed.
    fn next_inside(
        &mut self,
        levels: &mut u128,
        depth: &mut u32,
        just_opened: bool,
    ) -> Result<bool, Broken> {
        let mut just_opened = just_opened;
        loop {
            if *depth == 0 {
                return Ok(false);
            }
            self.skip_space();
            let is_object = *levels & 1 == 1;
            let next = self.peek();
            if next == Some(if is_object { b'}' } else { b']' }) {
                self.at += 1;
                *levels >>= 1;
                *depth -= 1;
                just_opened = false;
                continue;
            }
            if !just_opened {
                self.comma(if is_object { "expected `,` or `}`" } else { "expected `,` or `]`" })?;
            }
            if is_object {
                self.skip_space();
                if self.peek() != Some(b'"') {
                    return Err(self.broken("expected a field name in double quotes"));
                }
                self.literal()?;
                self.colon()?;
            }
            return Ok(true);
        }
    }
}
