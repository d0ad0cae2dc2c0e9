//! What the demo shows to people.

use potluck_testkit::Pool;

use super::tour::{Passed, Tour};
use crate::cli::answer::Answer;
use crate::cli::failure::Failure;
use crate::cli::screen::{Cell, Look, Screen};

/// Where it is, and what is simulated.
pub(super) fn introduce(base: &str, simulated: &Pool, screen: &mut Screen) -> Result<(), Failure> {
    screen.say(&format!("listening on {base}"))?;
    let count = simulated.providers().len();
    screen.say(&format!(
        "The router is real; its {count} providers are SIMULATED: on loopback, with quotas, latencies and \
         faults of their own."
    ))?;
    Ok(screen.say("")?)
}

/// What was asked and what came of it.
pub(super) fn tell(tour: &Tour, screen: &mut Screen) -> Result<(), Failure> {
    screen.say(&screen.paint(Look::Strong, "What was asked, and who answered"))?;
    let rows = tour.passed.iter().map(row);
    screen.table(&["ASKED", "ANSWERED BY", "TRIED", "FIRST WORD", "ALL", "SAID"], rows)?;
    screen.say("")?;
    screen.say(&screen.paint(Look::Strong, "Who failed, by the providers' own count"))?;
    let rows = tour.witnesses.iter().map(|it| {
        let numbers = [it.requests, it.failed, it.refused].map(|number| number.to_string());
        std::iter::once(it.provider.clone()).chain(numbers).collect::<Vec<_>>()
    });
    screen.table(&["SIMULATED PROVIDER", "ASKED", "FAILED", "OVER ITS LIMIT"], rows)?;
    Ok(screen.say("")?)
}

/// A request that can be pasted.
pub(super) fn invite(base: &str, screen: &mut Screen) -> Result<(), Failure> {
    screen.say("")?;
    screen.say(&screen.paint(Look::Strong, "Try it"))?;
    screen.say(&format!("open {base}/ in a browser: the dashboard"))?;
    Ok(screen.say(&format!(
        "curl -N {base}/v1/chat/completions -H 'content-type: application/json' \\\n  \
         -d '{{\"model\":\"free\",\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}]}}'"
    ))?)
}

fn row(passed: &Passed) -> Vec<Cell> {
    let asked = passed.what.to_owned();
    let Some(answer) = &passed.answer else {
        let error = passed.error.clone().unwrap_or_default();
        let nobody = Look::Bad.on("nobody");
        return vec![asked.into(), nobody, "".into(), "".into(), "".into(), error.into()];
    };
    let look = if passed.served { Look::Good } else { Look::Bad };
    let first =
        if passed.streamed { format!("{} ms", answer.first_word_ms) } else { String::new() };
    vec![
        asked.into(),
        look.on(answer.model.as_str()),
        answer.attempts.map_or_else(String::new, |tried| tried.to_string()).into(),
        first.into(),
        format!("{} ms", answer.total_ms).into(),
        said(answer).into(),
    ]
}

/// The beginning of what was said.
fn said(answer: &Answer) -> String {
    const LONGEST: usize = 48;
    if let Some(tool) = answer.tools.first() {
        return format!("calls {tool}(…)");
    }
    let line = answer.content.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
