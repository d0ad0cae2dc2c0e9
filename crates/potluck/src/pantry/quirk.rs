//! The names of quirks, as the files write them.
//!
//! What a quirk does is in the dialects' crate; here it is only a word that must be known.

use potluck_dialect::quirk::Quirk;

use super::word::Word;

impl Word for Quirk {
    const WHAT: &'static str = "quirk";

    fn all() -> Vec<(&'static str, Self)> {
        Self::all().iter().map(|quirk| (quirk.word(), quirk)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_is_documented() {
        let documentation = include_str!("../../../../docs/providers.md");
        for quirk in Quirk::all().iter().map(Quirk::word) {
            assert!(
                documentation.contains(&format!("`{quirk}`")),
                "docs/providers.md lacks {quirk}"
            );
        }
    }
}
