//! What a list of models is narrowed to by its query, in OpenRouter's words.
//!
//! Categories, prices above zero, benchmarks and ages are things that potluck does not know of its models: such
//! wishes are left out, and named in the answer.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the query asked for.
pub(super) type Query = BTreeMap<String, String>;

/// The models that the query leaves, in its order, and the wishes that were left out.
pub(super) struct Narrowed {
    /// All that fit.
    pub(super) models: Vec<Value>,
    /// How many fit, whatever page was asked for.
    pub(super) total: usize,
    /// Parameters of the query that nothing here can follow.
    pub(super) ignored: Vec<String>,
}

/// Narrows the list.
pub(super) fn narrow(mut models: Vec<Value>, query: &Query) -> Narrowed {
    let mut ignored = Vec::new();
    for (name, wanted) in query {
        match name.as_str() {
            "offset" | "limit" => {}
            "sort" if sort(&mut models, wanted) => {}
            _ => match test(name) {
                Some(fits) => models.retain(|model| fits(model, wanted)),
                None => ignored.push(name.clone()),
            },
        }
    }
    let total = models.len();
    let number = |name| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(usize::MAX));
    let models = models.into_iter().skip(offset).take(limit).collect();
    Narrowed { models, total, ignored }
}

/// Where the list goes on after the page that `query`, as it came, asked for; `None` on the last one.
pub(super) fn next(path: &str, query: &str, shown: usize, total: usize) -> Option<String> {
    let pairs = || query.split('&').filter(|pair| !pair.is_empty());
    let offset = pairs().find_map(|pair| pair.strip_prefix("offset=")?.parse().ok());
    let begun = offset.unwrap_or(0_usize).saturating_add(shown);
    if shown == 0 || begun >= total {
        return None;
    }
    let kept: Vec<&str> = pairs().filter(|pair| !pair.starts_with("offset=")).collect();
    Some(format!("{path}?{}&offset={begun}", kept.join("&")))
}

type Test = fn(&Value, &str) -> bool;

fn test(name: &str) -> Option<Test> {
    Some(match name {
        "supported_parameters" => |model, wanted| has(&model["supported_parameters"], wanted),
        "input_modalities" => {
            |model, wanted| has(&model["architecture"]["input_modalities"], wanted)
        }
        "output_modalities" => |model, wanted| {
            wanted == "all" || has(&model["architecture"]["output_modalities"], wanted)
        },
        "q" => |model, wanted| says(model, wanted),
        "context" => |model, wanted| {
            wanted.parse().is_ok_and(|least: u64| model["context_length"].as_u64() >= Some(least))
        },
        "providers" => {
            |model, wanted| wanted.split(',').any(|provider| model["owned_by"] == provider.trim())
        }
        // All is free: only a demand for a price can leave anything out.
        "min_price" | "min_output_price" => {
            |_, least| least.parse().is_ok_and(|least: f64| least <= 0.0)
        }
        "max_price" | "max_output_price" => {
            |_, most| most.parse().is_ok_and(|most: f64| most >= 0.0)
        }
        // Nobody here vouches for zero retention or for distillation.
        "zdr" | "distillable" => |_, wanted| wanted != "true",
        _ => return None,
    })
}

/// Whether a list holds every word of another, which is parted by commas.
fn has(list: &Value, wanted: &str) -> bool {
    let words = list.as_array().map_or(&[][..], Vec::as_slice);
    let mut wanted = wanted.split(',').map(str::trim).filter(|word| !word.is_empty());
    wanted.all(|word| words.iter().any(|known| known == word))
}

fn says(model: &Value, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    ["id", "name"]
        .iter()
        .filter_map(|field| model[*field].as_str())
        .any(|text| text.to_lowercase().contains(&wanted))
}

/// Sorts by what is known; models of which it is not known come last. Whether it could.
fn sort(models: &mut [Value], by: &str) -> bool {
    let (field, descending): (fn(&Value) -> &Value, bool) = match by {
        "context-high-to-low" => (|model| &model["context_length"], true),
        "throughput-high-to-low" => (|model| &model["potluck"]["tokens_per_s"], true),
        "latency-low-to-high" => (|model| &model["potluck"]["first_event_ms"], false),
        // All cost the same.
        "pricing-low-to-high" | "pricing-high-to-low" => return true,
        _ => return false,
    };
    let key = |model: &Value| match (field(model).as_f64(), descending) {
        (Some(number), true) => -number,
        (Some(number), false) => number,
        (None, _) => f64::INFINITY,
    };
    models.sort_by(|a, b| key(a).total_cmp(&key(b)));
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn models() -> Vec<Value> {
        let model = |id: &str, context: u32, words: &[&str], speed: Option<f64>| {
            json!({
                "id": id, "name": id.to_uppercase(), "owned_by": id.split('/').next(),
                "context_length": context, "supported_parameters": words,
                "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
                "potluck": {"tokens_per_s": speed},
            })
        };
        vec![
            model("a/small", 8_192, &["tools", "stop"], None),
            model("b/wide", 131_072, &["stop"], Some(40.0)),
            model("b/fast", 32_768, &["tools", "stop", "seed"], Some(90.0)),
        ]
    }

    #[track_caller]
    fn assert_left(query: &[(&str, &str)], expected: &[&str]) -> Narrowed {
        let query = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let narrowed = narrow(models(), &query);
        let ids: Vec<&str> = narrowed.models.iter().filter_map(|m| m["id"].as_str()).collect();
        assert_eq!(ids, expected);
        narrowed
    }

    #[test]
    fn each_wish_narrows() {
        let all = ["a/small", "b/wide", "b/fast"];
        assert_left(&[], &all);
        assert_left(&[("supported_parameters", "tools")], &["a/small", "b/fast"]);
        assert_left(&[("supported_parameters", "tools, seed")], &["b/fast"]);
        assert_left(&[("context", "32768")], &["b/wide", "b/fast"]);
        assert_left(&[("q", "WID")], &["b/wide"]);
        assert_left(&[("providers", "a,c")], &["a/small"]);
        assert_left(&[("output_modalities", "all")], &all);
        assert_left(&[("output_modalities", "image")], &[]);
        assert_left(&[("max_price", "0")], &all);
        assert_left(&[("min_price", "0.5")], &[]);
        assert_left(&[("zdr", "true")], &[]);
    }

    #[test]
    fn what_was_not_measured_is_last() {
        assert_left(&[("sort", "throughput-high-to-low")], &["b/fast", "b/wide", "a/small"]);
        assert_left(&[("sort", "context-high-to-low")], &["b/wide", "b/fast", "a/small"]);
    }

    #[test]
    fn what_nobody_can_follow_is_named_and_pages_keep_the_total() {
        let query =
            [("category", "programming"), ("sort", "top-weekly"), ("limit", "1"), ("offset", "1")];
        let narrowed = assert_left(&query, &["b/wide"]);
        assert_eq!(narrowed.ignored, ["category", "sort"]);
        assert_eq!(narrowed.total, 3);
    }

    #[test]
    fn pages_follow_each_other_to_the_last() {
        let page = |query, shown| next("/v1/models", query, shown, 5);
        let second = page("limit=2&q=a%20b", 2).unwrap();
        assert_eq!(second, "/v1/models?limit=2&q=a%20b&offset=2");
        assert_eq!(page("limit=2&offset=2", 2).unwrap(), "/v1/models?limit=2&offset=4");
        assert_eq!(page("limit=2&offset=4", 1), None);
        assert_eq!(page("", 5), None);
        assert_eq!(page("offset=9", 0), None);
        assert_eq!(page("limit=0", 0), None, "a page of nothing leads nowhere");
    }
}
