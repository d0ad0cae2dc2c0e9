//! From what a client sent to what serving it needs.
//!
//! What changes the meaning of an answer becomes a requirement; what only tunes it is noted as a parameter
//! and becomes a requirement only when the client says so (`require_parameters`).

use std::sync::Arc;
use std::time::Duration;

use crate::capability::{Feature, Features, Modalities, Modality, Parameter, Parameters};
use crate::embedding::EmbeddingRequest;
use crate::image::{ImageRequest, Wish};
use crate::request::{
    ChatRequest, Content, Format, Media, Part, Role, Routing, Sampling, Tool, ToolChoice,
};
use crate::requirements::{Bulk, Constraints, Picture, Priority, Requirements};
use crate::rerank::RerankRequest;
use crate::rights::Permit;

/// What the client asks of the router beside the body: in headers, or by configuration. Each wins over the
/// body where both speak.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Least quality, 0 to 1.
    pub min_quality: Option<f32>,
    /// Least context, in tokens.
    pub min_context: Option<u32>,
    /// Only providers that say they do not train on prompts.
    pub no_training: bool,
    /// How long the whole request may take.
    pub deadline: Option<Duration>,
    /// How long it may wait while nobody can serve it.
    pub wait: Option<Duration>,
    /// Whose turn it is when there is a queue.
    pub priority: Priority,
    /// Makes the draw repeatable.
    pub seed: Option<u64>,
    /// Keeps a conversation on one offer.
    pub session: Option<String>,
    /// Who asks: those who wait take turns by it.
    pub client: String,
    /// Only what these names mean, by the rights of whoever asks.
    pub permit: Option<Arc<Permit>>,
}

/// Tokens of many texts, estimated on the high side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BulkTokens {
    /// Of all together.
    pub all: u32,
    /// Of the longest, with what is read together with it.
    pub longest: u32,
}

impl Requirements {
    /// What serving `request` needs. `prompt_tokens` is the caller's estimate, on the high side.
    #[must_use]
    pub fn derive(request: &ChatRequest, prompt_tokens: u32, wishes: &Wishes) -> Self {
        let (input, remote) = inputs(request);
        let mut features = features(request);
        if remote {
            features.insert(Feature::RemoteImages);
        }
        let constraints = constraints(&request.routing, request.sampling.seed, wishes);
        if constraints.require_parameters && thinks(request) {
            features.insert(Feature::Reasoning);
        }
        Self {
            input,
            output: outputs(request),
            features,
            parameters: parameters(request),
            prompt_tokens,
            max_output: request.max_output.map(crate::request::MaxOutput::tokens),
            choices: request.choices.unwrap_or(1).max(1),
            bulk: None,
            picture: None,
            constraints,
        }
    }

    /// What making vectors of texts needs. `tokens` are the caller's estimates, on the high side.
    #[must_use]
    pub fn embedding(request: &EmbeddingRequest, tokens: BulkTokens, wishes: &Wishes) -> Self {
        let bulk = Bulk {
            texts: narrow(request.inputs.len()),
            longest: tokens.longest,
            dimensions: request.dimensions,
            divisible: true,
        };
        let parameters =
            if request.user.is_some() { Parameter::User.into() } else { Parameters::empty() };
        let constraints = constraints(&request.routing, None, wishes);
        Self { parameters, ..Self::in_bulk(Modality::Embedding, bulk, tokens.all, constraints) }
    }

    /// What putting texts in order needs. `tokens` are the caller's estimates, on the high side.
    #[must_use]
    pub fn rerank(request: &RerankRequest, tokens: BulkTokens, wishes: &Wishes) -> Self {
        let bulk = Bulk {
            texts: narrow(request.documents.len()),
            longest: tokens.longest,
            dimensions: None,
            divisible: false,
        };
        let constraints = constraints(&request.routing, None, wishes);
        Self::in_bulk(Modality::Score, bulk, tokens.all, constraints)
    }

