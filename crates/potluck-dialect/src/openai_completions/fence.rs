//! Takes off the fence that chat models put around code, though they are told not to.
//!
//! Works on pieces: what may still become a fence is held back, and nothing else.

/// What a fence begins and ends with.
const MARK: &str = "```";
/// How its end stands in the text: on a line of its own.
const END: &str = "\n```";
/// The longest first line of a fence; a longer one is none.
const LONGEST_INFO: usize = 200;

/// A text of which the fence is taken off.
#[derive(Debug, Default)]
pub(super) struct Fence {
    place: Place,
    held: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Nothing but space so far, or the beginning of what may be a fence.
    #[default]
    Start,
    /// There is no fence.
    Without,
    /// On the first line inside: what is held begins with the end of the line of the fence itself.
    FirstLine,
    Inside,
    /// Behind the fence: what follows is talk.
    Behind,
}

impl Fence {
    /// Takes the next piece and gives out what is certain.
    pub(super) fn push(&mut self, piece: &str, out: &mut String) {
        match self.place {
            Place::Behind => return,
            Place::Without => return out.push_str(piece),
            Place::Start | Place::FirstLine | Place::Inside => self.held.push_str(piece),
        }
        if self.place == Place::Start {
            self.begin(out);
        }
        if matches!(self.place, Place::FirstLine | Place::Inside) {
            self.go_on(out);
        }
    }

    /// The text is over: gives out what was held back and turned out to be words.
    pub(super) fn finish(&mut self, out: &mut String) {
        let held = std::mem::take(&mut self.held);
        match self.place {
            Place::Start => out.push_str(in_one_line(&held).unwrap_or(&held)),
            Place::FirstLine => out.push_str(held.strip_prefix('\n').unwrap_or(&held)),
            Place::Inside => out.push_str(&held),
            Place::Without | Place::Behind => {}
        }
        self.place = Place::Behind;
    }

    fn begin(&mut self, out: &mut String) {
        let begun = self.held.trim_start();
        let Some(line) = begun.strip_prefix(MARK) else {
            if !MARK.starts_with(begun) {
                self.without(out);
            }
            return;
        };
        match line.find('\n') {
            Some(end) if is_info(&line[..end]) => {
                self.held = line[end..].to_owned();
                self.place = Place::FirstLine;
            }
            None if line.len() <= LONGEST_INFO => {}
            Some(_) | None => self.without(out),
        }
    }

    fn without(&mut self, out: &mut String) {
        self.place = Place::Without;
        out.push_str(&std::mem::take(&mut self.held));
    }

    /// Gives out what is inside, up to the end of the fence or to what may become it.
    fn go_on(&mut self, out: &mut String) {
        let (sure, ended) = match self.held.find(END) {
            Some(at) => (at, true),
            None => (self.held.len() - beginning_of_end(&self.held), false),
        };
        if sure > 0 {
            let from = usize::from(self.place == Place::FirstLine);
            out.push_str(&self.held[from..sure]);
            self.held.drain(..sure);
            self.place = Place::Inside;
        }
        if ended {
            self.place = Place::Behind;
            self.held.clear();
        }
    }
}

/// How many bytes at the end of a text may be the beginning of the end of a fence.
fn beginning_of_end(text: &str) -> usize {
    let lengths = (1..END.len()).rev();
    lengths.into_iter().find(|&length| text.ends_with(&END[..length])).unwrap_or_default()
}

/// Whether the rest of a fence's first line names a language, or nothing.
fn is_info(line: &str) -> bool {
    line.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-#._".contains(&byte))
}

fn in_one_line(text: &str) -> Option<&str> {
    text.trim().strip_prefix(MARK)?.strip_suffix(MARK)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stripped<'a>(pieces: impl IntoIterator<Item = &'a str>) -> String {
        let (mut fence, mut out) = (Fence::default(), String::new());
        pieces.into_iter().for_each(|piece| fence.push(piece, &mut out));
        fence.finish(&mut out);
        out
    }

    #[test]
    fn fences_go_and_words_stay() {
        for (text, expected) in [
            ("    return a + b", "    return a + b"),
            ("```python\n    return a\n```", "    return a"),
            ("\n```\na\n\nb\n```\nThis adds.", "a\n\nb"),
            ("```rust\nlet a", "let a"),
            ("```rust\na\n``", "a\n``"),
            ("```\n```", ""),
            ("```a```", "a"),
            ("``", "``"),
            (" `a` and ```b```", " `a` and ```b```"),
            ("```not a language\nx\n```", "```not a language\nx\n```"),
            (" \n", " \n"),
            ("", ""),
        ] {
            assert_eq!(stripped([text]), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(text in "[`\na ]{0,24}", size in 1..6_usize) {
            let letters: Vec<char> = text.chars().collect();
            let pieces: Vec<String> = letters.chunks(size).map(|piece| piece.iter().collect()).collect();
            prop_assert_eq!(stripped(pieces.iter().map(String::as_str)), stripped([text.as_str()]));
        }
    }
}
