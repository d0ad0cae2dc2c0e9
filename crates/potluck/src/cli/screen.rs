//! Where commands write: answers to standard output, everything about them to standard error.
//!
//! The only file that knows whether there is a terminal, how wide it is, and whether it wants colours.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use comfy_table::{Attribute, Color, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::settings::Environment;

/// Standard output and standard error.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: bool,
    colours: bool,
    note_terminal: bool,
    note_colours: bool,
}

/// How a piece of text should look. Colour never carries meaning alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    /// Good news.
    Good,
    /// Something to wait for.
    Wait,
    /// Bad news.
    Bad,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
}

/// One cell of a table.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    look: Option<Look>,
}

/// One line of a page: pieces of text, and how each looks.
pub(super) type Line = Vec<(Option<Look>, String)>;

/// What a page is taken to be where nobody can say: the first terminals were so.
const USUAL_SIZE: (usize, usize) = (80, 24);

// === impl Look ===

impl Look {
    /// A cell that looks so.
    pub(super) fn on(self, text: impl Into<String>) -> Cell {
        Cell { text: text.into(), look: Some(self) }
    }
}

// === impl Cell ===

impl Cell {
    /// How it looks, and what it says.
    pub(super) fn into_parts(self) -> (Option<Look>, String) {
        (self.look, self.text)
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), look: None }
    }
}

// === impl Screen ===

