//! What is written into a file of where it comes from.
//!
//! The prompt is not, unless somebody wants it to be: a picture travels further than its words were meant to. What
//! providers have written into it in words is taken out for the same reason, since many write the prompt.

use crate::exif;
use crate::fault::Fault;
use crate::format::Format;
use crate::header::{Header, Size};
use crate::{jpeg, png, webp};

/// Who wrote the file.
const SOFTWARE: &str = "potluck";

/// The longest text that is written, in bytes: an EXIF block has to fit into a segment of 64 KiB.
const LONGEST: usize = 4096;

/// Where a picture comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The model that made it, as its provider calls it.
    pub model: String,
    /// Whose model.
    pub provider: String,
    /// The seed that it can be made with again.
    pub seed: Option<u64>,
    /// How many steps it took.
    pub steps: Option<u32>,
    /// The size that was asked for, where another was made.
    pub asked: Option<Size>,
    /// What it shows, only where that is to be written down.
    pub prompt: Option<String>,
    /// Whether no model made it, but a simulated provider.
    pub simulated: bool,
}

impl Origin {
    /// What there is to be told, as keywords and texts.
    #[must_use]
    pub fn texts(&self) -> Vec<(&'static str, String)> {
        let text = |text: &str| (!text.is_empty()).then(|| harmless(text));
        let simulated = || "yes: no model made this picture".to_owned();
        [
            ("Software", Some(SOFTWARE.to_owned())),
            ("Model", text(&self.model)),
            ("Provider", text(&self.provider)),
            ("Seed", self.seed.map(|seed| seed.to_string())),
            ("Steps", self.steps.map(|steps| steps.to_string())),
            ("Size asked", self.asked.map(|size| size.to_string())),
            ("Prompt", self.prompt.as_deref().and_then(text)),
            ("Simulated", self.simulated.then(simulated)),
        ]
        .into_iter()
        .filter_map(|(keyword, text)| Some((keyword, text?)))
        .collect()
    }

    /// The same in one line, for formats that have one place for it.
    #[must_use]
    pub fn line(&self) -> String {
        let told = self.texts();
        let lines = told.iter().filter(|(keyword, _)| *keyword != "Software");
        lines.map(|(keyword, text)| format!("{keyword}: {text}")).collect::<Vec<_>>().join("; ")
    }
}

/// Text of others without what ends a field, and not for ever.
fn harmless(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let kept = text.get(..end).unwrap_or_default();
    kept.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The same picture, byte for byte, with its origin written into the file: as texts into a PNG, as EXIF into JPEG and
/// WebP.
///
/// # Errors
/// The file is broken, or of a format that is not read here.
pub fn inscribe(bytes: &[u8], origin: &Origin) -> Result<Vec<u8>, Fault> {
    let header = Header::read(bytes)?;
    let block = || exif::block(SOFTWARE, &origin.line());
    match header.format {
        Format::Png => Ok(png::inscribe(bytes, &origin.texts())),
        Format::Jpeg => Ok(jpeg::inscribe(bytes, &block())),
        Format::WebP => Ok(webp::inscribe(bytes, &block(), header.size)),
        other => Err(Fault::Unread(other)),
    }
}
