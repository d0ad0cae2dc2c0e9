//! A picture in a terminal: by the protocols of kitty and iTerm2, else as coloured blocks.
//!
//! Terminals are told apart by what they say of themselves in variables: asking them would need an answer from the
//! keyboard's side.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use potluck_picture::{Format, Limits, Origin, Preview, Size, Wish, prepare};

use super::super::failure::Failure;
use super::super::screen::Screen;
use crate::settings::Environment;

/// How many columns a picture takes.
const COLUMNS: u32 = 48;

/// What a terminal understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    /// Of kitty, Ghostty, `WezTerm` and Konsole.
    Kitty,
    /// Of iTerm2, and others after it.
    ITerm,
}

/// Shows a picture where somebody sees it; as blocks only where that is wished.
pub(super) fn show(
    screen: &mut Screen,
    environment: &Environment,
    bytes: &[u8],
    blocks: bool,
) -> Result<(), Failure> {
    if !screen.is_terminal() {
        return Ok(());
    }
    let drawn = match protocol(environment) {
        Some(Protocol::Kitty) => kitty(bytes),
        Some(Protocol::ITerm) => Some(iterm(bytes)),
        None if blocks => half_blocks(bytes),
        None => None,
    };
    match drawn {
        Some(drawn) => Ok(screen.draw(&drawn)?),
        None => Ok(()),
    }
}

fn protocol(environment: &Environment) -> Option<Protocol> {
    let said = |name: &str| environment.get(name).unwrap_or_default();
    if !said("TMUX").is_empty() || said("TERM").starts_with("screen") {
        // what stands in between would swallow them
        return None;
    }
    let program = said("TERM_PROGRAM");
    let is_kitty = !said("KITTY_WINDOW_ID").is_empty()
        || matches!(said("TERM"), "xterm-kitty" | "xterm-ghostty")
        || matches!(program, "ghostty" | "WezTerm")
        || !said("KONSOLE_VERSION").is_empty();
    if is_kitty {
        return Some(Protocol::Kitty);
    }
    let is_iterm =
        matches!(program, "iTerm.app" | "mintty" | "vscode") || said("LC_TERMINAL") == "iTerm2";
    is_iterm.then_some(Protocol::ITerm)
}

/// Kitty takes PNG alone, in pieces of 4096 letters.
fn kitty(bytes: &[u8]) -> Option<String> {
    let wish = Wish { format: Some(Format::Png), quality: None };
    let png = prepare(bytes, &wish, &Origin::default(), &Limits::default()).ok()?;
    let text = STANDARD.encode(&png.bytes);
    let pieces: Vec<&str> =
        text.as_bytes().chunks(4096).filter_map(|piece| std::str::from_utf8(piece).ok()).collect();
    let mut out = String::with_capacity(text.len() + pieces.len() * 16);
    for (number, piece) in pieces.iter().enumerate() {
        let more = u8::from(number + 1 < pieces.len());
        let first = if number == 0 { format!("a=T,f=100,c={COLUMNS},") } else { String::new() };
        out.push_str(&format!("\x1b_G{first}m={more};{piece}\x1b\\"));
    }
    out.push('\n');
    Some(out)
}

fn iterm(bytes: &[u8]) -> String {
    let (size, text) = (bytes.len(), STANDARD.encode(bytes));
    format!(
        "\x1b]1337;File=inline=1;size={size};width={COLUMNS};preserveAspectRatio=1:{text}\x07\n"
    )
}

/// Two pixels a letter: the upper half in the colour of the letter, the lower in that behind it.
fn half_blocks(bytes: &[u8]) -> Option<String> {
    let within = Size { width: COLUMNS, height: COLUMNS };
    let preview = Preview::of(bytes, within, &Limits::default()).ok()?;
    let rows: Vec<&[[u8; 3]]> = preview.rows().collect();
    let mut out = String::new();
    for pair in rows.chunks(2) {
        let (Some(upper), lower) = (pair.first(), pair.get(1)) else { continue };
        for (column, [r, g, b]) in upper.iter().enumerate() {
            out.push_str(&format!("\x1b[38;2;{r};{g};{b}m"));
            if let Some([r, g, b]) = lower.and_then(|lower| lower.get(column)) {
                out.push_str(&format!("\x1b[48;2;{r};{g};{b}m"));
            }
            out.push('▀');
        }
        out.push_str("\x1b[0m\n");
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Option<Protocol> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        protocol(&Environment::from_iter(pairs))
    }

    #[test]
    fn terminals_are_known_by_what_they_say_of_themselves() {
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Some(Protocol::Kitty));
        assert_eq!(of(&[("TERM_PROGRAM", "WezTerm")]), Some(Protocol::Kitty));
        assert_eq!(of(&[("TERM_PROGRAM", "iTerm.app")]), Some(Protocol::ITerm));
        assert_eq!(of(&[("TERM", "xterm-256color")]), None);
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")]), None);
    }
}
