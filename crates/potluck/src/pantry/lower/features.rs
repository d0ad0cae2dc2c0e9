//! What follows from the abilities that a file lists, and what its quirks take away.

use potluck_core::capability::{Feature, Features, Modalities, Modality};
use potluck_dialect::quirk::{Quirk, Quirks, lacks};

/// The features of a model, after its quirks.
///
/// Files list only what somebody saw. Two abilities follow: who calls tools can be told which, and who
/// takes pictures fetches them, unless a quirk says otherwise.
pub(super) fn features(listed: Features, input: Modalities, quirks: Quirks) -> Features {
    let mut features = listed;
    if listed.contains(Feature::Tools) {
        features.insert(Feature::ForcedTool);
    }
    if input.contains(Modality::Image) {
        features.insert(Feature::RemoteImages);
    }
    if quirks.contains(Quirk::JsonSchemaOnly) && listed.contains(Feature::JsonSchema) {
        features.insert(Feature::JsonObject);
    }
    features - lacks(quirks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_can_be_forced_unless_a_quirk_says_otherwise() {
        let (tools, text) = (Feature::Tools.into(), Modality::Text.into());
        let forced = |listed, quirks| features(listed, text, quirks).contains(Feature::ForcedTool);
        assert!(forced(tools, Quirks::empty()));
        assert!(!forced(tools, Quirk::ToolChoiceAutoOnly.into()));
        assert!(!forced(Features::empty(), Quirks::empty()));
    }

    #[test]
    fn pictures_are_fetched_unless_a_quirk_says_otherwise() {
        let both = Modality::Text | Modality::Image;
        let fetched =
            |quirks| features(Features::empty(), both, quirks).contains(Feature::RemoteImages);
        assert!(fetched(Quirks::empty()));
        assert!(!fetched(Quirk::ImagesInlineOnly.into()));
    }

    #[test]
    fn json_quirks_take_and_give() {
        let both = Feature::JsonObject | Feature::JsonSchema;
        let text = Modality::Text.into();
        let after = |listed, quirk: Quirk| features(listed, text, quirk.into());
        assert_eq!(after(both, Quirk::JsonObjectOnly), Feature::JsonObject);
        assert_eq!(after(both, Quirk::NoResponseFormat), Features::empty());
        assert_eq!(after(Feature::JsonSchema.into(), Quirk::JsonSchemaOnly), both);
    }
}
