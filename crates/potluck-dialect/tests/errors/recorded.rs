//! Classifies every recorded error and compares it with what a person judged.

use std::collections::BTreeMap;

use potluck_core::Moment;
use potluck_core::outcome::{Failure, Stage, Wait};
use potluck_core::response::{StreamError, StreamEvent};
use potluck_dialect::fault::{Told, classify, from_bad_answer, from_inside, safe};
use potluck_dialect::quirk::Quirks;
use potluck_dialect::rates::{Format, moment};
use potluck_dialect::{BadAnswer, Dialect};
use potluck_testkit::recordings::{RecordedBody, Recording, load};

use crate::expected::{JUDGED, Judged, Until};
use crate::file::{Known, known};

/// Which provider file speaks of a recorded provider; the others have none.
const FILES: [(&str, &str); 8] = [
    ("cloudflare", "cloudflare-workers-ai"),
    ("cohere", "cohere"),
    ("gemini", "google-ai-studio"),
    ("groq", "groq"),
    ("huggingface", "huggingface"),
    ("llamacpp", "llama-cpp"),
    ("mistral", "mistral"),
    ("openrouter", "openrouter"),
];

pub(crate) fn file_of(provider: &str) -> Known {
    let file = FILES.iter().find(|(name, _)| *name == provider);
    file.map_or_else(Known::default, |(_, file)| known(file))
}

/// When it was answered: waits that are points of time are counted from there.
pub(crate) fn when(recording: &Recording) -> Moment {
    let date = recording.response.header("date");
    date.and_then(|date| moment(date, Format::HttpDate, crate::NOW)).unwrap_or(crate::NOW)
}

/// The error of a stream: the last data line that holds one.
fn inside(stream: &str) -> StreamError {
    let mut data = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    let body = data.rfind(|data| data.contains("\"error\"")).expect("an error").trim();
    let told = Told::read(body.as_bytes());
    let (message, status, code) = (told.message.clone(), told.status_inside, told.code);
    StreamError { message, status, code, body: body.to_owned() }
}

fn judge(recording: &Recording, known: &Known) -> Failure {
    let (response, now) = (&recording.response, when(recording));
    match &response.body {
        RecordedBody::Sse(stream) => {
            from_inside(&inside(stream), &known.rules, Stage::BeforeCommit, now)
        }
        body => classify(response.status, &response.headers, body.bytes(), &known.rules, now),
    }
}

/// Everything that the recording says, in lower case, to tell one group from another.
fn said(recording: &Recording) -> String {
    let body = String::from_utf8(recording.response.body.bytes().to_vec()).expect("text");
    let kind = recording.response.header("x-ratelimit-type").unwrap_or_default();
    format!("{body}\n{kind}").to_lowercase()
}

fn find(recording: &Recording) -> Option<usize> {
    let said = said(recording);
    JUDGED.iter().position(|row| {
        row.provider == recording.provider
            && row.status == recording.response.status
            && said.contains(row.says)
    })
}

fn agrees(row: &Judged, failure: &Failure) -> bool {
    let wait = match (row.wait, failure.wait) {
        (Until::Guess, Wait::Guess) => true,
        (Until::Says(least, most), Wait::Stated(span)) => (least..=most).contains(&span.as_secs()),
        _ => false,
    };
    wait && (row.class, row.scope, row.cause) == (failure.class, failure.scope, failure.cause)
}

fn is_error(recording: &Recording) -> bool {
    matches!(recording.kind.as_str(), "error" | "error_stream" | "rate_limit")
}

