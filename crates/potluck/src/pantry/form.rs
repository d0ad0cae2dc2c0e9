//! A TOML table that is read like a form: each key is asked for once, and what was never asked for is
//! unknown.
//!
//! So the list of known keys cannot differ from what the reader understands, and one pass finds every
//! problem of a file instead of the first. This room knows TOML and types; it must not know what a
//! key means.

use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Log, advice};
use super::word::Word;

/// A value with the bytes of the text that it was written in.
pub(super) type At<T> = (T, Range<usize>);

/// One table of a file, while it is read.
pub(super) struct Form<'l, 't> {
    log: &'l Log<'t>,
    table: &'l DeTable<'l>,
    at: Range<usize>,
    asked: Vec<&'static str>,
    any_key: bool,
}

/// Parses a text and hands its top table to `fill`. Everything wrong ends up in the result.
pub(super) fn read_form<T>(
    file: &str,
    text: &str,
    fill: impl FnOnce(&mut Form<'_, '_>) -> Option<T>,
) -> Result<T, super::Problems> {
    let log = Log::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let mut form = Form::new(&log, table.get_ref(), 0..0);
        let value = fill(&mut form);
        form.close();
        return log.close(value);
    }
    for error in errors {
        log.note(error.span().unwrap_or(0..0), format!("no TOML: {}", one_line(error.message())));
    }
    log.close(None)
}

impl<'l, 't> Form<'l, 't> {
    const fn new(log: &'l Log<'t>, table: &'l DeTable<'l>, at: Range<usize>) -> Self {
        Self { log, table, at, asked: Vec::new(), any_key: false }
    }

    /// Notes that something is wrong with a value.
    pub(super) fn note(&self, at: &Range<usize>, what: impl Into<String>) {
        self.log.note(at.clone(), what);
    }

    /// Notes that something is wrong with the table as a whole.
    pub(super) fn note_here(&self, what: impl Into<String>) {
        self.log.note(self.at.clone(), what);
    }

    /// Where the value of `key` is, else the table itself.
    pub(super) fn at(&self, key: &str) -> Range<usize> {
        self.find(key).map_or_else(|| self.at.clone(), Spanned::span)
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.value(key, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// A text that must be there.
    pub(super) fn needed_text(&mut self, key: &'static str) -> Option<String> {
        self.need(key);
        self.text(key)
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.value(key, "true or false", |value| value.as_bool())
    }

    /// A whole number above zero.
    pub(super) fn count<T: FromStr + PartialOrd + From<u8>>(
        &mut self,
        key: &'static str,
    ) -> Option<T> {
        self.value(key, "a whole number above 0", |value| {
            let number = value.as_integer()?;
            let decimal = number.as_str().replace('_', "");
            if number.radix() != 10 {
                return None;
            }
            decimal.parse::<T>().ok().filter(|count| *count >= T::from(1))
        })
    }

    /// A number that is above zero, or zero and above where `zero` says so.
    pub(super) fn number(&mut self, key: &'static str, zero: bool) -> Option<f64> {
        let wanted = if zero { "a number, 0 or more" } else { "a number above 0" };
        self.value(key, wanted, |value| {
            let text = match value {
                DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
                DeValue::Float(number) => number.as_str(),
                _ => return None,
            };
            let number: f64 = text.replace('_', "").parse().ok()?;
            let allowed = number.is_finite() && (number > 0.0 || (zero && number == 0.0));
            allowed.then_some(number)
        })
    }

    /// A word of a closed list.
    pub(super) fn word<W: Word>(&mut self, key: &'static str) -> Option<W> {
        let (text, at) = self.located_text(key)?;
        self.known_word(&text, &at)
    }

    /// A list of words of a closed list.
    pub(super) fn words<W: Word>(&mut self, key: &'static str) -> Option<Vec<W>> {
        let texts = self.located_texts(key)?;
        Some(texts.iter().filter_map(|(text, at)| self.known_word(text, at)).collect())
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        Some(self.located_texts(key)?.into_iter().map(|(text, _)| text).collect())
    }

    /// A text with its place.
    pub(super) fn located_text(&mut self, key: &'static str) -> Option<At<String>> {
        let text = self.text(key)?;
        Some((text, self.at(key)))
    }

    /// A list of texts with their places.
    pub(super) fn located_texts(&mut self, key: &'static str) -> Option<Vec<At<String>>> {
        let items = self.items(key)?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => texts.push((text.to_owned(), item.span())),
                None => self.wrong(key, "a list of texts", item),
            }
        }
        Some(texts)
    }

