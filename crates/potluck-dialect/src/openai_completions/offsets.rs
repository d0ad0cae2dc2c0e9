//! Log probabilities in the older form: lists side by side, and where in the text each token begins.

use potluck_core::Sealed;
use serde_json::{Map, Value, json};

/// The older form of `logprobs`; `offset` is where the first token begins, in characters, and moves on. `None` where
/// there are none.
pub(super) fn lists(logprobs: &Sealed, offset: &mut usize) -> Option<String> {
    let value: Value = serde_json::from_str(logprobs.as_json()).ok()?;
    let items = value.get("content")?.as_array().filter(|items| !items.is_empty())?;
    let (mut tokens, mut own, mut likely, mut offsets) = (vec![], vec![], vec![], vec![]);
    for item in items {
        let token = item["token"].as_str().unwrap_or_default();
        offsets.push(*offset);
        *offset += token.chars().count();
        tokens.push(token);
        own.push(&item["logprob"]);
        likely.push(alternatives(&item["top_logprobs"]));
    }
    let lists = json!({ "tokens": tokens, "token_logprobs": own, "top_logprobs": likely, "text_offset": offsets });
    Some(lists.to_string())
}

fn alternatives(items: &Value) -> Value {
    let items = items.as_array().into_iter().flatten();
    let named = items.filter_map(|item| Some((item["token"].as_str()?, &item["logprob"])));
    let map: Map<String, Value> =
        named.map(|(token, logprob)| (token.to_owned(), logprob.clone())).collect();
    if map.is_empty() { Value::Null } else { Value::Object(map) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_say_where_they_begin() {
        let sealed = Sealed::from_json(
            r#"{"content":[{"token":"hé","logprob":-1,"top_logprobs":[{"token":"a","logprob":-2}]},{"token":"y","logprob":-3}]}"#,
        );
        let mut offset = 4;
        let lists: Value = serde_json::from_str(&lists(&sealed, &mut offset).unwrap()).unwrap();
        let expected = json!({ "tokens": ["hé", "y"], "token_logprobs": [-1, -3],
                               "top_logprobs": [{ "a": -2 }, null], "text_offset": [4, 6] });
        assert_eq!((lists, offset), (expected, 7));
        assert_eq!(super::lists(&Sealed::from_json("null"), &mut offset), None);
    }
}