#[test]
fn every_recorded_error_means_what_a_person_judged() {
    let Some(all) = load().unwrap().or_skip("every_recorded_error_means_what_a_person_judged")
    else {
        return;
    };
    let mut files: BTreeMap<&str, Known> = BTreeMap::new();
    let mut seen = vec![0; JUDGED.len()];
    let mut wrong = Vec::new();
    let mut errors = 0;
    for recording in all.iter().filter(|recording| is_error(recording)) {
        errors += 1;
        let known =
            files.entry(&recording.provider).or_insert_with(|| file_of(&recording.provider));
        let failure = judge(recording, known);
        assert_is_safe(&failure.detail, &recording.name);
        match find(recording) {
            None => wrong.push(format!("nobody judged {}: {failure:?}", recording.name)),
            Some(row) => {
                seen[row] += 1;
                if !agrees(&JUDGED[row], &failure) {
                    wrong.push(format!("{}: {failure:?}", recording.name));
                }
            }
        }
    }
    print_table(&seen, errors);
    let miscounted = JUDGED.iter().zip(&seen).filter(|(row, seen)| row.count != **seen);
    for (row, seen) in miscounted {
        wrong.push(format!(
            "{} {} {:?}: {seen} recordings, not {}",
            row.provider, row.status, row.says, row.count
        ));
    }
    assert!(wrong.is_empty(), "{} of {errors}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(errors, 176, "recorded errors");
}

fn assert_is_safe(detail: &str, name: &str) {
    assert!(!detail.is_empty() && detail.chars().count() <= safe::LONGEST, "{name}: {detail}");
    assert!(!detail.contains("://") && !detail.contains(char::is_control), "{name}: {detail}");
    for secret in ["sk-fake-key", "bb642ce4-5161", "5bfd0532-8fa8", "37af79ff-d317"] {
        assert!(!detail.contains(secret), "{name}: {detail}");
    }
}

fn print_table(seen: &[usize], errors: usize) {
    eprintln!("provider | status | says | class | cause | scope | wait | count");
    for (row, seen) in JUDGED.iter().zip(seen) {
        let cause = row.cause.map_or("-", |cause| cause.word());
        eprintln!(
            "{} | {} | {} | {} | {cause} | {:?} | {:?} | {seen}",
            row.provider,
            row.status,
            row.says,
            row.class.word(),
            row.scope,
            row.wait,
        );
    }
    eprintln!(
        "{} of {errors} recorded errors in {} groups",
        seen.iter().sum::<usize>(),
        seen.len()
    );
}

/// What the dialect's own reader makes of an answer of status 200.
fn read(recording: &Recording) -> BadAnswer {
    let quirks = Quirks::default();
    match &recording.response.body {
        RecordedBody::Sse(stream) => {
            let (mut reader, mut events) = (Dialect::OpenAi.stream_reader(quirks), Vec::new());
            let pushed = reader.push(stream.as_bytes(), &mut events);
            let ended = pushed.and_then(|()| reader.finish(&mut events));
            let told = events.into_iter().find_map(|event| match event {
                StreamEvent::Error(error) => Some(BadAnswer::ErrorInside(error)),
                _ => None,
            });
            told.or(ended.err())
        }
        body => Dialect::OpenAi.read_response(body.bytes(), quirks).err(),
    }
    .expect("a bad answer")
}

#[test]
fn what_the_reader_finds_inside_is_judged_the_same() {
    let Some(all) = load().unwrap().or_skip("what_the_reader_finds_inside_is_judged_the_same")
    else {
        return;
    };
    let inside = |each: &&Recording| {
        is_error(each) && each.response.status == 200 && each.dialect == "openai-chat"
    };
    let mut judged = 0;
    for recording in all.iter().filter(inside) {
        let rules = file_of(&recording.provider).rules;
        let bad = read(recording);
        let failure = from_bad_answer(&bad, &rules, Stage::BeforeCommit, when(recording));
        let row = &JUDGED[find(recording).expect("a judged recording")];
        assert!(agrees(row, &failure), "{}: {bad:?}: {failure:?}", recording.name);
        judged += 1;
    }
    assert_eq!(judged, 8, "recorded errors inside good answers of this dialect");
}

#[test]
fn no_other_recording_is_a_failure() {
    let Some(all) = load().unwrap().or_skip("no_other_recording_is_a_failure") else { return };
    let is_stray = |each: &&Recording| !is_error(each) && each.response.status >= 300;
    let stray: Vec<_> = all.iter().filter(is_stray).map(|each| &each.name).collect();
    assert!(stray.is_empty(), "failures that nobody judged: {stray:?}");
}
