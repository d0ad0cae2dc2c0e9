//! A chat answer as a client sees it, whole or as a stream. Commands use it for what they show; it is
//! deliberately no reader of dialects: it takes only what OpenAI's shape says.

use std::time::Duration;

use potluck_dialect::sse::{Decoder, TooLong};
use serde::Serialize;
use serde_json::Value;

use super::call::Reply;
use super::failure::Failure;
use crate::clock::{Clock, Mark};

/// What came back, once it is complete.
#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
    /// `provider/model` of the one that served.
    pub(super) model: String,
    /// The words.
    pub(super) content: String,
    /// The thoughts, where there were any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) reasoning: String,
    /// The names of the tools that it called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tools: Vec<String>,
    /// Why it ended.
    pub(super) finish_reason: Option<String>,
    /// What it cost, as told.
    pub(super) usage: Option<Value>,
    /// How many offers were tried.
    pub(super) attempts: Option<u64>,
    /// What was dropped on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dropped: Option<String>,
    /// Milliseconds to the first word; that of a whole answer is its end.
    pub(super) first_word_ms: u64,
    /// Milliseconds to the end.
    pub(super) total_ms: u64,
}

/// A piece of an answer while it streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Words.
    Words(&'a str),
    /// Thoughts.
    Thoughts(&'a str),
}

/// Reads a whole answer.
pub(super) async fn whole(reply: Reply, asked: Mark) -> Result<Answer, Failure> {
    let mut answer = Answer::of(&reply);
    let body: Value = reply.json().await?;
    answer.take(&body, "message", &mut |_| Ok(()))?;
    answer.end(asked);
    answer.first_word_ms = answer.total_ms;
    Ok(answer)
}

/// Reads a stream, and hands over each piece as it comes.
pub(super) async fn streamed(
    mut reply: Reply,
    asked: Mark,
    mut show: impl FnMut(Piece<'_>) -> Result<(), Failure>,
) -> Result<Answer, Failure> {
    let mut answer = Answer::of(&reply);
    let mut decoder = Decoder::default();
    let mut first = None;
    while let Some(bytes) = reply.piece().await? {
        decoder.push(&bytes, |event| {
            answer.take_event(&event.data, &mut |piece| {
                first.get_or_insert_with(|| asked.elapsed());
                show(piece)
            })
        })?;
    }
    answer.end(asked);
    answer.first_word_ms = millis(first.unwrap_or_else(|| asked.elapsed()));
    Ok(answer)
}

/// Begins to measure.
pub(super) fn asked() -> Mark {
    Clock.mark()
}

type Show<'s> = dyn FnMut(Piece<'_>) -> Result<(), Failure> + 's;

// === impl Answer ===

impl Answer {
    fn of(reply: &Reply) -> Self {
        Self {
            model: reply.header("x-potluck-offer").unwrap_or_default().to_owned(),
            attempts: reply.header("x-potluck-attempts").and_then(|count| count.parse().ok()),
            dropped: reply.header("x-potluck-dropped").map(str::to_owned),
            ..Self::default()
        }
    }

    fn take_event(&mut self, data: &str, show: &mut Show<'_>) -> Result<(), Failure> {
        if data == "[DONE]" {
            return Ok(());
        }
        let Ok(chunk) = serde_json::from_str(data) else {
            return Err(anyhow::anyhow!("the router sent an event that is no JSON").into());
        };
        self.take(&chunk, "delta", show)
    }

    /// Takes in a chunk or a whole body: the first choice of it.
    fn take(&mut self, chunk: &Value, inside: &str, show: &mut Show<'_>) -> Result<(), Failure> {
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            return Err(failure(error));
        }
        if let Some(model) = text(&chunk["model"]) {
            model.clone_into(&mut self.model);
        }
        if chunk["usage"].is_object() {
            self.usage = Some(chunk["usage"].clone());
        }
        let choice = &chunk["choices"][0];
        self.take_words(&choice[inside], show)?;
        if let Some(reason) = text(&choice["finish_reason"]) {
            self.finish_reason = Some(reason.to_owned());
        }
        Ok(())
    }

    fn take_words(&mut self, said: &Value, show: &mut Show<'_>) -> Result<(), Failure> {
        if let Some(thoughts) =
            text(&said["reasoning"]).or_else(|| text(&said["reasoning_content"]))
        {
            self.reasoning.push_str(thoughts);
            show(Piece::Thoughts(thoughts))?;
        }
        for words in [&said["content"], &said["refusal"]].into_iter().filter_map(text) {
            self.content.push_str(words);
            show(Piece::Words(words))?;
        }
        let calls = said["tool_calls"].as_array().into_iter().flatten();
        for name in calls.filter_map(|call| text(&call["function"]["name"])) {
            self.tools.push(name.to_owned());
            show(Piece::Words(""))?;
        }
        Ok(())
    }

    fn end(&mut self, asked: Mark) {
        self.total_ms = millis(asked.elapsed());
    }

    /// Who answered and how, in one line.
    pub(super) fn by_line(&self) -> String {
        let mut line = self.model.clone();
        if let Some(attempts) = self.attempts.filter(|attempts| *attempts > 1) {
            line.push_str(&format!(" after {attempts} attempts"));
        }
        line.push_str(&format!(", first word after {}", seconds(self.first_word_ms)));
        if let Some(tokens) =
            self.usage.as_ref().and_then(|usage| usage["completion_tokens"].as_u64())
        {
            line.push_str(&format!(", {tokens} tokens in {}", seconds(self.total_ms)));
        }
        if let Some(dropped) = &self.dropped {
            line.push_str(&format!(", without {dropped}"));
        }
        line
    }
}

