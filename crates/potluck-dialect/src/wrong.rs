//! What can be wrong with a request, and where: collected from the inside out.

use std::collections::BTreeSet;

use potluck_core::verdict::Refusal;

use crate::wire::{Broken, Cursor, Kind, position};

/// A request that cannot be read.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// It is no JSON.
    Json(Broken),
    /// It is JSON, and a field is wrong.
    Field {
        /// `messages[2].content`; grows on the way out.
        path: String,
        code: &'static str,
        /// What is wrong, without the path: "must be a string, not a number".
        problem: String,
    },
}

impl From<Broken> for Wrong {
    fn from(broken: Broken) -> Self {
        Self::Json(broken)
    }
}

impl Wrong {
    /// The value here is wrong.
    pub(crate) fn value(problem: impl Into<String>) -> Self {
        Self::Field { path: String::new(), code: "invalid_value", problem: problem.into() }
    }

    /// The value here is of another kind than `wanted`.
    pub(crate) fn kind(wanted: &str, found: Kind) -> Self {
        Self::Field {
            path: String::new(),
            code: "invalid_type",
            problem: format!("must be {wanted}, not {}", found.word()),
        }
    }

    /// A field that must be there is not.
    pub(crate) fn missing(field: &str) -> Self {
        Self::Field {
            path: field.to_owned(),
            code: "missing_required_parameter",
            problem: "is required".to_owned(),
        }
    }

    /// The field came twice, so that two readers could see two requests.
    pub(crate) fn twice(field: &str) -> Self {
        Self::Field {
            path: field.to_owned(),
            code: "duplicate_parameter",
            problem: "stands twice in the same object".to_owned(),
        }
    }

    /// The same, seen from the object whose field it is in.
    pub(crate) fn inside(self, field: &str) -> Self {
        match self {
            Self::Json(_) => self,
            Self::Field { path, code, problem } => {
                let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                Self::Field { path: format!("{field}{dot}{path}"), code, problem }
            }
        }
    }

    /// The same, seen from the array whose item it is in.
    pub(crate) fn at(self, index: usize) -> Self {
        self.inside(&format!("[{index}]"))
    }

    /// In words for the client, who sent `body`.
    pub(crate) fn refuse(self, body: &[u8]) -> Refusal {
        match self {
            Self::Json(Broken { at, what }) => {
                let (line, column) = position(body, at);
                Refusal::bad_request(
                    "invalid_json",
                    format!(
                        "The body is not valid JSON: {what} at line {line}, column {column} (byte {at})."
                    ),
                    None,
                )
            }
            Self::Field { path, code, problem } => {
                Refusal::bad_request(code, format!("`{path}` {problem}."), Some(path))
            }
        }
    }
}

/// Reads a body that is one object: `read` takes it, and nothing may follow it.
///
/// # Errors
/// A refusal of status 400 that names the field, or the place where the body stops being JSON.
pub(crate) fn object<'a, T>(
    body: &'a [u8],
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, Wrong>,
) -> Result<T, Refusal> {
    walk(body, read).map_err(|wrong| wrong.refuse(body))
}

fn walk<'a, T>(
    body: &'a [u8],
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, Wrong>,
) -> Result<T, Wrong> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Broken { at: error.valid_up_to(), what: "bytes that are not UTF-8" })?;
    let mut cursor = Cursor::strict(text);
    let found = cursor.kind()?;
    if found != Kind::Object {
        // Checked whole first, so that broken JSON is called that.
        cursor.value()?;
        return Err(Wrong::kind("an object", found).inside("body"));
    }
    let read = read(&mut cursor)?;
    cursor.end()?;
    Ok(read)
}

/// Reads a body that is one object, field by field. Nulls say nothing; a field that stands twice is refused.
///
/// # Errors
/// As [`object`].
pub(crate) fn body(
    body: &[u8],
    mut take: impl FnMut(&mut Cursor<'_>, &str) -> Result<(), Wrong>,
) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    object(body, |cursor| {
        cursor.object(|cursor, key| {
            if !seen.insert(key.to_string()) {
                return Err(Wrong::twice(&key));
            }
            if cursor.kind()? == Kind::Null {
                return Ok(cursor.null()?);
            }
            take(cursor, &key).map_err(|wrong| wrong.inside(&key))
        })
    })
}

/// Reads a text, or says what stands there instead.
pub(crate) fn text(cursor: &mut Cursor<'_>) -> Result<String, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(cursor.text()?.into_owned()),
        other => Err(Wrong::kind("a string", other)),
    }
}

/// Reads `true` or `false`.
pub(crate) fn boolean(cursor: &mut Cursor<'_>) -> Result<bool, Wrong> {
    match cursor.kind()? {
        Kind::Bool => Ok(cursor.boolean()?),
        other => Err(Wrong::kind("a boolean", other)),
    }
}

/// Reads a number that a float holds.
pub(crate) fn number(cursor: &mut Cursor<'_>) -> Result<f64, Wrong> {
    match cursor.kind()? {
        Kind::Number => match cursor.number()?.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(Wrong::value("is beyond what a number can hold")),
        },
        other => Err(Wrong::kind("a number", other)),
    }
}

/// Reads a whole number between two bounds.
pub(crate) fn whole(cursor: &mut Cursor<'_>, least: i64, most: i64) -> Result<i64, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Number {
        return Err(Wrong::kind("an integer", found));
    }
    match crate::wire::whole_exact(cursor.number()?) {
        Some(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(Wrong::value(format!("must be an integer from {least} to {most}"))),
    }
}

/// Reads a count that fits 32 bits.
pub(crate) fn count(cursor: &mut Cursor<'_>, least: u32) -> Result<u32, Wrong> {
    let number = whole(cursor, i64::from(least), i64::from(u32::MAX))?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Reads a list of texts; one text alone is a list of one.
pub(crate) fn texts(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(vec![text(cursor)?]),
        Kind::Array => {
            let mut texts = Vec::new();
            cursor.array(|cursor, index| {
                texts.push(text(cursor).map_err(|wrong| wrong.at(index))?);
                Ok::<(), Wrong>(())
            })?;
            Ok(texts)
        }
        other => Err(Wrong::kind("an array of strings", other)),
    }
}
