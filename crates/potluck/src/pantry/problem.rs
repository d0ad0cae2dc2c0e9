//! What is wrong in a file, and where: the words that a person reads when a provider file is refused.
//!
//! This room knows lines and columns. It must not know what any key means.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// One thing wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named when it was read.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong and what to do, in one sentence.
    pub what: String,
}

/// Everything wrong, in the order of the files and their lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Collects the problems of one file while it is read.
pub(super) struct Log<'t> {
    file: &'t str,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Log<'t> {
    /// An empty log over the text of `file`.
    pub(super) const fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, problems: RefCell::new(Vec::new()) }
    }

    /// Notes that something is wrong at these bytes of the text.
    pub(super) fn note(&self, at: Range<usize>, what: impl Into<String>) {
        let (line, column) = place(self.text, at.start);
        let problem = Problem { file: self.file.to_owned(), line, column, what: what.into() };
        self.problems.borrow_mut().push(problem);
    }

    /// `value` when nothing was noted, and everything that was noted otherwise.
    pub(super) fn close<T>(self, value: Option<T>) -> Result<T, Problems> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => Err(Problems(problems)),
        }
    }
}

/// The known word that `word` was most likely meant to be; none when nothing is near.
pub(super) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let tolerated = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?` where something is near, else the list of what is known.
pub(super) fn advice(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("; did you mean \"{near}\"?"),
        None => format!("; known here: {}", known.join(", ")),
    }
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_offered_and_a_far_one_is_not() {
        assert_eq!(nearest("limts", ["limits", "listing"]), Some("limits"));
        assert_eq!(nearest("model", ["models", "note"]), Some("models"));
        assert_eq!(nearest("wombat", ["limits", "listing"]), None);
    }

    #[test]
    fn places_count_characters_and_not_bytes() {
        assert_eq!(place("ä = 1\nöö x", "ä = 1\nöö ".len()), (2, 4));
        assert_eq!(place("", 0), (1, 1));
        assert_eq!(place("ä", 1), (1, 2));
    }
}