    /// What making one picture needs: a request for several is gathered from several attempts, each counted by
    /// the one that it makes. `prompt_tokens` is the caller's estimate, on the high side.
    #[must_use]
    pub fn image(request: &ImageRequest, prompt_tokens: u32, wishes: &Wishes) -> Self {
        let edit = request.edit.as_ref();
        let mut input = Modalities::only(Modality::Text);
        if edit.is_some() {
            input.insert(Modality::Image);
        }
        let picture = Picture {
            characters: narrow(request.prompt.chars().count()),
            size: request.size,
            steps: request.steps,
            sources: edit.map_or(0, |edit| narrow(edit.sources.len())),
            masked: edit.is_some_and(|edit| edit.mask.is_some()),
        };
        Self {
            input,
            output: Modality::Image.into(),
            parameters: picture_parameters(request),
            prompt_tokens,
            picture: Some(picture),
            constraints: constraints(&request.routing, request.seed.map(u64::cast_signed), wishes),
            ..Self::plain()
        }
    }

    fn in_bulk(output: Modality, bulk: Bulk, prompt_tokens: u32, constraints: Constraints) -> Self {
        Self {
            output: output.into(),
            prompt_tokens,
            bulk: Some(bulk),
            constraints,
            ..Self::plain()
        }
    }

    /// What the plainest request for this kind of output needs. For views of the pool.
    #[must_use]
    pub fn plainest(output: Modality) -> Self {
        let one = Bulk { texts: 1, longest: 1, dimensions: None, divisible: true };
        match output {
            Modality::Embedding | Modality::Score => {
                Self::in_bulk(output, one, 1, Constraints::default())
            }
            Modality::Image => {
                let picture = Some(Picture::default());
                Self { output: output.into(), picture, ..Self::plain() }
            }
            _ => Self { output: output.into(), ..Self::plain() },
        }
    }

    /// What any plain chat needs: text in, text out, no prompt to speak of. For views of the pool.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            input: Modality::Text.into(),
            output: Modality::Text.into(),
            choices: 1,
            ..Self::default()
        }
    }
}

/// What was asked of a picture beside its prompt. `auto` asks for nothing.
fn picture_parameters(request: &ImageRequest) -> Parameters {
    let said = |word: &Option<String>| word.as_deref().is_some_and(|word| word != "auto");
    let sent = [
        (request.size != Wish::Auto, Parameter::Size),
        (said(&request.quality), Parameter::Quality),
        (said(&request.style), Parameter::Style),
        (said(&request.background), Parameter::Background),
        (request.negative.is_some(), Parameter::Negative),
        (request.steps.is_some(), Parameter::Steps),
        (request.guidance.is_some(), Parameter::Guidance),
        (request.seed.is_some(), Parameter::Seed),
        (request.user.is_some(), Parameter::User),
    ];
    sent.into_iter().filter_map(|(is_sent, parameter)| is_sent.then_some(parameter)).collect()
}

fn inputs(request: &ChatRequest) -> (Modalities, bool) {
    let mut input = Modalities::only(Modality::Text);
    let mut remote = false;
    for message in &request.messages {
        let Content::Parts(parts) = &message.content else { continue };
        for part in parts {
            match part {
                Part::Image { media, .. } => {
                    input.insert(Modality::Image);
                    remote |= matches!(media, Media::Remote(_));
                }
                Part::Video { media, .. } => {
                    input.insert(Modality::Video);
                    remote |= matches!(media, Media::Remote(_));
                }
                Part::Audio { .. } => {
                    input.insert(Modality::Audio);
                }
                Part::File { .. } => {
                    input.insert(Modality::File);
                }
                Part::Text { .. } | Part::Refusal(_) | Part::Other(_) => {}
            }
        }
    }
    (input, remote)
}

/// Kinds of output asked for; words that nobody knows ask for nothing.
fn outputs(request: &ChatRequest) -> Modalities {
    let asked: Modalities =
        request.modalities.iter().flatten().filter_map(|word| Modality::from_word(word)).collect();
    if asked.is_empty() { Modality::Text.into() } else { asked }
}

fn features(request: &ChatRequest) -> Features {
    let mut features = Features::empty();
    if uses_tools(request) {
        features.insert(Feature::Tools);
    }
    if forces_tool(request) {
        features.insert(Feature::ForcedTool);
    }
    match request.format {
        Some(Format::JsonObject) => features |= Feature::JsonObject,
        Some(Format::JsonSchema(_)) => features |= Feature::JsonSchema,
        Some(Format::Text | Format::Other(_)) | None => {}
    }
    if !request.tools.is_empty()
        && matches!(request.format, Some(Format::JsonObject | Format::JsonSchema(_)))
    {
        features.insert(Feature::JsonWithTools);
    }
    if request.logprobs == Some(true) || request.top_logprobs.is_some_and(|count| count > 0) {
        features.insert(Feature::Logprobs);
    }
    if request.choices.is_some_and(|count| count > 1) {
        features.insert(Feature::Choices);
    }
    features
}

