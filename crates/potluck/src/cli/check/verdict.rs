//! A finding about a provider in words: how it stands, and what to do about it.

use serde::Serialize;

use crate::cli::screen::Look;
use crate::pantry::ProviderFile;
use crate::probe::{Finding, Key, Reach};

/// Clocks that differ by less agree well enough for limits of a minute.
const CLOCK_SECONDS: i64 = 30;

/// How a provider stands.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct Verdict {
    /// The variable that holds the key that was tried.
    pub(in crate::cli) variable: Option<String>,
    /// Whether it can serve.
    pub(in crate::cli) good: bool,
    /// Whether a person who set a key for it should do something.
    pub(in crate::cli) fails: bool,
    /// Whether anything answered.
    pub(in crate::cli) answered: bool,
    /// In words.
    pub(in crate::cli) verdict: String,
    /// What to do, where there is something.
    pub(in crate::cli) fix: Option<String>,
    /// How many free models it lists.
    pub(in crate::cli) models: Option<usize>,
    /// By how many seconds its clock is ahead of this machine's.
    pub(in crate::cli) clock_ahead_s: Option<i64>,
    /// How long it took to answer, in milliseconds.
    pub(in crate::cli) took_ms: u64,
    #[serde(skip)]
    pub(in crate::cli) look: Look,
}

/// Judges a finding. `most_ahead`: by how many seconds most clocks are ahead of this machine's.
pub(in crate::cli) fn judge(file: &ProviderFile, finding: &Finding, most_ahead: i64) -> Verdict {
    let (look, words, fix) = words(file, finding, most_ahead);
    let answered = !matches!(finding.reach, Reach::Silent(_));
    let good = matches!(look, Look::Good | Look::Wait)
        && !matches!(finding.reach, Reach::Trouble(_) | Reach::Silent(_));
    Verdict {
        variable: finding.variable.clone(),
        good,
        fails: !good && finding.variable.is_some(),
        answered,
        verdict: words,
        fix,
        models: finding.models.as_ref().map(|models| models.free),
        clock_ahead_s: finding.clock_ahead,
        took_ms: u64::try_from(finding.took.as_millis()).unwrap_or(u64::MAX),
        look,
    }
}

impl Verdict {
    /// A sign for lists, so that colour never carries the meaning alone.
    pub(crate) const fn mark(&self) -> &'static str {
        match (self.good, self.fix.is_some()) {
            (true, false) => "ok",
            (true, true) => "! ",
            (false, _) => "no",
        }
    }
}

fn words(file: &ProviderFile, finding: &Finding, most: i64) -> (Look, String, Option<String>) {
    let variable = finding.variable.as_deref().unwrap_or_default();
    match &finding.reach {
        Reach::Silent(_) if finding.local => (Look::Faint, "not running here".to_owned(), None),
        Reach::Silent(why) => (
            Look::Bad,
            format!("cannot be reached: {why}"),
            Some(
                "look at this machine's connection; where others are reached, the provider is down, and potluck goes \
                 on without it"
                    .to_owned(),
            ),
        ),
        Reach::Trouble(status) => (
            Look::Wait,
            format!("answers with HTTP {}", status.as_u16()),
            Some("nothing here; ask again later".to_owned()),
        ),
        _ if finding.key == Key::Refused => {
            let link = file.signup.as_deref().map(|link| format!(" at {link}")).unwrap_or_default();
            let fix = format!("get another key{link}, and set {variable} to it");
            (Look::Bad, format!("refuses the key in {variable}"), Some(fix))
        }
        Reach::Answered | Reach::Connected => reached(finding, most),
    }
}

fn reached(finding: &Finding, most: i64) -> (Look, String, Option<String>) {
    let mut words = match (&finding.reach, finding.key) {
        (Reach::Connected, Key::Unproven) => {
            "is there; nothing that is free would prove the key".to_owned()
        }
        (Reach::Connected, _) => "is there".to_owned(),
        (_, Key::Taken) => "takes the key".to_owned(),
        (_, Key::Unproven) => "answers; its free answers do not prove the key".to_owned(),
        (_, _) => "answers, and wants no key".to_owned(),
    };
    let off = finding.clock_ahead.map(|ahead| ahead - most).filter(|off| off.abs() > CLOCK_SECONDS);
    if let Some(off) = off {
        words = format!("{words}; its clock is {} than the others'", apart(off, "ahead", "behind"));
        return (Look::Wait, words, Some("nothing here: it is the provider's clock".to_owned()));
    }
    match &finding.models {
        Some(models) if !models.missing.is_empty() => {
            let missing = &models.missing;
            let fix = "nothing here: potluck leaves out what is not listed where the list decides, and a refusal tells \
                       the rest";
            words = format!(
                "{words}; {} of its models are not listed: {}",
                missing.len(),
                some(missing)
            );
            (Look::Wait, words, Some(fix.to_owned()))
        }
        _ => (Look::Good, words, None),
    }
}

