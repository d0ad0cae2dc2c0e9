//! `potluck explain`: who would be drawn for a prompt, and why the others would not; or, given the id of a request, how
//! that was decided. Sends nothing to any provider.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ask::{Ask, message, picture};
use super::decided;
use super::failure::Failure;
use super::router::{self, At};
use super::screen::{Look, Screen};
use super::view::{self, Excluded, Explanation};
use crate::settings::Settings;

/// Show who could answer a prompt, with what chance, and why the others could not; or the same of a past request
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is sent to any provider. Exit code 3 when nobody could be drawn. Given the id of a request
(an answer's x-potluck-request-id) instead of a prompt, it shows how that was decided.

Examples:
  potluck explain 'why is the sky blue?'
  potluck explain --needs tools --min-quality 0.6 'plan a trip'
  potluck explain -m gpt-oss-120b --json hello
  potluck explain gen-6b033e9a9a4ad2cbd31b7922")]
pub struct Explain {
    /// What to ask, and of whom.
    #[command(flatten)]
    pub ask: Ask,
    /// What the request would use besides text: `tools`, `image`, `json_object`, `json_schema`, `reasoning`
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub needs: Vec<Need>,
    /// Name every offer that is left out, instead of counting them by reason
    #[arg(long)]
    pub all: bool,
    /// For machines: the explanation as the router gives it
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// What a request can use besides text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Need {
    /// A tool that may be called.
    Tools,
    /// A picture.
    Image,
    /// An answer in JSON.
    JsonObject,
    /// An answer in JSON of a given schema.
    JsonSchema,
    /// Thoughts before the answer.
    Reasoning,
}

/// Runs it.
pub(super) async fn run(
    explain: &Explain,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    if decided::is_id(&explain.ask.prompt) {
        let router = router::reach(&explain.at, settings, screen).await?;
        let id = explain.ask.prompt.concat();
        let (all, json) = (explain.all, explain.json);
        let shown = decided::show(&id, all, json, &router.caller, screen).await;
        router.close().await;
        return shown;
    }
    let prompt = explain.ask.prompt()?.unwrap_or_else(|| "Hello".to_owned());
    let router = router::reach(&explain.at, settings, screen).await?;
    let asked =
        router.caller.post("/pool/explain", &explain.ask.headers(), &explain.body(&prompt)).await;
    let told = match asked {
        Ok(reply) => reply.json::<Value>().await,
        Err(failure) => Err(failure),
    };
    router.close().await;
    let told = told?;
    let explanation: Explanation = view::read(told.clone())?;
    if explain.json {
        screen.json(&told)?;
    } else {
        show(&explanation, explain.all, screen)?;
    }
    if explanation.candidates.is_empty() { Err(nobody(&told)) } else { Ok(()) }
}

fn nobody(told: &Value) -> Failure {
    let said = told.pointer("/verdict/message").and_then(Value::as_str);
    let status = told.pointer("/verdict/status").and_then(Value::as_u64).unwrap_or(429);
    Failure::Refused {
        status: u16::try_from(status).unwrap_or(429),
        message: said.unwrap_or("nobody could be drawn now").to_owned(),
    }
}

fn show(explanation: &Explanation, all: bool, screen: &mut Screen) -> Result<(), Failure> {
    let chance = |part: f64| format!("{:.1} %", part * 100.0);
    let rows = explanation
        .candidates
        .iter()
        .map(|candidate| vec![candidate.offer.clone(), chance(candidate.probability)]);
    screen.table(&["WOULD BE DRAWN", "CHANCE"], rows)?;
    show_excluded(&explanation.excluded, all, screen)
}

/// Who was left out and why: by name, or counted by reason.
pub(super) fn show_excluded(
    excluded: &[Excluded],
    all: bool,
    screen: &mut Screen,
) -> Result<(), Failure> {
    if excluded.is_empty() {
        return Ok(());
    }
    screen.say("")?;
    let rows = if all { named(excluded) } else { counted(excluded) };
    screen.table(&[if all { "LEFT OUT" } else { "HOW MANY" }, "WHY"], rows)?;
    if !all {
        screen.say(&screen.paint(Look::Faint, "--all names them"))?;
    }
    Ok(())
}

fn named(excluded: &[Excluded]) -> Vec<Vec<String>> {
    excluded.iter().map(|out| vec![out.offer.clone(), why(out)]).collect()
}

fn counted(excluded: &[Excluded]) -> Vec<Vec<String>> {
    let mut reasons: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for out in excluded {
        reasons.entry(&out.reason).or_insert_with(|| (0, example(out))).0 += 1;
    }
    let mut reasons: Vec<_> = reasons.into_values().collect();
    reasons.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    reasons.into_iter().map(|(count, why)| vec![count.to_string(), why]).collect()
}

fn why(out: &Excluded) -> String {
    let word = out.reason.replace('_', " ");
    out.detail.as_ref().map_or_else(|| word.clone(), |detail| format!("{word}: {detail}"))
}

fn example(out: &Excluded) -> String {
    let word = out.reason.replace('_', " ");
    out.detail
        .as_ref()
        .map_or_else(|| word.clone(), |detail| format!("{word}, such as {}: {detail}", out.offer))
}

// === impl Explain ===

impl Explain {
    fn body(&self, prompt: &str) -> Value {
        let mut messages = self.ask.opening();
        messages.push(if self.needs.contains(&Need::Image) {
            picture(prompt)
        } else {
            message("user", prompt)
        });
        let mut body = self.ask.body(&messages, false);
        for need in &self.needs {
            need.put_into(&mut body);
        }
        body
    }
}

impl Need {
    fn put_into(self, body: &mut Value) {
        match self {
            Self::Tools => {
                let parameters = json!({ "type": "object", "properties": {} });
                let function = json!({ "name": "example", "parameters": parameters });
                body["tools"] = json!([{ "type": "function", "function": function }]);
            }
            Self::Image => {}
            Self::JsonObject => body["response_format"] = json!({ "type": "json_object" }),
            Self::JsonSchema => {
                let schema = json!({ "name": "example", "schema": { "type": "object" } });
                body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
            }
            Self::Reasoning => body["reasoning_effort"] = json!("medium"),
        }
    }
}
