//! An independent reading of an answer: `serde_json` trees and `str` methods, and nothing of potluck.

use serde_json::Value;

/// What a client must be able to find in an answer, however it is spelled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) choices: Vec<Choice>,
    /// Prompt, completion, total, cached, reasoning.
    pub(super) usage: Option<[u64; 5]>,
    pub(super) error: bool,
    /// The stream said that it was done.
    pub(super) done: bool,
    /// A piece of the stream was no JSON.
    pub(super) broken: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Choice {
    pub(super) index: u64,
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) refusal: String,
    pub(super) calls: Vec<Call>,
    pub(super) finish: Option<String>,
    pub(super) images: Vec<Value>,
    pub(super) annotations: Vec<Value>,
    pub(super) logprobs: Vec<Value>,
    pub(super) details: Vec<Value>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Call {
    key: Option<u64>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Call {
    /// A call that came whole.
    pub(super) fn whole(id: String, name: String, arguments: String) -> Self {
        Self { key: None, id, name, arguments }
    }
}

/// A whole answer.
pub(super) fn whole(body: &str) -> Answer {
    let mut answer = Answer::default();
    let Ok(value) = serde_json::from_str::<Value>(body.trim()) else {
        answer.broken = true;
        return answer;
    };
    answer.add(&value, "message");
    answer.finish()
}

/// A stream.
pub(super) fn stream(body: &str) -> Answer {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let mut answer = Answer::default();
    for event in body.split("\n\n") {
        let mut data = Vec::new();
        let mut name = "";
        for line in event.lines() {
            if let Some(value) = line.strip_prefix("data:") {
                data.push(value.strip_prefix(' ').unwrap_or(value));
            } else if let Some(value) = line.strip_prefix("event:") {
                name = value.trim();
            }
        }
        let data = data.join("\n");
        match data.trim() {
            "" => {}
            "[DONE]" => answer.done = true,
            json => match serde_json::from_str::<Value>(json) {
                Ok(value) if !answer.done => {
                    answer.error |= name == "error";
                    answer.add(&value, "delta");
                }
                Ok(_) => {}
                Err(_) => answer.broken = true,
            },
        }
    }
    answer.finish()
}

impl Answer {
    fn add(&mut self, value: &Value, field: &str) {
        let has_choices = value["choices"].is_array();
        let is_error = |value: &Value| !value.is_null() && *value != Value::Bool(false);
        if value.is_array() || is_error(&value["error"]) || is_error(&value["errors"]) {
            self.error = true;
        }
        if !has_choices
            && value["usage"].is_null()
            && (value["message"].is_string() || !value["detail"].is_null())
        {
            self.error = true;
        }
        for counted in [&value["x_groq"]["usage"], &value["usage"]] {
            if counted["prompt_tokens"].is_number() || counted["completion_tokens"].is_number() {
                self.usage = Some(usage(counted));
            }
        }
        for choice in value["choices"].as_array().into_iter().flatten() {
            self.add_choice(choice, field);
        }
    }

    fn add_choice(&mut self, value: &Value, field: &str) {
        if !value["error"].is_null() {
            self.error = true;
        }
        let index = value["index"].as_u64().unwrap_or_default();
        let at =
            self.choices.iter().position(|choice| choice.index == index).unwrap_or_else(|| {
                self.choices.push(Choice { index, ..Choice::default() });
                self.choices.len() - 1
            });
        let choice = &mut self.choices[at];
        let said = if value[field].is_object() { &value[field] } else { &value["delta"] };
        choice.add(said);
        choice.logprobs.extend(
            ["content", "refusal"]
                .into_iter()
                .flat_map(|list| value["logprobs"][list].as_array().cloned().unwrap_or_default()),
        );
        if let Some(word) = value["finish_reason"].as_str().filter(|word| !word.is_empty()) {
            self.error |= word == "error";
            choice.finish.get_or_insert_with(|| word.to_owned());
        }
    }

    pub(super) fn finish(mut self) -> Self {
        for choice in &mut self.choices {
            choice.settle();
        }
        self.choices.sort_by_key(|choice| choice.index);
        self
    }
}

impl Choice {
    fn add(&mut self, said: &Value) {
        match &said["content"] {
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.add_part(part)),
            Value::Null => {}
            other => self.text.push_str(&other.to_string()),
        }
        let spellings = ["reasoning", "reasoning_content", "reasoning_text", "thinking"];
        let thoughts = spellings.iter().filter_map(|name| said[name].as_str());
        self.reasoning.push_str(thoughts.max_by_key(|text| text.len()).unwrap_or_default());
        self.refusal.push_str(said["refusal"].as_str().unwrap_or_default());
        for (list, name) in [
            (&mut self.images, "images"),
            (&mut self.annotations, "annotations"),
            (&mut self.details, "reasoning_details"),
        ] {
            list.extend(said[name].as_array().cloned().unwrap_or_default());
        }
        for call in said["tool_calls"].as_array().into_iter().flatten() {
            self.add_call(call);
        }
        if said["function_call"]["name"].as_str().is_some_and(|name| !name.is_empty()) {
            let call = &said["function_call"];
            self.call(Some(0), "", call["name"].as_str().unwrap_or_default(), &call["arguments"]);
        }
    }

    fn add_part(&mut self, part: &Value) {
        let inner = |value: &Value| -> String {
            let parts = value.as_array().into_iter().flatten();
            parts.filter_map(|part| part["text"].as_str()).collect()
        };
        match part["type"].as_str() {
            Some("text") => self.text.push_str(part["text"].as_str().unwrap_or_default()),
            Some("thinking") => self.reasoning.push_str(&inner(&part["thinking"])),
            _ => {}
        }
    }

    fn add_call(&mut self, call: &Value) {
        let of = if call["function"].is_null() { &call["custom"] } else { &call["function"] };
        let arguments = if of["input"].is_string() { &of["input"] } else { &of["arguments"] };
        let id = call["id"].as_str().unwrap_or_default();
        self.call(call["index"].as_u64(), id, of["name"].as_str().unwrap_or_default(), arguments);
    }

    pub(super) fn call(&mut self, key: Option<u64>, id: &str, name: &str, arguments: &Value) {
        let arguments = match arguments {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let same = self.calls.iter().rposition(|call| {
            (key.is_some()
                && call.key == key
                && (id.is_empty() || name.is_empty() || call.id == id))
                || (!id.is_empty() && call.id == id)
        });
        let same = same.or_else(|| {
            let goes_on = key.is_none() && id.is_empty() && name.is_empty();
            goes_on.then(|| self.calls.len().checked_sub(1)).flatten()
        });
        match same {
            Some(at) => {
                let call = &mut self.calls[at];
                call.arguments.push_str(&arguments);
                if call.name.is_empty() {
                    name.clone_into(&mut call.name);
                }
            }
            None => {
                self.calls.push(Call { key, id: id.to_owned(), name: name.to_owned(), arguments });
            }
        }
    }

    /// Puts the vendors' words into OpenAI's.
    fn settle(&mut self) {
        let called = !self.calls.is_empty();
        self.finish = self.finish.take().map(|word| match word.as_str() {
            "stop" | "eos" | "eos_token" if called => "tool_calls".to_owned(),
            "eos" | "eos_token" => "stop".to_owned(),
            "function_call" => "tool_calls".to_owned(),
            _ => word,
        });
    }
}

fn usage(value: &Value) -> [u64; 5] {
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let first =
        |values: &[&Value]| values.iter().find_map(|value| value.as_u64()).unwrap_or_default();
    let (prompt, completion) = (count(&value["prompt_tokens"]), count(&value["completion_tokens"]));
    [
        prompt,
        completion,
        value["total_tokens"].as_u64().unwrap_or(prompt + completion),
        first(&[
            &value["prompt_tokens_details"]["cached_tokens"],
            &value["prompt_cache_hit_tokens"],
            &value["cached_tokens"],
        ]),
        first(&[
            &value["completion_tokens_details"]["reasoning_tokens"],
            &value["reasoning_tokens"],
        ]),
    ]
}
