//! What quirks take from a model's abilities, and what follows from the abilities that it has.

use potluck_core::capability::{Feature, Features, Modalities, Modality, Parameter, Parameters};

/// The features of a model, after its quirks.
///
/// Files list only what somebody saw. Two abilities follow: who calls tools can be told which, and who
/// takes pictures fetches them, unless a quirk says otherwise.
pub(super) fn features(listed: Features, input: Modalities, quirks: &[&str]) -> Features {
    let mut features = listed;
    if listed.contains(Feature::Tools) {
        features.insert(Feature::ForcedTool);
    }
    if input.contains(Modality::Image) {
        features.insert(Feature::RemoteImages);
    }
    if quirks.contains(&"json_schema_only") && listed.contains(Feature::JsonSchema) {
        features.insert(Feature::JsonObject);
    }
    for quirk in quirks {
        features.remove_all(lost(quirk));
    }
    features
}

/// The parameters that are left out.
pub(super) fn drops(quirks: &[&str]) -> Parameters {
    quirks.iter().map(|quirk| dropped(quirk)).fold(Parameters::empty(), |all, more| all | more)
}

fn lost(quirk: &str) -> Features {
    match quirk {
        "no_tool_choice" | "tool_choice_auto_only" => Feature::ForcedTool.into(),
        "parallel_tool_calls_false" => Feature::ParallelTools.into(),
        "no_response_format" => Feature::JsonObject | Feature::JsonSchema,
        "json_object_only" => Feature::JsonSchema.into(),
        "no_logprobs" => Feature::Logprobs.into(),
        "no_n" => Feature::Choices.into(),
        "images_inline_only" => Feature::RemoteImages.into(),
        _ => Features::empty(),
    }
}

fn dropped(quirk: &str) -> Parameters {
    match quirk {
        "no_seed" => Parameter::Seed.into(),
        "no_stop" => Parameter::Stop.into(),
        "no_penalties" => Parameter::FrequencyPenalty | Parameter::PresencePenalty,
        "no_logit_bias" => Parameter::LogitBias.into(),
        "no_top_k" => Parameter::TopK.into(),
        "no_min_p" => Parameter::MinP.into(),
        "no_sampling" => {
            Parameter::Temperature
                | Parameter::TopP
                | Parameter::TopK
                | Parameter::MinP
                | Parameter::TopA
        }
        "no_parallel_tool_calls" | "parallel_tool_calls_false" => {
            Parameter::ParallelToolCalls.into()
        }
        "no_reasoning_effort" => Parameter::ReasoningEffort.into(),
        "no_user" => Parameter::User.into(),
        "no_store_metadata" => Parameter::Bookkeeping | Parameter::Verbosity,
        "no_message_name" => Parameter::MessageName.into(),
        "no_tool_strict" | "plain_tool_schema" => Parameter::ToolStrict.into(),
        _ => Parameters::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_can_be_forced_unless_a_quirk_says_otherwise() {
        let tools = Feature::Tools.into();
        let text = Modality::Text.into();
        assert!(features(tools, text, &[]).contains(Feature::ForcedTool));
        assert!(!features(tools, text, &["tool_choice_auto_only"]).contains(Feature::ForcedTool));
        assert!(!features(Features::empty(), text, &[]).contains(Feature::ForcedTool));
    }

    #[test]
    fn json_quirks_take_and_give() {
        let both = Feature::JsonObject | Feature::JsonSchema;
        let text = Modality::Text.into();
        assert_eq!(features(both, text, &["json_object_only"]), Feature::JsonObject);
        assert_eq!(features(both, text, &["no_response_format"]), Features::empty());
        assert_eq!(features(Feature::JsonSchema.into(), text, &["json_schema_only"]), both);
    }

    #[test]
    fn dropped_parameters_add_up() {
        let dropped = drops(&["no_top_k", "no_min_p", "developer_to_system"]);
        assert_eq!(dropped, Parameter::TopK | Parameter::MinP);
    }
}
