//! Writes the provider file with which potluck finds this provider.

use std::fmt::Write;

use super::state::{Access, State};
use crate::answer::ListingStyle;
use crate::model::{Model, Trade};
use crate::quota::{Limit, Meter, RefusalStyle, Reset, Scope, Span};

/// The file as TOML text, with these limits in it, true or not.
pub(super) fn render(state: &State, base_url: &str, limits: &[Limit]) -> String {
    let mut file = String::new();
    line(&mut file, "name", &quoted(&format!("{} (simulated)", state.name)));
    line(&mut file, "dialect", "\"openai\"");
    line(&mut file, "simulated", "true");
    line(&mut file, "base_url", &quoted(base_url));
    file.push_str("\n[auth]\n");
    match &state.access {
        Access::Variable(name) => line(&mut file, "env", &format!("[{}]", quoted(name))),
        Access::Anonymous | Access::Keyless => line(&mut file, "keyless", "true"),
    }
    if let (Access::Anonymous, Some(key)) = (&state.access, &state.key) {
        line(&mut file, "anonymous", &quoted(key));
    }
    for limit in limits {
        push_limit(&mut file, limit);
    }
    if state.style == RefusalStyle::OpenAi {
        push_rate_headers(&mut file, limits);
    }
    if state.listed {
        push_listing(&mut file, state.listing);
    }
    if state.tells {
        push_account(&mut file, limits.first());
    }
    for model in state.models().iter() {
        push_model(&mut file, model);
    }
    file
}

fn push_limit(file: &mut String, limit: &Limit) {
    file.push_str("\n[[limits]]\n");
    line(file, "counts", &quoted(limit.meter.word()));
    line(file, "amount", &limit.amount.to_string());
    if limit.meter != Meter::Concurrent {
        line(file, "per", &quoted(limit.span.word()));
    }
    // a file cannot say that a shorter window resets by the clock; who keeps to a sliding window of
    // the same length keeps to that one too
    if limit.reset == Reset::Calendar && limit.span == Span::Day {
        line(file, "resets", "\"UTC\"");
    }
    let scope = match limit.scope {
        Scope::Account => "account",
        Scope::Model => "account_model",
    };
    line(file, "scope", &quoted(scope));
}

/// The headers of good answers, each for the first limit that it could speak of.
fn push_rate_headers(file: &mut String, limits: &[Limit]) {
    for word in ["requests", "tokens"] {
        let about = |limit: &&Limit| limit.meter.header_word() == Some(word);
        let Some(limit) = limits.iter().find(about) else { continue };
        file.push_str("\n[[rate_headers]]\n");
        for what in ["limit", "remaining", "reset"] {
            line(file, what, &quoted(&format!("x-ratelimit-{what}-{word}")));
        }
        line(file, "counts", &quoted(limit.meter.word()));
        line(file, "per", &quoted(limit.span.word()));
        line(file, "format", "\"duration\"");
        line(file, "on", "\"every\"");
    }
}

fn push_listing(file: &mut String, style: ListingStyle) {
    file.push_str("\n[listing]\npath = \"/models\"\nfree = \"allow_list\"\n");
    let pointers: &[(&str, &str)] = match style {
        ListingStyle::OpenAi => &[],
        ListingStyle::Groq => {
            &[("context", "/context_window"), ("max_output", "/max_completion_tokens")]
        }
        ListingStyle::OpenRouter => &[
            ("context", "/context_length"),
            ("max_output", "/top_provider/max_completion_tokens"),
            ("inputs", "/architecture/input_modalities"),
            ("features", "/supported_parameters"),
        ],
    };
    for (key, pointer) in pointers {
        line(file, key, &quoted(pointer));
    }
}

fn push_account(file: &mut String, limit: Option<&Limit>) {
    file.push_str("\n[account]\npath = \"/account\"\nevery = \"1m\"\n");
    let Some(limit) = limit else { return };
    file.push_str("\n[[account.limits]]\n");
    line(file, "counts", &quoted(limit.meter.word()));
    line(file, "per", &quoted(limit.span.word()));
    for what in ["limit", "used", "remaining"] {
        line(file, what, &quoted(&format!("/data/{what}")));
    }
}

fn push_model(file: &mut String, model: &Model) {
    file.push_str("\n[[models]]\n");
    line(file, "id", &quoted(&model.id));
    line(file, "family", &quoted(&model.family));
    line(file, "context", &model.context.to_string());
    line(file, "input", if model.vision { "[\"text\", \"image\"]" } else { "[\"text\"]" });
    push_trade(file, model);
    let mut words: Vec<&str> = model.features.iter().map(|feature| feature.word()).collect();
    if model.reasoning.is_some() {
        words.push("reasoning");
    }
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    line(file, "features", &format!("[{}]", words.join(", ")));
    line(file, "quality", &format!("{:?}", model.quality));
}

fn push_trade(file: &mut String, model: &Model) {
    match model.trade {
        Trade::Talks => {
            line(file, "max_output", &model.max_output.to_string());
            line(file, "output", "[\"text\"]");
        }
        Trade::Embeds { dimensions, at_once } => {
            line(file, "output", "[\"embedding\"]");
            line(file, "dimensions", &format!("[{dimensions}]"));
            line(file, "max_texts", &at_once.to_string());
        }
        Trade::Ranks => line(file, "output", "[\"score\"]"),
    }
}

fn line(file: &mut String, key: &str, value: &str) {
    // writing to a String cannot fail
    let _ = writeln!(file, "{key} = {value}");
}

/// A basic TOML string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn strings_are_escaped() {
        assert_eq!(quoted("a\"b\\c\n"), r#""a\"b\\c\u000A""#);
    }
}