impl Screen {
    /// Of this process. Colours only on a terminal that shows them, and never under `NO_COLOR`.
    pub(super) fn of_process(environment: &Environment) -> Self {
        let wanted =
            environment.get("NO_COLOR").is_none() && environment.get("TERM") != Some("dumb");
        let (terminal, note_terminal) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            terminal,
            colours: wanted && terminal,
            note_terminal,
            note_colours: wanted && note_terminal,
        }
    }

    /// Whether standard error shows colours.
    pub(super) const fn has_note_colours(&self) -> bool {
        self.note_colours
    }

    /// What is made of the terminal's own commands, and is drawn as it is: never text of others.
    pub(super) fn draw(&mut self, drawn: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(drawn.as_bytes())?;
        out.flush()
    }

    /// One line of the answer.
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }

    /// The answer for machines.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, value)?;
        writeln!(out)
    }

    /// A table: without lines, so that other programs can read it too, and as wide as the terminal.
    pub(super) fn table<C: Into<Cell>>(
        &mut self,
        head: &[&str],
        rows: impl IntoIterator<Item = Vec<C>>,
    ) -> io::Result<()> {
        let mut table = Table::new();
        let arrangement =
            if self.terminal { ContentArrangement::Dynamic } else { ContentArrangement::Disabled };
        table.load_style(presets::NOTHING).set_content_arrangement(arrangement);
        table.set_header(head.iter().map(|title| self.cell(&Look::Strong.on(*title))));
        for row in rows {
            table.add_row(row.into_iter().map(|cell| self.cell(&cell.into())));
        }
        if let Some(first) = table.column_mut(0) {
            first.set_padding((0, 1));
        }
        for line in table.lines() {
            self.say(line.trim_end())?;
        }
        Ok(())
    }

    /// Whether standard output is a terminal.
    pub(super) const fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Columns and rows of the terminal.
    pub(super) fn size(&self) -> (usize, usize) {
        terminal_size::terminal_size()
            .map_or(USUAL_SIZE, |(width, height)| (usize::from(width.0), usize::from(height.0)))
    }

    /// Puts a page of its own over the terminal, without a cursor.
    pub(super) fn open_page(&mut self) -> io::Result<()> {
        self.command("\x1b[?1049h\x1b[?25l")
    }

    /// Gives the terminal back as it was.
    pub(super) fn close_page(&mut self) -> io::Result<()> {
        self.command("\x1b[?25h\x1b[?1049l")
    }

    /// Draws the page over what was there; in one write, so that nothing flickers.
    pub(super) fn page(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut text = "\x1b[H".to_owned();
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                text.push_str("\r\n");
            }
            for (look, piece) in line {
                let piece = harmless(piece);
                match look {
                    Some(look) => text.push_str(&paint(self.colours, *look, &piece)),
                    None => text.push_str(&piece),
                }
            }
            text.push_str("\x1b[K");
        }
        text.push_str("\x1b[J");
        self.command(&text)
    }

    fn command(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn cell(&self, cell: &Cell) -> comfy_table::Cell {
        let shown = comfy_table::Cell::new(harmless(&cell.text));
        match cell.look.filter(|_| self.colours) {
            None => shown,
            Some(Look::Good) => shown.fg(Color::Green),
            Some(Look::Wait) => shown.fg(Color::Yellow),
            Some(Look::Bad) => shown.fg(Color::Red),
            Some(Look::Faint) => shown.add_attribute(Attribute::Dim),
            Some(Look::Strong) => shown.add_attribute(Attribute::Bold),
        }
    }

    /// Words of a model, as they come. On a terminal they cannot move its cursor or change its title.
    pub(super) fn words(&mut self, words: &str) -> io::Result<()> {
        let words = if self.terminal { harmless(words) } else { Cow::Borrowed(words) };
        let mut out = io::stdout().lock();
        out.write_all(words.as_bytes())?;
        out.flush()
    }

    /// Thoughts of a model, beside its words.
    pub(super) fn thoughts(&mut self, thoughts: &str) -> io::Result<()> {
        let thoughts = paint(self.note_colours, Look::Faint, &harmless(thoughts));
        io::stderr().lock().write_all(thoughts.as_bytes())
    }

    /// One line about the answer.
    pub(super) fn note(&mut self, line: &str) -> io::Result<()> {
        writeln!(io::stderr().lock(), "{line}")
    }

    /// One line about the answer that matters less than the answer.
    pub(super) fn aside(&mut self, line: &str) -> io::Result<()> {
        self.note(&paint(self.note_colours, Look::Faint, &harmless(line)))
    }

    /// What is being waited for, in place of what was waited for before; nothing where there is no terminal.
    pub(super) fn waiting(&mut self, what: &str) -> io::Result<()> {
        if !self.note_terminal {
            return Ok(());
        }
        let mut out = io::stderr().lock();
        write!(out, "\r\x1b[2K{}", paint(self.note_colours, Look::Faint, what))?;
        out.flush()
    }

    /// What stands before the place where a person types.
    pub(super) fn prompt(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stderr().lock();
        write!(out, "{}", paint(self.note_colours, Look::Strong, text))?;
        out.flush()
    }

    /// One line that a person should see.
    pub(super) fn warn(&mut self, line: &str) -> io::Result<()> {
        let label = paint(self.note_colours, Look::Wait, "warning:");
        self.note(&format!("{label} {line}"))
    }

    /// The last line, when something went wrong. Nothing can be done when even that cannot be written.
    pub(super) fn complain(&mut self, line: &str) {
        let label = paint(self.note_colours, Look::Bad, "error:");
        let _unwritable = self.note(&format!("{label} {}", harmless(line)));
    }

    /// `text` for standard error.
    pub(super) fn note_paint(&self, look: Look, text: &str) -> String {
        paint(self.note_colours, look, text)
    }

    /// `text` for standard output.
    pub(super) fn paint(&self, look: Look, text: &str) -> String {
        paint(self.colours, look, text)
    }
}

fn paint(colours: bool, look: Look, text: &str) -> String {
    if !colours || text.is_empty() {
        return text.to_owned();
    }
    let code = match look {
        Look::Good => "32",
        Look::Wait => "33",
        Look::Bad => "31",
        Look::Faint => "2",
        Look::Strong => "1",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// Text of others without what a terminal would obey.
fn harmless(text: &str) -> Cow<'_, str> {
    let harmful = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if text.contains(harmful) {
        Cow::Owned(text.replace(harmful, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_cannot_command_the_terminal() {
        assert_eq!(harmless("a\n\tb"), "a\n\tb");
        assert_eq!(
            harmless("\x1b]0;title\x07 \u{9b}2J\r"),
            "\u{fffd}]0;title\u{fffd} \u{fffd}2J\u{fffd}"
        );
    }

    #[test]
    fn without_colours_text_stays_as_it_is() {
        assert_eq!(paint(false, Look::Bad, "x"), "x");
        assert_eq!(paint(true, Look::Bad, "x"), "\x1b[31mx\x1b[0m");
    }
}