/// Tools described now, or called earlier in the conversation: a model without them refuses both.
fn uses_tools(request: &ChatRequest) -> bool {
    !request.tools.is_empty()
        || request.messages.iter().any(|message| {
            !message.tool_calls.is_empty() || matches!(message.role, Role::Tool | Role::Function)
        })
}

fn forces_tool(request: &ChatRequest) -> bool {
    !request.tools.is_empty()
        && matches!(
            request.tool_choice,
            Some(ToolChoice::Required | ToolChoice::Function(_) | ToolChoice::Other(_))
        )
}

fn thinks(request: &ChatRequest) -> bool {
    request.reasoning.as_ref().is_some_and(|reasoning| {
        reasoning.enabled != Some(false) && reasoning.effort.as_deref() != Some("none")
    })
}

fn parameters(request: &ChatRequest) -> Parameters {
    let mut sent = sampling(&request.sampling);
    let others = [
        (request.stop.is_some(), Parameter::Stop),
        (request.max_output.is_some(), Parameter::MaxTokens),
        (request.parallel_tool_calls.is_some(), Parameter::ParallelToolCalls),
        (request.reasoning.is_some(), Parameter::ReasoningEffort),
        (request.user.is_some(), Parameter::User),
        (request.messages.iter().any(|message| message.name.is_some()), Parameter::MessageName),
        (request.tools.iter().any(is_strict), Parameter::ToolStrict),
    ];
    sent.extend(others.into_iter().filter_map(|(is_sent, parameter)| is_sent.then_some(parameter)));
    sent.extend(request.extra.iter().filter_map(|(name, _)| extra_parameter(name)));
    sent
}

fn sampling(sampling: &Sampling) -> Parameters {
    [
        (sampling.temperature.is_some(), Parameter::Temperature),
        (sampling.top_p.is_some(), Parameter::TopP),
        (sampling.top_k.is_some(), Parameter::TopK),
        (sampling.min_p.is_some(), Parameter::MinP),
        (sampling.top_a.is_some(), Parameter::TopA),
        (sampling.frequency_penalty.is_some(), Parameter::FrequencyPenalty),
        (sampling.presence_penalty.is_some(), Parameter::PresencePenalty),
        (sampling.repetition_penalty.is_some(), Parameter::RepetitionPenalty),
        (sampling.seed.is_some(), Parameter::Seed),
        (sampling.logit_bias.is_some(), Parameter::LogitBias),
    ]
    .into_iter()
    .filter_map(|(is_sent, parameter)| is_sent.then_some(parameter))
    .collect()
}

const fn is_strict(tool: &Tool) -> bool {
    matches!(tool, Tool::Function { strict: Some(true), .. })
}

/// What a field is that travels unread; none where it is one dialect's own, for its providers alone.
fn extra_parameter(name: &str) -> Option<Parameter> {
    match name {
        "verbosity" => Some(Parameter::Verbosity),
        "store" | "metadata" | "service_tier" | "prediction" | "prompt_cache_key"
        | "safety_identifier" => Some(Parameter::Bookkeeping),
        own if own.contains(':') => None,
        _ => Some(Parameter::Other),
    }
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn constraints(routing: &Routing, seed: Option<i64>, wishes: &Wishes) -> Constraints {
    let Routing { only, ignore, order, allow_fallbacks, require_parameters, .. } = routing;
    Constraints {
        only: only.clone(),
        ignore: ignore.clone(),
        order: order.clone(),
        sort: routing.sort,
        no_fallbacks: *allow_fallbacks == Some(false),
        require_parameters: *require_parameters == Some(true),
        no_training: wishes.no_training || routing.deny_training,
        min_quality: wishes.min_quality,
        min_context: wishes.min_context,
        deadline: wishes.deadline,
        wait: wishes.wait,
        priority: wishes.priority,
        client: wishes.client.clone(),
        session: wishes.session.clone().or_else(|| routing.session.clone()),
        seed: wishes.seed.or_else(|| seed.map(i64::cast_unsigned)),
        permit: wishes.permit.clone(),
    }
}

#[cfg(test)]
mod tests;