impl From<TooLong> for Failure {
    fn from(error: TooLong) -> Self {
        Self::Other(error.into())
    }
}

fn failure(error: &Value) -> Failure {
    let status = error["code"].as_u64().or_else(|| error["status"].as_u64());
    let message = text(&error["message"]).unwrap_or("the answer broke off");
    Failure::Refused {
        status: status.and_then(|status| u16::try_from(status).ok()).unwrap_or(502),
        message: message.to_owned(),
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn seconds(millis: u64) -> String {
    format!("{}.{:02} s", millis / 1000, millis % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(events: &[&str]) -> (Answer, String, Option<Failure>) {
        let mut answer = Answer::default();
        let mut shown = String::new();
        for event in events {
            let taken = answer.take_event(event, &mut |piece| {
                match piece {
                    Piece::Words(words) => shown.push_str(words),
                    Piece::Thoughts(thoughts) => shown.push_str(&format!("({thoughts})")),
                }
                Ok(())
            });
            if let Err(failure) = taken {
                return (answer, shown, Some(failure));
            }
        }
        (answer, shown, None)
    }

    #[test]
    fn a_stream_is_put_together() {
        let (answer, shown, failure) = events(&[
            r#"{"model":"p/m","choices":[{"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"model":"p/m","choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}"#,
            r#"{"model":"p/m","choices":[{"delta":{"content":"Hel"}}]}"#,
            r#"{"model":"p/m","choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}"#,
            r#"{"model":"p/m","choices":[],"usage":{"completion_tokens":2}}"#,
            "[DONE]",
        ]);
        assert!(failure.is_none());
        assert_eq!((shown.as_str(), answer.content.as_str()), ("(hm)Hello", "Hello"));
        assert_eq!((answer.model.as_str(), answer.finish_reason.as_deref()), ("p/m", Some("stop")));
        assert!(answer.by_line().contains("2 tokens"));
    }

    #[test]
    fn an_error_inside_a_stream_is_a_failure() {
        let (_, shown, failure) = events(&[
            r#"{"choices":[{"delta":{"content":"Hel"}}]}"#,
            r#"{"error":{"message":"cut","code":"stream_cut"},"choices":[{"finish_reason":"error"}]}"#,
        ]);
        assert_eq!(shown, "Hel");
        assert_eq!(failure.and_then(|it| it.message()), Some("cut (HTTP 502)".to_owned()));
    }

    #[test]
    fn tools_are_named_once() {
        let (answer, _, _) = events(&[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"weather","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]}"#,
        ]);
        assert_eq!(answer.tools, ["weather"]);
    }
}