    /// A text read by `parse`, whose error ends the sentence "`key` is "…", ".
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (text, at) = self.located_text(key)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(why) => {
                self.note(&at, format!("{key} is \"{text}\", {why}"));
                None
            }
        }
    }

    /// A value of any simple type, as text: numbers and booleans as they are written.
    pub(super) fn plain(&mut self, key: &'static str) -> Option<String> {
        self.value(key, "a text or a number", plain_text)
    }

    /// A list of values of any simple type, as text.
    pub(super) fn plains(&mut self, key: &'static str) -> Option<Vec<String>> {
        let items = self.items(key)?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match plain_text(item.get_ref()) {
                Some(text) => texts.push(text),
                None => self.wrong(key, "a list of texts or numbers", item),
            }
        }
        Some(texts)
    }

    /// One status or a list of them.
    pub(super) fn statuses(&mut self, key: &'static str) -> Vec<u16> {
        self.asked.push(key);
        let Some(value) = self.find(key) else { return Vec::new() };
        let one = |value: &Spanned<DeValue<'_>>| {
            let status: u16 = value.get_ref().as_integer()?.as_str().parse().ok()?;
            (100..1000).contains(&status).then_some(status)
        };
        let statuses: Option<Vec<u16>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(one).collect(),
            _ => one(value).map(|status| vec![status]),
        };
        if statuses.is_none() {
            self.wrong(key, "an HTTP status or a list of them", value);
        }
        statuses.unwrap_or_default()
    }

    /// A table, read by `fill`.
    pub(super) fn table<T>(
        &mut self,
        key: &'static str,
        fill: impl FnOnce(&mut Form<'_, '_>) -> T,
    ) -> Option<T> {
        self.asked.push(key);
        let value = self.find(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, &format!("a table: write [{key}]"), value);
            return None;
        };
        Some(self.inner(table, value.span(), fill))
    }

    /// A list of tables, each read by `fill`.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        mut fill: impl FnMut(&mut Form<'_, '_>) -> T,
    ) -> Vec<T> {
        self.asked.push(key);
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, &format!("a list of tables: write [[{key}]]"), value);
            return Vec::new();
        };
        let mut filled = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => filled.push(self.inner(table, item.span(), &mut fill)),
                None => self.wrong(key, &format!("a list of tables: write [[{key}]]"), item),
            }
        }
        filled
    }

    /// Every table in this one, under keys that are names and not words of ours.
    pub(super) fn entries<T>(
        &mut self,
        mut fill: impl FnMut(&mut Form<'_, '_>) -> T,
    ) -> Vec<(String, T)> {
        self.any_key = true;
        let mut filled = Vec::with_capacity(self.table.len());
        for (key, value) in self.table {
            match value.get_ref().as_table() {
                Some(table) => {
                    let entry = self.inner(table, key.span(), &mut fill);
                    filled.push((key.get_ref().to_string(), entry));
                }
                None => self.note(&key.span(), format!("\"{}\" must be a table", key.get_ref())),
            }
        }
        filled
    }

    /// Notes every key that was never asked for.
    pub(super) fn close(&self) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !self.any_key && !self.asked.contains(&name) {
                let advice = advice(name, &self.asked);
                self.note(&key.span(), format!("unknown key \"{name}\"{advice}"));
            }
        }
    }

    /// Notes that `key` is missing, when it is.
    pub(super) fn need(&self, key: &'static str) {
        if self.find(key).is_none() {
            self.note_here(format!("\"{key}\" is missing"));
        }
    }

    // === reading ===

    fn inner<T>(
        &self,
        table: &DeTable<'_>,
        at: Range<usize>,
        fill: impl FnOnce(&mut Form<'_, '_>) -> T,
    ) -> T {
        let mut form = Form::new(self.log, table, at);
        let filled = fill(&mut form);
        form.close();
        filled
    }

    fn find(&self, key: &str) -> Option<&'l Spanned<DeValue<'l>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn value<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        take: impl FnOnce(&DeValue<'_>) -> Option<T>,
    ) -> Option<T> {
        self.asked.push(key);
        let value = self.find(key)?;
        let taken = take(value.get_ref());
        if taken.is_none() {
            self.wrong(key, wanted, value);
        }
        taken
    }

    fn items(&mut self, key: &'static str) -> Option<&'l [Spanned<DeValue<'l>>]> {
        self.asked.push(key);
        let value = self.find(key)?;
        let items = value.get_ref().as_array();
        if items.is_none() {
            self.wrong(key, "a list", value);
        }
        items.map(|items| &items[..])
    }

    fn known_word<W: Word>(&self, text: &str, at: &Range<usize>) -> Option<W> {
        let all = W::all();
        let found = all.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
            self.note(at, format!("unknown {} \"{text}\"{}", W::WHAT, advice(text, &known)));
        }
        found
    }

    fn wrong(&self, key: &str, wanted: &str, value: &Spanned<DeValue<'_>>) {
        self.note(&value.span(), format!("{key} must be {wanted}"));
    }
}

fn plain_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn one_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}
