//! What a chat model is told, so that it goes on with a text or fills a gap.
//!
//! Editors write the gap into the prompt with the marks of one model's training. No model of the pool is asked by
//! such marks; they are read here, and every model is told in words.

use potluck_core::request::{Content, Message, Role};

const GO_ON: &str = "Continue the text that the user gives, from exactly where it ends, as if you were its author. \
    Write only the continuation: do not repeat the text, and add no introduction, no remark and no quotation marks. \
    Where the text ends in a question or a task, the continuation is its answer.";

const FILL: &str = "You complete code and text at a cursor. The user gives what stands before the cursor between \
    <before> and </before>, and what stands after it between <after> and </after>. Write only what is to be inserted \
    at the cursor, with the spaces and line ends that it needs there: do not repeat what stands before or after it, \
    and add no explanation and no fences.";

/// What stands before and after a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) before: String,
    pub(super) after: String,
}

/// The marks of a model's training: what comes before the gap, what after, and where the model begins.
struct Template {
    before: &'static str,
    after: &'static str,
    middle: &'static str,
    /// Spaces that belong to the marks.
    spaced: bool,
}

/// Qwen's, which Google's models share, `StarCoder`'s, that of `DeepSeek`, and Code Llama's.
const TEMPLATES: [Template; 4] = [
    Template {
        before: "<|fim_prefix|>",
        after: "<|fim_suffix|>",
        middle: "<|fim_middle|>",
        spaced: false,
    },
    Template {
        before: "<fim_prefix>",
        after: "<fim_suffix>",
        middle: "<fim_middle>",
        spaced: false,
    },
    Template {
        before: "<｜fim▁begin｜>",
        after: "<｜fim▁hole｜>",
        middle: "<｜fim▁end｜>",
        spaced: false,
    },
    Template { before: "<PRE>", after: "<SUF>", middle: "<MID>", spaced: true },
];

impl Gap {
    /// The gap that a prompt is written around, if it is.
    pub(super) fn find(prompt: &str) -> Option<Self> {
        TEMPLATES.iter().find_map(|template| template.read(prompt)).or_else(|| codestral(prompt))
    }
}

impl Template {
    fn read(&self, prompt: &str) -> Option<Gap> {
        let (context, rest) = prompt.split_once(self.before)?;
        let (before, rest) = rest.split_once(self.after)?;
        let (after, _) = rest.rsplit_once(self.middle)?;
        let (before, after) = if self.spaced {
            let before = before.strip_prefix(' ').unwrap_or(before);
            let before = before.strip_suffix(' ').unwrap_or(before);
            (before, after.strip_suffix(' ').unwrap_or(after))
        } else {
            (before, after)
        };
        // What stands before the first mark are other files.
        Some(Gap { before: format!("{context}{before}"), after: after.to_owned() })
    }
}

/// Codestral's marks stand the other way round, and the model begins at the end.
fn codestral(prompt: &str) -> Option<Gap> {
    let (after, before) = prompt.strip_prefix("[SUFFIX]")?.split_once("[PREFIX]")?;
    Some(Gap { before: before.to_owned(), after: after.to_owned() })
}

/// The turns that ask a chat model to go on with a text.
pub(super) fn go_on(prompt: String) -> Vec<Message> {
    vec![turn(Role::System, GO_ON.to_owned()), turn(Role::User, prompt)]
}

/// The turns that ask a chat model to fill a gap.
pub(super) fn fill(gap: &Gap) -> Vec<Message> {
    let Gap { before, after } = gap;
    let asked = format!("<before>{before}</before>\n<after>{after}</after>");
    vec![turn(Role::System, FILL.to_owned()), turn(Role::User, asked)]
}

const fn turn(role: Role, text: String) -> Message {
    Message::new(role, Content::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_read_out_of_the_marks_of_editors() {
        for prompt in [
            "<|fim_prefix|>a(<|fim_suffix|>)b<|fim_middle|>",
            "<fim_prefix>a(<fim_suffix>)b<fim_middle>",
            "<｜fim▁begin｜>a(<｜fim▁hole｜>)b<｜fim▁end｜>",
            "<PRE> a( <SUF>)b <MID>",
            "[SUFFIX])b[PREFIX]a(",
        ] {
            let gap = Gap::find(prompt).unwrap();
            assert_eq!((gap.before.as_str(), gap.after.as_str()), ("a(", ")b"), "{prompt}");
        }
        let with_files = Gap::find("other.rs\n<fim_prefix>a<fim_suffix>b<fim_middle>").unwrap();
        assert_eq!(with_files.before, "other.rs\na");
        for plain in ["a <PRE> b", "<fim_suffix>b<fim_prefix>a", "", "[SUFFIX] and so on"] {
            assert_eq!(Gap::find(plain), None, "{plain}");
        }
    }
}