/// The first few, and how many more.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let first: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn apart(seconds: i64, ahead: &str, behind: &str) -> String {
    let which = if seconds > 0 { ahead } else { behind };
    match seconds.unsigned_abs() {
        short @ 0..120 => format!("{short} s further {which}"),
        long => format!("{} min further {which}", long / 60),
    }
}

/// By how many seconds most clocks are ahead of this machine's: the middle one of what was found.
pub(in crate::cli) fn most_ahead(findings: &[Finding]) -> i64 {
    let mut all: Vec<i64> = findings
        .iter()
        .filter(|finding| !finding.local)
        .filter_map(|finding| finding.clock_ahead)
        .collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// What to tell of this machine's clock, where it is wrong.
pub(in crate::cli) fn own_clock(most_ahead: i64) -> Option<String> {
    (most_ahead.abs() > CLOCK_SECONDS).then(|| {
        let minutes = most_ahead.unsigned_abs().div_ceil(60);
        let which = if most_ahead > 0 { "behind" } else { "ahead of" };
        format!(
            "this machine's clock is about {minutes} min {which} that of the providers: limits that turn at midnight are \
             counted wrongly. Set it, for example by switching on time synchronisation"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;

    use super::*;
    use crate::pantry::read;
    use crate::probe::Models;

    fn file() -> ProviderFile {
        let text = "dialect = \"openai\"\nbase_url = \"https://x/v1\"\nsignup = \"https://x/keys\"\n[auth]\nenv = [\"X_KEY\"]\n";
        read("x.toml", text).expect("it is valid")
    }

    fn finding() -> Finding {
        Finding {
            provider: "x".to_owned(),
            variable: Some("X_KEY".to_owned()),
            local: false,
            reach: Reach::Answered,
            key: Key::Taken,
            models: Some(Models { free: 3, missing: Vec::new() }),
            clock_ahead: Some(1),
            took: Duration::from_millis(20),
        }
    }

    #[test]
    fn what_is_wrong_has_a_word_and_something_to_do() {
        let told = |finding: &Finding| judge(&file(), finding, 0);
        let good = told(&finding());
        assert!(good.good && !good.fails && good.fix.is_none(), "{good:?}");
        let refused = told(&Finding { key: Key::Refused, ..finding() });
        assert!(refused.fails && refused.verdict.contains("X_KEY"), "{refused:?}");
        assert!(refused.fix.is_some_and(|fix| fix.contains("https://x/keys")));
        let silent = told(&Finding { reach: Reach::Silent("refused".to_owned()), ..finding() });
        assert!(silent.fails && !silent.answered && silent.fix.is_some(), "{silent:?}");
        let trouble =
            told(&Finding { reach: Reach::Trouble(StatusCode::BAD_GATEWAY), ..finding() });
        assert!(trouble.fails && trouble.verdict.contains("502"), "{trouble:?}");
        let gone = Models { free: 1, missing: vec!["a".to_owned()] };
        let listed = told(&Finding { models: Some(gone), ..finding() });
        assert!(listed.good && listed.verdict.contains("not listed: a"), "{listed:?}");
        let local = Finding {
            local: true,
            variable: None,
            reach: Reach::Silent(String::new()),
            ..finding()
        };
        assert!(!told(&local).fails);
    }

    #[test]
    fn the_clock_that_differs_from_the_others_is_the_one_that_is_told() {
        let ahead = |seconds| Finding { clock_ahead: Some(seconds), ..finding() };
        let all = [ahead(599), ahead(600), ahead(601), ahead(0)];
        let most = most_ahead(&all);
        assert_eq!(most, 600);
        assert!(own_clock(most).is_some_and(|told| told.contains("10 min behind")));
        assert!(own_clock(-3).is_none());
        let [first, .., last] = &all;
        assert!(judge(&file(), first, most).fix.is_none());
        assert!(judge(&file(), last, most).verdict.contains("10 min further behind"));
    }
}
