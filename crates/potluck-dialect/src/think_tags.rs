//! Thoughts that some models write at the start of their text, between `<think>` and `</think>`.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Tells thoughts from words in a text that comes in pieces, however it is cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Splitter {
    state: State,
    /// What cannot be told yet: the beginning of a tag, or of white space before one.
    held: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing but white space has come.
    #[default]
    Start,
    /// Between the tags.
    Inside,
    /// After the closing tag, before the first word.
    After,
    /// Words until the end.
    Words,
}

/// A piece of text, told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Thoughts(String),
    Words(String),
}

impl Splitter {
    /// Takes the next piece and gives what is now known of it.
    pub(crate) fn push(&mut self, piece: &str, told: &mut Vec<Told>) {
        if self.state == State::Words && self.held.is_empty() {
            say(told, Told::Words(piece.to_owned()));
            return;
        }
        self.held.push_str(piece);
        while self.step(told) {}
    }

    /// No more comes: what was held back is what it looks like.
    pub(crate) fn finish(&mut self, told: &mut Vec<Told>) {
        let held = std::mem::take(&mut self.held);
        say(
            told,
            if self.state == State::Inside { Told::Thoughts(held) } else { Told::Words(held) },
        );
        self.state = State::Words;
    }

    /// One decision; `false` when more text is needed for the next.
    fn step(&mut self, told: &mut Vec<Told>) -> bool {
        match self.state {
            State::Start => self.start(),
            State::Inside => self.inside(told),
            State::After => {
                let words = self.held.trim_start();
                self.held = words.to_owned();
                if self.held.is_empty() {
                    return false;
                }
                self.state = State::Words;
                true
            }
            State::Words => {
                say(told, Told::Words(std::mem::take(&mut self.held)));
                false
            }
        }
    }

    fn start(&mut self) -> bool {
        let begun = self.held.trim_start();
        if let Some(inside) = begun.strip_prefix(OPEN) {
            self.held = inside.to_owned();
            self.state = State::Inside;
            return true;
        }
        if OPEN.starts_with(begun) {
            return false;
        }
        self.state = State::Words;
        true
    }

    fn inside(&mut self, told: &mut Vec<Told>) -> bool {
        if let Some((thoughts, rest)) = self.held.split_once(CLOSE) {
            say(told, Told::Thoughts(thoughts.to_owned()));
            self.held = rest.to_owned();
            self.state = State::After;
            return true;
        }
        // The longest end of the text that may begin the closing tag stays.
        let kept = (1..CLOSE.len())
            .rev()
            .find(|&length| self.held.ends_with(&CLOSE[..length]))
            .unwrap_or_default();
        let known = self.held.len() - kept;
        say(told, Told::Thoughts(self.held[..known].to_owned()));
        self.held.drain(..known);
        false
    }
}

fn say(told: &mut Vec<Told>, piece: Told) {
    let (Told::Thoughts(text) | Told::Words(text)) = &piece;
    if !text.is_empty() {
        told.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&str]) -> (String, String) {
        let (mut splitter, mut told) = (Splitter::default(), Vec::new());
        for piece in pieces {
            splitter.push(piece, &mut told);
        }
        splitter.finish(&mut told);
        let (mut thoughts, mut words) = (String::new(), String::new());
        for piece in told {
            match piece {
                Told::Thoughts(text) => thoughts.push_str(&text),
                Told::Words(text) => words.push_str(&text),
            }
        }
        (thoughts, words)
    }

    #[test]
    fn any_cut_tells_the_same() {
        for (text, thoughts, words) in [
            ("<think>a b</think>\n\nc", "a b", "c"),
            (" \n<think>\na</th</think>c </think>", "\na</th", "c </think>"),
            ("no <think>tag</think>", "", "no <think>tag</think>"),
            ("  <thin", "", "  <thin"),
            ("<think>cut", "cut", ""),
            ("<think>cut</thi", "cut</thi", ""),
            ("<think></think>", "", ""),
            ("", "", ""),
        ] {
            let expected = (thoughts.to_owned(), words.to_owned());
            assert_eq!(split(&[text]), expected, "{text}");
            let letters: Vec<&str> = text.split("").collect();
            assert_eq!(split(&letters), expected, "{text} by letters");
            for cut in 0..text.len() {
                assert_eq!(split(&[&text[..cut], &text[cut..]]), expected, "{text} cut at {cut}");
            }
        }
    }
}
