//! Between a whole answer and its events: for providers that stream when they should not, or the reverse.

use potluck_core::Sealed;
use potluck_core::request::ToolCall;
use potluck_core::response::{ChatResponse, Choice, StreamEvent};

use crate::BadAnswer;
use crate::openai_chat::SOURCES;

/// Events as the whole answer that they are.
///
/// # Errors
/// One of them is an error, or there is no answer in them.
pub(crate) fn fold(events: Vec<StreamEvent>) -> Result<ChatResponse, BadAnswer> {
    let mut fold = Fold::default();
    for event in events {
        fold.add(event);
    }
    fold.finish()
}

/// Adds events up to a whole answer.
#[derive(Debug, Default)]
struct Fold {
    response: ChatResponse,
    /// Lists that come in pieces: of which choice, which list, and the items so far.
    lists: Vec<(u32, List, String)>,
    failed: Option<BadAnswer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Details,
    Images,
    Annotations,
}

impl Fold {
    /// Adds the next event.
    fn add(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Start { id, created, model, fingerprint } => {
                let response = &mut self.response;
                (response.id, response.created) = (id, created);
                (response.model, response.fingerprint) = (model, fingerprint);
            }
            StreamEvent::Extra(fields) => {
                let extra = &mut self.response.extra;
                extra.retain(|(key, _)| fields.iter().all(|(field, _)| field != key));
                extra.extend(fields);
            }
            StreamEvent::Usage(usage) => self.response.usage = Some(usage),
            StreamEvent::Error(error) => self.failed = Some(BadAnswer::ErrorInside(error)),
            StreamEvent::Done => {}
            StreamEvent::Text { choice, text } => {
                self.choice(choice).reply.text.get_or_insert_default().push_str(&text);
            }
            StreamEvent::Reasoning { choice, text } => {
                self.choice(choice).reply.reasoning.get_or_insert_default().push_str(&text);
            }
            StreamEvent::Refusal { choice, text } => {
                self.choice(choice).reply.refusal.get_or_insert_default().push_str(&text);
            }
            StreamEvent::ReasoningDetails { choice, details } => {
                self.join(choice, List::Details, &details);
            }
            StreamEvent::Images { choice, images } => {
                self.join(choice, List::Images, &images);
            }
            StreamEvent::Annotations { choice, annotations } => {
                self.join(choice, List::Annotations, &annotations);
            }
            StreamEvent::Audio { choice, audio } => self.choice(choice).reply.audio = Some(audio),
            StreamEvent::Logprobs { choice, logprobs } => {
                self.choice(choice).logprobs.get_or_insert(logprobs);
            }
            StreamEvent::Finish { choice, reason } => self.choice(choice).finish = Some(reason),
            StreamEvent::ToolCall { choice, index, id, name, arguments, extra } => {
                let calls = &mut self.choice(choice).reply.tool_calls;
                let at = (index as usize).min(calls.len());
                if at == calls.len() {
                    let (id, name) = (id.unwrap_or_default(), name.unwrap_or_default());
                    calls.push(ToolCall { id, name, arguments, extra });
                } else {
                    calls[at].arguments.push_str(&arguments);
                    calls[at].extra.extend(extra);
                }
            }
        }
    }

    /// The whole answer.
    fn finish(mut self) -> Result<ChatResponse, BadAnswer> {
        for (choice, list, items) in std::mem::take(&mut self.lists) {
            let reply = &mut self.choice(choice).reply;
            let slot = match list {
                List::Details => &mut reply.reasoning_details,
                List::Images => &mut reply.images,
                List::Annotations => &mut reply.annotations,
            };
            *slot = Some(Sealed::from_json(format!("[{items}]")));
        }
        match self.failed {
            Some(failed) => Err(failed),
            None if self.response.choices.is_empty() => Err(BadAnswer::Empty),
            None => Ok(self.response),
        }
    }

    fn join(&mut self, choice: u32, list: List, more: &Sealed) {
        let more = more.as_json().trim();
        let items = more.strip_prefix('[').and_then(|more| more.strip_suffix(']')).unwrap_or(more);
        match self.lists.iter_mut().find(|(of, is, _)| (*of, *is) == (choice, list)) {
            Some((.., joined)) => {
                joined.push(',');
                joined.push_str(items);
            }
            None => self.lists.push((choice, list, items.to_owned())),
        }
    }

    fn choice(&mut self, index: u32) -> &mut Choice {
        let choices = &mut self.response.choices;
        let at = choices.iter().position(|choice| choice.index == index).unwrap_or_else(|| {
            choices.push(Choice { index, ..Choice::default() });
            choices.len() - 1
        });
        &mut choices[at]
    }
}

/// The events of a whole answer, as if it had been streamed at once.
pub(crate) fn unfold(response: ChatResponse, events: &mut Vec<StreamEvent>) {
    let ChatResponse { id, created, model, fingerprint, choices, usage, mut extra } = response;
    events.push(StreamEvent::Start { id, created, model, fingerprint });
    for choice in choices {
        unfold_choice(choice, events);
    }
    // The rest of a whole answer has no place in a stream.
    extra.retain(|(key, _)| SOURCES.contains(&&**key));
    if !extra.is_empty() {
        events.push(StreamEvent::Extra(extra));
    }
    events.extend(usage.map(StreamEvent::Usage));
    events.push(StreamEvent::Done);
}

fn unfold_choice(answer: Choice, events: &mut Vec<StreamEvent>) {
    let (choice, reply) = (answer.index, answer.reply);
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    events.extend(
        reply.reasoning_details.map(|details| StreamEvent::ReasoningDetails { choice, details }),
    );
    events.extend(some(reply.reasoning).map(|text| StreamEvent::Reasoning { choice, text }));
    events.extend(answer.logprobs.map(|logprobs| StreamEvent::Logprobs { choice, logprobs }));
    events.extend(some(reply.text).map(|text| StreamEvent::Text { choice, text }));
    events.extend(some(reply.refusal).map(|text| StreamEvent::Refusal { choice, text }));
    for (index, call) in reply.tool_calls.into_iter().enumerate() {
        events.push(StreamEvent::ToolCall {
            choice,
            index: u32::try_from(index).unwrap_or(u32::MAX),
            id: Some(call.id),
            name: Some(call.name),
            arguments: call.arguments,
            extra: call.extra,
        });
    }
    events.extend(reply.images.map(|images| StreamEvent::Images { choice, images }));
    events.extend(reply.audio.map(|audio| StreamEvent::Audio { choice, audio }));
    events.extend(
        reply.annotations.map(|annotations| StreamEvent::Annotations { choice, annotations }),
    );
    events.extend(answer.finish.map(|reason| StreamEvent::Finish { choice, reason }));
}
