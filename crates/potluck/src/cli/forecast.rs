//! `potluck forecast`: how many requests of a kind can still be served, and when more. Sends nothing to any provider.

use std::fmt::Write;

use serde_json::Value;

use super::failure::Failure;
use super::gauge;
use super::router::{self, At};
use super::screen::{Look, Screen};
use super::view::{self, Reset};
use crate::settings::Settings;

/// Tell how many requests can still be served today, and when more
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is sent to any provider. A limit that models share is counted once. The figures are those of
somebody who asks for as much as there is, every minute; places in flight count only for `at once`.

Examples:
  potluck forecast
  potluck forecast --needs tools,image --context 8000
  potluck forecast -m gpt-oss-120b --zone Europe/Berlin --json")]
pub struct Forecast {
    /// Only these models: families, providers or offers, separated by commas
    #[arg(short, long, value_name = "NAMES", value_delimiter = ',')]
    pub model: Vec<String>,
    /// What such a request uses besides text, such as `tools`, `image`, `json_schema`, `reasoning`
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub needs: Vec<String>,
    /// Tokens of prompt and answer together [default: 2000]
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<u32>,
    /// Tokens of the answer [default: 1024, at most half of the context]
    #[arg(long, value_name = "TOKENS")]
    pub output: Option<u32>,
    /// Where today ends at midnight, such as `Europe/Berlin` [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// For machines: the forecast as the router gives it
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// Runs it.
pub(super) async fn run(
    forecast: &Forecast,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let router = router::reach(&forecast.at, settings, screen).await?;
    let told = router.caller.get::<Value>(&forecast.path()).await;
    router.close().await;
    let told = told?;
    if forecast.json { Ok(screen.json(&told)?) } else { show(&view::read(told)?, screen) }
}

fn show(forecast: &view::Forecast, screen: &mut Screen) -> Result<(), Failure> {
    screen.say(&forecast.sentence)?;
    screen.say("")?;
    let requests = &forecast.requests;
    let counts = [
        ("at once".to_owned(), requests.at_once),
        ("within an hour".to_owned(), requests.hour),
        (format!("today, until {}", forecast.day_ends_at), requests.today),
        ("within 24 hours".to_owned(), requests.day),
    ];
    let counts = counts.map(|(when, count)| vec![when, count.to_string()]);
    screen.table(&["REQUESTS", ""], counts)?;
    if forecast.resets.is_empty() {
        return Ok(());
    }
    screen.say("")?;
    screen.table(&["COMES BACK", "IN", "AT", "OFFERS", "MORE"], rows(&forecast.resets))?;
    screen.say(
        &screen.paint(Look::Faint, "all for requests of this kind; --json names the offers"),
    )?;
    Ok(())
}

/// A row for each return; those that bring the same at one pace are a row together.
fn rows(resets: &[Reset]) -> Vec<Vec<String>> {
    let alike = |one: &Reset, next: &Reset| {
        one.cause == next.cause && one.more == next.more && one.offers == next.offers
    };
    let mut rows = Vec::new();
    for run in resets.chunk_by(alike) {
        match (run, pace(run)) {
            ([first, ..], Some(pace)) => {
                let mut row = row(first);
                row[2].push_str(&format!(
                    ", then {} times each {}",
                    run.len() - 1,
                    gauge::wait(pace)
                ));
                rows.push(row);
            }
            _ => rows.extend(run.iter().map(row)),
        }
    }
    rows
}

/// The seconds from each of these to the next, where they are three at least and always as far apart.
fn pace(run: &[Reset]) -> Option<f64> {
    const SAME: f64 = 1.0;
    let mut steps = run.windows(2).map(|pair| pair[1].in_s - pair[0].in_s);
    let first = steps.next().filter(|_| run.len() > 2)?;
    steps.all(|step| (step - first).abs() < SAME).then_some(first)
}

fn row(reset: &Reset) -> Vec<String> {
    let what = match reset.cause.as_str() {
        "turn" => reset.when.clone(),
        "return" => "earlier use, bit by bit".to_owned(),
        _ => "who rests now".to_owned(),
    };
    let at = reset.at.trim_end_matches('Z').replace('T', " ");
    let at = at.split('.').next().unwrap_or(&at).to_owned();
    let offers = reset.offers.len().to_string();
    vec![what, gauge::wait(reset.in_s), format!("{at} UTC"), offers, format!("+{}", reset.more)]
}

// === impl Forecast ===

impl Forecast {
    fn path(&self) -> String {
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let list = |words: &[String]| (!words.is_empty()).then(|| words.join(","));
        let asked = [
            ("needs", list(&self.needs)),
            ("context", number(self.context)),
            ("output", number(self.output)),
            ("model", list(&self.model)),
            ("zone", self.zone.clone()),
        ];
        let mut path = "/pool/forecast".to_owned();
        let mut sign = '?';
        for (name, value) in asked {
            if let Some(value) = value {
                path.push(sign);
                path.push_str(name);
                path.push('=');
                escape(&value, &mut path);
                sign = '&';
            }
        }
        path
    }
}

/// As it may stand in a query.
fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/,:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        forecast: Forecast,
    }

    fn comes_back(in_s: f64, more: u64) -> Reset {
        Reset {
            at: "2026-11-23T02:44:39.5Z".to_owned(),
            in_s,
            when: "midnight".to_owned(),
            cause: "return".to_owned(),
            offers: vec!["a/b".to_owned()],
            more,
        }
    }

    #[test]
    fn returns_at_one_pace_are_one_row() {
        let hourly: Vec<Reset> =
            (1..=4).map(|hour| comes_back(3600.0 * f64::from(hour), 200)).collect();
        let at = |resets: &[Reset]| {
            rows(resets).into_iter().map(|row| row[2].clone()).collect::<Vec<_>>()
        };
        assert_eq!(at(&hourly), ["2026-11-23 02:44:39 UTC, then 3 times each 60 min"]);
        assert_eq!(at(&hourly[..2]).len(), 2);
        let uneven =
            [comes_back(1.0, 5), comes_back(2.0, 5), comes_back(9.0, 5), comes_back(10.0, 7)];
        assert_eq!(at(&uneven).len(), 4);
    }

    #[test]
    fn what_is_typed_is_asked() {
        let path = |words: &[&str]| {
            let typed = ["forecast"].iter().chain(words);
            Typed::try_parse_from(typed).expect("it is valid").forecast.path()
        };
        assert_eq!(path(&[]), "/pool/forecast");
        assert_eq!(
            path(&["--needs", "tools,image", "--context", "8000", "--zone", "America/Los_Angeles"]),
            "/pool/forecast?needs=tools,image&context=8000&zone=America/Los_Angeles"
        );
        assert_eq!(path(&["-m", "a b&c=ü"]), "/pool/forecast?model=a%20b%26c%3D%C3%BC");
    }
}
