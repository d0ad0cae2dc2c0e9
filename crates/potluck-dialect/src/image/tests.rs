//! Pictures, both sides: what doors read, what shapes write and read, what clients get.

mod doors;
mod shapes;
mod vendors;
mod written;

use potluck_core::capability::Parameters;
use potluck_core::image::{ImageAbility, ImageRequest};

use super::*;
use crate::quirk::Quirks;

/// The eight bytes of a png, and nothing else: enough for whoever decodes nothing.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The same in base64.
const PNG_BASE64: &str = "iVBORw0KGgo=";

fn fox() -> ImageRequest {
    ImageRequest { prompt: "a red fox".to_owned(), count: 1, ..ImageRequest::default() }
}

fn target<'a>(model: &'a str, ability: &'a ImageAbility) -> Target<'a> {
    Target {
        model,
        ability,
        drops: Parameters::empty(),
        quirks: Quirks::empty(),
        seed: None,
        chance: 12_345_678_901,
    }
}

fn json(body: &[u8]) -> serde_json::Value {
    serde_json::from_slice(body).unwrap()
}
