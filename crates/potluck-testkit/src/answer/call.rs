//! Whether a simulated model calls a tool, and with what arguments.

use serde_json::Value;

use super::ask::{Ask, Tool, ToolChoice};
use super::schema::{Words, instance};
use crate::model::{Feature, Model};

/// A tool call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON text.
    pub(crate) arguments: String,
}

/// The calls that answer this request; none when it is to be answered in text.
pub(super) fn calls(ask: &Ask, model: &Model, id_seed: u64) -> Vec<Call> {
    let mut wanted = wanted(ask);
    if !(ask.parallel && model.has(Feature::ParallelTools)) {
        wanted.truncate(1);
    }
    let make = |(at, tool): (usize, &Tool)| Call {
        id: format!("call_sim{:016x}{at}", id_seed),
        name: tool.name.clone(),
        arguments: arguments(tool, ask),
    };
    wanted.into_iter().enumerate().map(make).collect()
}

fn wanted(ask: &Ask) -> Vec<&Tool> {
    let forced = matches!(ask.tool_choice, ToolChoice::Required | ToolChoice::Named(_));
    // a result has just come back: a model that is free to choose now answers
    if ask.tool_choice == ToolChoice::None || (ask.tool_result.is_some() && !forced) {
        return Vec::new();
    }
    if let ToolChoice::Named(name) = &ask.tool_choice {
        return ask.tools.iter().filter(|tool| tool.name == *name).collect();
    }
    let asked: Vec<&Tool> =
        ask.tools.iter().filter(|tool| asks_for(&ask.last_user, &tool.name)).collect();
    if asked.is_empty() && forced { ask.tools.iter().take(1).collect() } else { asked }
}

/// The message holds the tool's name or a telling word of it ("weather" for `get_weather`).
fn asks_for(message: &str, name: &str) -> bool {
    let message = message.to_lowercase();
    let name = name.to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    message.contains(&name)
        || words.filter(|word| word.len() > 3).any(|word| message.contains(word))
}

fn arguments(tool: &Tool, ask: &Ask) -> String {
    if !tool.parameters.is_object() {
        return "{}".to_owned();
    }
    let message = ask.last_user.as_str();
    let text = quoted(message).or_else(|| telling_word(message)).unwrap_or("simulated");
    match instance(&tool.parameters, &Words { text, number: first_number(message) }) {
        Value::Object(fields) => Value::Object(fields).to_string(),
        _ => "{}".to_owned(),
    }
}

/// A name in the message ("Paris"): the last capitalised word that does not begin it.
fn telling_word(message: &str) -> Option<&str> {
    message
        .split_whitespace()
        .skip(1)
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| word.chars().next().is_some_and(char::is_uppercase))
        .last()
}

/// What the message has in quotation marks.
fn quoted(message: &str) -> Option<&str> {
    // an apostrophe inside a word opens nothing
    let mut in_word = false;
    for (at, letter) in message.char_indices() {
        if matches!(letter, '\'' | '"') && !in_word {
            return message[at + 1..].split_once(letter).map(|(inside, _)| inside);
        }
        in_word = letter.is_alphanumeric();
    }
    None
}

/// The first whole number in the message that is no part of a word.
fn first_number(message: &str) -> Option<f64> {
    message
        .split(|letter: char| !letter.is_alphanumeric())
        .find_map(|word| word.parse::<u32>().ok())
        .map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_asked_for_by_name_or_by_a_telling_word() {
        assert!(asks_for("What is the Weather in Paris?", "get_weather"));
        assert!(asks_for("please run add", "add"));
        assert!(!asks_for("get me a joke", "get_weather"));
    }

    #[test]
    fn the_name_in_the_question_goes_into_the_arguments() {
        assert_eq!(telling_word("What is the weather in Paris, please?"), Some("Paris"));
        assert_eq!(telling_word("hello"), None);
    }

    #[test]
    fn what_is_quoted_and_what_is_counted_is_found() {
        assert_eq!(quoted("a customer named '你好' (Hello), it's new"), Some("你好"));
        assert_eq!(quoted("it's the friend's"), None);
        assert_eq!(quoted("an 'open end"), None);
        assert_eq!(first_number("magic_function(3), or 4"), Some(3.0));
        assert_eq!(first_number("gpt4 and one"), None);
    }
}
