//! Every recorded exchange of OpenAI's completions: requests through the reader, and what answers say through the
//! writer.

use potluck_core::request::{ChatRequest, Content};
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply};
use potluck_dialect::{Client, Echo, Recipient, Stamp};
use potluck_testkit::recordings::{self, RecordedBody, Recording};
use serde_json::Value;

use crate::check_each;

/// Requests that are refused, with the reason.
const EXCEPTIONS: &[(&str, &str)] =
    &[("portkey/001-", "names a prompt that is kept, in a dialect of its own")];

fn recorded(test: &str) -> Option<Vec<Recording>> {
    let all = recordings::load().unwrap().or_skip(test)?;
    Some(all.into_iter().filter(|recording| recording.dialect == "openai-completions").collect())
}

#[test]
fn recorded_completions_are_read() {
    let Some(recordings) = recorded("recorded_completions_are_read") else { return };
    check_each("completions' requests", recordings.iter(), EXCEPTIONS, |recording| {
        let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
        let read = Client::Completions.read_request(&recording.request.body);
        let request = read.map_err(|refusal| refusal.message)?.request;
        let prompt = sent["prompt"].as_str().or(sent["prompt"][0].as_str());
        let last = request.messages.last().map(|message| message.content.clone());
        if last != prompt.map(|text| Content::Text(text.to_owned())) {
            return Err(format!("the prompt became {last:?}"));
        }
        let same = request.sampling.temperature == sent["temperature"].as_f64()
            && request.max_output.map(|most| u64::from(most.tokens()))
                == sent["max_tokens"].as_u64()
            && request.stream == sent["stream"].as_bool();
        if same { Ok(()) } else { Err(format!("{request:?}")) }
    });
}

#[test]
fn recorded_completions_are_written_with_all_their_fields() {
    let Some(recordings) = recorded("recorded_completions_are_written_with_all_their_fields")
    else {
        return;
    };
    let own = |recording: &&Recording| {
        recording.provider == "openai" && matches!(recording.response.body, RecordedBody::Json(_))
    };
    check_each("completions' answers", recordings.iter().filter(own), &[], |recording| {
        let body: Value = serde_json::from_slice(recording.response.body.bytes()).unwrap();
        let choice = &body["choices"][0];
        let finish = match choice["finish_reason"].as_str() {
            Some("length") => FinishReason::Length,
            _ => FinishReason::Stop,
        };
        let text = choice["text"].as_str().map(str::to_owned);
        let reply = Reply { text, ..Reply::default() };
        let choices = vec![Choice { reply, finish: Some(finish), ..Choice::default() }];
        let (request, echo) = (ChatRequest::default(), Echo::Nothing);
        let stamp = Stamp { id: "gen-1".to_owned(), created: 1, model: "p/m".to_owned() };
        let recipient =
            Recipient { client: Client::Completions, stamp, request: &request, echo: &echo };
        let answer = ChatResponse { choices, ..ChatResponse::default() };
        let written: Value = serde_json::from_slice(&recipient.write_response(&answer)).unwrap();
        let missing = |key: &&String| written.get(key.as_str()).is_none() && *key != "usage";
        if let Some(missing) = body.as_object().unwrap().keys().find(missing) {
            return Err(format!("no {missing}"));
        }
        if written["choices"][0] == *choice {
            Ok(())
        } else {
            Err(written["choices"][0].to_string())
        }
    });
}
