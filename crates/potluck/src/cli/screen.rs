//! Where commands write: answers to standard output, everything about them to standard error.
//!
//! The only file that knows whether there is a terminal, how wide it is, and whether it wants colours.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::settings::Environment;

/// Standard output and standard error.
pub(super) struct Screen {
    colours: bool,
    note_colours: bool,
}

/// How a piece of text should look. Colour never carries meaning alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    /// Something to wait for.
    Wait,
    /// Bad news.
    Bad,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
}

// === impl Screen ===

impl Screen {
    /// Of this process. Colours only on a terminal that shows them, and never under `NO_COLOR`.
    pub(super) fn of_process(environment: &Environment) -> Self {
        let wanted =
            environment.get("NO_COLOR").is_none() && environment.get("TERM") != Some("dumb");
        Self {
            colours: wanted && io::stdout().is_terminal(),
            note_colours: wanted && io::stderr().is_terminal(),
        }
    }

    /// One line of the answer.
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{line}")
    }

    /// The answer for machines.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, value)?;
        writeln!(out)
    }

    /// One line about the answer.
    pub(super) fn note(&mut self, line: &str) -> io::Result<()> {
        writeln!(io::stderr().lock(), "{line}")
    }

    /// One line that a person should see.
    pub(super) fn warn(&mut self, line: &str) -> io::Result<()> {
        let label = paint(self.note_colours, Look::Wait, "warning:");
        self.note(&format!("{label} {line}"))
    }

    /// The last line, when something went wrong. Nothing can be done when even that cannot be written.
    pub(super) fn complain(&mut self, line: &str) {
        let label = paint(self.note_colours, Look::Bad, "error:");
        let _unwritable = self.note(&format!("{label} {line}"));
    }

    /// `text` for standard output.
    pub(super) fn paint(&self, look: Look, text: &str) -> String {
        paint(self.colours, look, text)
    }
}

fn paint(colours: bool, look: Look, text: &str) -> String {
    if !colours {
        return text.to_owned();
    }
    let code = match look {
        Look::Wait => "33",
        Look::Bad => "31",
        Look::Faint => "2",
        Look::Strong => "1",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}
