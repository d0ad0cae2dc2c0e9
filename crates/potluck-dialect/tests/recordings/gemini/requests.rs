//! Requests that Gemini accepted: read by this test into a client's request, written by potluck, and held against
//! what was sent.
//!
//! Both sides are put into one form first ([`canonical`]). What no client can say, and what potluck says in
//! another way on purpose, is taken out of both by kind, and counted.

mod ask;
mod canonical;

use std::collections::BTreeMap;

use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Client, Dialect, Target};
use potluck_testkit::recordings::Recording;
use serde_json::Value;

use crate::requests::same;
use crate::{check_each, recorded};

/// How many times something was taken out, by kind.
pub(super) type Kinds = BTreeMap<&'static str, usize>;

/// Requests that are written otherwise, and why.
const EXCEPTED: &[(&str, &str)] = &[];

fn was_accepted(recording: &Recording) -> bool {
    recording.dialect == "gemini"
        && recording.response.status == 200
        && recording.request.url.contains("enerateContent")
        && serde_json::from_slice::<Value>(&recording.request.body)
            .is_ok_and(|body| body["contents"].is_array())
}

/// The model as the address names it.
fn model(recording: &Recording) -> &str {
    let after = recording.request.url.split("/models/").nth(1).unwrap_or_default();
    after.split(':').next().unwrap_or_default()
}

#[test]
fn accepted_requests_are_written_as_they_were_sent() {
    let Some(recordings) = recorded("accepted_requests_are_written_as_they_were_sent") else {
        return;
    };
    let kinds = std::cell::RefCell::new(Kinds::new());
    let mut by_provider: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let accepted = || recordings.iter().filter(|recording| was_accepted(recording));
    for recording in accepted() {
        *by_provider.entry((&recording.provider, &recording.kind)).or_default() += 1;
    }
    check_each("gemini, requests", accepted(), EXCEPTED, |recording| {
        check(recording, &mut kinds.borrow_mut())
    });
    eprintln!("by provider and kind: {by_provider:?}");
    for (kind, count) in kinds.borrow().iter() {
        eprintln!("  {count} times: {kind}");
    }
}

fn check(recording: &Recording, kinds: &mut Kinds) -> Result<(), String> {
    let sent: Value = serde_json::from_slice(&recording.request.body).unwrap();
    let model = model(recording);
    let sent = canonical::sent(&sent, model, kinds);
    let asked = ask::chat(&sent).to_string();
    let request =
        Client::Chat.read_request(asked.as_bytes()).map_err(|refusal| refusal.message)?.request;
    let quirks = Quirks::empty();
    let target = Target { model, quirks, stream: false, max_output: None, context: 1 << 20 };
    let written = Dialect::Gemini.write_request(&request, &target);
    if !written.dropped.is_empty() {
        return Err(format!("dropped {:?}", written.dropped));
    }
    let written: Value = serde_json::from_slice(&written.body).unwrap();
    same("", &sent, &canonical::written(&written))
}
