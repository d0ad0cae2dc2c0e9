//! Every recorded exchange of the providers' dialects, through the readers and the writers.
//!
//! What comes out is held against an independent reading of the same bytes ([`plain`]): another JSON
//! library, another event splitter, another author's rules. N of N is printed; what differs stands by
//! name and with its reason in [`exceptions`], and an exception that no longer differs fails as well.

#![expect(clippy::print_stderr, reason = "what was read, and what was not, must be seen")]
#![expect(
    clippy::unwrap_used,
    reason = "a recording that is no JSON where it must be fails its test"
)]

mod anthropic;
mod cohere;
mod compare;
mod estimates;
mod exceptions;
mod gemini;
mod messages;
mod ollama;
mod openai_completions;
mod openai_responses;
mod orders;
mod pictures;
mod plain;
mod requests;
mod responses;
mod speech;
mod streams;
mod vectors;

use potluck_testkit::recordings::{self, Recording};

/// All recordings; `None` when there are none here, which is said aloud.
fn recorded(test: &str) -> Option<Vec<Recording>> {
    recordings::load().unwrap().or_skip(test)
}

/// The recordings of OpenAI's chat dialect.
fn chats(test: &str) -> Option<Vec<Recording>> {
    let all = recorded(test)?;
    Some(all.into_iter().filter(|recording| recording.dialect == "openai-chat").collect())
}

/// Checks each recording, prints the count, and fails on differences that are not excepted and on
/// exceptions that are not differences.
fn check_each<'a>(
    what: &str,
    recordings: impl Iterator<Item = &'a Recording>,
    excepted: &[(&str, &str)],
    check: impl Fn(&Recording) -> Result<(), String>,
) {
    let (mut all, mut good, mut wrong) = (0, 0, Vec::new());
    let mut met: Vec<&str> = Vec::new();
    for recording in recordings {
        all += 1;
        let exception = excepted.iter().find(|(name, _)| recording.name.starts_with(name));
        match (check(recording), exception) {
            (Ok(()), None) => good += 1,
            (Err(_), Some((name, reason))) => {
                met.push(name);
                eprintln!("  {what}: except {}: {reason}", recording.name);
            }
            (Err(difference), None) => wrong.push(format!("{}: {difference}", recording.name)),
            (Ok(()), Some((name, _))) => {
                wrong.push(format!("{name}: the exception is stale, it is read well"));
            }
        }
    }
    eprintln!("{what}: {good} of {all}, {} excepted by name", met.len());
    for (name, _) in excepted {
        if !met.contains(name) {
            wrong.push(format!("{name}: excepted, and met nowhere"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
