//! What follows from a model's name: its generation, and which fields that generation takes.
//!
//! Sources: Google's pages on thinking, structured output and thought signatures, and requests that were
//! recorded with their answers.

/// A family of models that take the same fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Generation {
    /// Open weights; major version.
    Gemma(u32),
    /// Major and minor version.
    Gemini(u32, u32),
    /// An alias of the newest, whichever that is.
    Newest,
}

/// A model, by what its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) generation: Generation,
    /// The small ones: flash and flash-lite. They take more ways of thinking than the large ones.
    pub(super) is_flash: bool,
    pub(super) is_lite: bool,
}

impl Model {
    /// What a name tells. A name that tells nothing is taken for one of the newest.
    pub(super) fn named(id: &str) -> Self {
        let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
        let generation = match name.split_once('-') {
            Some(("gemini", rest)) => version(rest)
                .map_or(Generation::Newest, |(major, minor)| Generation::Gemini(major, minor)),
            Some(("gemma", rest)) => Generation::Gemma(version(rest).map_or(0, |(major, _)| major)),
            _ => Generation::Newest,
        };
        Self { generation, is_flash: name.contains("flash"), is_lite: name.contains("flash-lite") }
    }

    /// Whether schemas may be JSON schemas as they are (`parametersJsonSchema`, `responseJsonSchema`):
    /// recorded for 2.5 to 3.6. Older ones and Gemma get the subset of the older fields (`parameters`, `responseSchema`).
    pub(super) fn takes_json_schema(self) -> bool {
        self.generation >= Generation::Gemini(2, 5)
    }

    /// Whether a call in history must bear a thought signature.
    pub(super) fn signs_calls(self) -> bool {
        self.generation >= Generation::Gemini(2, 5)
    }

    /// Whether an answer to a call may hold pictures itself; before, they follow it in a turn of the user.
    pub(super) fn takes_media_in_results(self) -> bool {
        self.generation >= Generation::Gemini(3, 0)
    }

    /// Whether there is a place for instructions beside the conversation: Gemma 3 has none.
    pub(super) fn takes_instructions(self) -> bool {
        self.generation > Generation::Gemma(3)
    }
}

/// `2.5-flash` is 2 and 5; `3-pro` is 3 and 0; `flash-latest` is none.
fn version(rest: &str) -> Option<(u32, u32)> {
    let digits = rest.split('-').next().unwrap_or_default();
    let (major, minor) = digits.split_once('.').unwrap_or((digits, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_generations() {
        for (id, generation) in [
            ("gemini-2.5-flash-lite-preview-06-17", Generation::Gemini(2, 5)),
            ("models/gemini-2.0-flash", Generation::Gemini(2, 0)),
            ("gemini-3-pro-preview", Generation::Gemini(3, 0)),
            ("gemini-3.8-flash", Generation::Gemini(3, 8)),
            ("gemini-flash-latest", Generation::Newest),
            ("gemma-4-31b-it", Generation::Gemma(4)),
            ("learnlm", Generation::Newest),
        ] {
            assert_eq!(Model::named(id).generation, generation, "{id}");
        }
        assert!(Model::named("gemini-flash-latest").takes_json_schema());
        assert!(!Model::named("gemma-4-31b-it").takes_json_schema());
        assert!(Model::named("gemma-4-31b-it").takes_instructions());
        assert!(!Model::named("gemma-3-27b-it").takes_instructions());
    }
}
