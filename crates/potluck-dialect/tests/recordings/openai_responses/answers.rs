//! Whole answers, told in the middle's shapes and written anew.

use potluck_core::request::ChatRequest;
use potluck_dialect::Echo;
use potluck_testkit::recordings::RecordedBody;
use serde_json::Value;

use super::{reading, recipient, recorded, said};
use crate::check_each;

/// Answers that say something else when they are written anew, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// What repeats the request, which is empty here: left out then, as OpenAI's published schema allows only words there
/// (its answers have null).
const UNSAID: [&str; 3] = ["prompt_cache_key", "safety_identifier", "user"];

#[test]
fn whole_answers_say_what_they_said() {
    let Some(recordings) = recorded("whole_answers_say_what_they_said") else { return };
    let whole = recordings.iter().filter(|recording| {
        recording.response.status == 200 && matches!(recording.response.body, RecordedBody::Json(_))
    });
    check_each("responses' answers", whole, EXCEPTIONS, |recording| {
        let body: Value = serde_json::from_slice(recording.response.body.bytes()).unwrap();
        let (request, echo) = (ChatRequest::default(), Echo::Nothing);
        let written = recipient(&request, &echo).write_response(&reading::whole(&body));
        let written: Value = serde_json::from_slice(&written).unwrap();
        let (before, after) = (said(&body["output"]), said(&written["output"]));
        if before != after {
            return Err(format!("{before:?} became {after:?}"));
        }
        let missing =
            body.as_object().unwrap().keys().filter(|key| written.get(key.as_str()).is_none());
        let is_unsaid = |key: &str| UNSAID.contains(&key);
        let missing: Vec<&String> =
            missing.filter(|key| !OWN.contains(&key.as_str()) && !is_unsaid(key)).collect();
        if !missing.is_empty() {
            return Err(format!("fields that are not there: {missing:?}"));
        }
        Ok(())
    });
}

/// Fields that only some providers send: what they charge, filter, cache and count, and dials that OpenAI's schema
/// does not have in answers.
const OWN: [&str; 9] = [
    "billing",
    "content_filters",
    "copilot_usage",
    "frequency_penalty",
    "moderation",
    "output_text",
    "presence_penalty",
    "prompt_cache_retention",
    "tool_usage",
];
