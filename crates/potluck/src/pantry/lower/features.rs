//! What follows from the abilities that a file lists, and what its quirks take away.

use potluck_core::capability::{Feature, Features, Modalities, Modality};
use potluck_dialect::quirk::{Quirk, Quirks, lacks};

/// The features of a model, after its quirks.
///
/// Files list only what somebody saw. Three abilities follow: who calls tools can be told which, who takes
/// pictures fetches them, and who calls tools and answers with JSON does both in one request, unless a quirk
/// says otherwise.
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
    let json = features & (Feature::JsonObject | Feature::JsonSchema);
    if listed.contains(Feature::Tools) && !json.is_empty() {
        features.insert(Feature::JsonWithTools);
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
    fn tools_and_json_go_together_unless_a_quirk_says_otherwise() {
        let text = Modality::Text.into();
        let together = |listed: Features, quirks| {
            features(listed, text, quirks).contains(Feature::JsonWithTools)
        };
        let both = Feature::Tools | Feature::JsonSchema;
        assert!(together(both, Quirks::empty()));
        assert!(!together(both, Quirk::NoJsonWithTools.into()));
        assert!(!together(Feature::Tools.into(), Quirks::empty()));
        assert!(!together(Feature::JsonObject.into(), Quirks::empty()));
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
