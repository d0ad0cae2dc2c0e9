//! What a quirk does to a request, and to which part of it.

use potluck_core::request::{ChatRequest, Reasoning, Routing};

use super::Quirk;
use crate::dialect::Target;

/// The part of a request that a rule rewrites. A part that no rule rewrites goes on as its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The conversation.
    Messages,
    /// The tools.
    Tools,
    /// Anything but these two: small, and always written anew.
    Fields,
    /// All of it.
    Everything,
}

/// One quirk's function.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    /// What it rewrites.
    pub(crate) part: Part,
    /// Whether it would change anything in this request's messages or tools, or, for the other fields,
    /// whether it might.
    pub(crate) touches: fn(&ChatRequest) -> bool,
    /// Does it.
    pub(crate) apply: fn(&mut Draft<'_>),
}

/// A request on its way to a provider.
pub(crate) struct Draft<'a> {
    /// As it will be written. Its messages and tools may have been left out where no rule rewrites them.
    pub(crate) request: ChatRequest,
    /// As it was asked.
    pub(crate) asked: &'a ChatRequest,
    /// Where it goes.
    pub(crate) target: &'a Target<'a>,
    /// What was left out, by the names that clients use.
    pub(crate) dropped: Vec<String>,
}

/// The most names of what was left out.
const MOST: usize = 32;
/// The longest name that is told.
const LONGEST: usize = 64;

impl Rule {
    /// A rule for the small fields.
    pub(crate) const fn fields(apply: fn(&mut Draft<'_>)) -> Self {
        Self { part: Part::Fields, touches: |_| true, apply }
    }
}

impl<'a> Draft<'a> {
    /// A request as it was asked, without the two parts that are large: its messages and its tools.
    pub(crate) fn new(asked: &'a ChatRequest, target: &'a Target<'a>) -> Self {
        Self { request: small(asked), asked, target, dropped: Vec::new() }
    }

    /// Applies the quirks in their order.
    pub(crate) fn apply(&mut self) {
        for rule in self.target.quirks.iter().filter_map(Quirk::rule) {
            (rule.apply)(self);
        }
    }

    /// Names a parameter that was asked for and is left out; `value` is taken away.
    pub(crate) fn drop_field<T>(
        &mut self,
        name: &str,
        field: impl FnOnce(&mut ChatRequest) -> &mut Option<T>,
    ) {
        if field(&mut self.request).take().is_some() {
            self.name(name);
        }
    }

    /// Names what was left out, once. The names go into a header, and some were made up by the client:
    /// only so many are named, and only those that are words.
    pub(crate) fn name(&mut self, name: &str) {
        let name = own_name(name);
        let is_word = name.len() <= LONGEST
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        let name = if is_word { name } else { "unnamed" };
        if self.dropped.len() < MOST && !self.dropped.iter().any(|dropped| dropped == name) {
            self.dropped.push(name.to_owned());
        }
    }
}

/// A field's own name, without the mark of the one dialect that keeps it for its own providers.
pub(crate) fn own_name(key: &str) -> &str {
    key.rsplit_once(':').map_or(key, |(_, name)| name)
}

/// Everything but the two parts that are large.
fn small(request: &ChatRequest) -> ChatRequest {
    ChatRequest {
        models: Vec::new(),
        messages: Vec::new(),
        tools: Vec::new(),
        tool_choice: request.tool_choice.clone(),
        parallel_tool_calls: request.parallel_tool_calls,
        format: request.format.clone(),
        sampling: request.sampling.clone(),
        max_output: request.max_output,
        // A word unless a quirk asks for the object.
        reasoning: request.reasoning.clone().map(|how| Reasoning { as_object: false, ..how }),
        choices: request.choices,
        stop: request.stop.clone(),
        logprobs: request.logprobs,
        top_logprobs: request.top_logprobs,
        stream: request.stream,
        include_usage: request.include_usage,
        stream_extra: request.stream_extra.clone(),
        user: request.user.clone(),
        modalities: request.modalities.clone(),
        routing: Routing::default(),
        extra: request.extra.clone(),
        reshaped: request.reshaped,
        dropped: Vec::new(),
    }
}
