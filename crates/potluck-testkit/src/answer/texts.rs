//! Vectors for texts and scores for documents, as an honest stand-in for a model makes them: by the words that texts
//! share. The same text always gets the same vector, and texts that share words come out near each other.

use serde_json::{Value, json};

use super::Invalid;

/// What a request for vectors or scores says, read strictly.
#[derive(Clone, Debug)]
pub(crate) struct TextsAsk {
    pub(crate) model: String,
    /// The question, where there is one.
    query: String,
    texts: Vec<String>,
    dimensions: Option<u64>,
    top: Option<u64>,
}

impl TextsAsk {
    /// Reads the body of an embedding request.
    pub(crate) fn embedding(body: &[u8]) -> Result<Self, Invalid> {
        Self::read(body, "input")
    }

    /// Reads the body of a rerank request.
    pub(crate) fn rerank(body: &[u8]) -> Result<Self, Invalid> {
        let ask = Self::read(body, "documents")?;
        if ask.query.is_empty() { Err(invalid("query", "is required")) } else { Ok(ask) }
    }

    fn read(body: &[u8], field: &'static str) -> Result<Self, Invalid> {
        let body: Value =
            serde_json::from_slice(body).map_err(|_| invalid("body", "is no JSON"))?;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let texts: Option<Vec<String>> = match &body[field] {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(many) => many.iter().map(|t| t.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let texts = texts.ok_or_else(|| invalid(field, "must be texts"))?;
        if texts.is_empty() || texts.iter().any(String::is_empty) {
            return Err(invalid(field, "must not be empty"));
        }
        Ok(Self {
            model: text("model"),
            query: text("query"),
            texts,
            dimensions: body["dimensions"].as_u64(),
            top: body["top_n"].as_u64(),
        })
    }

    /// How many texts came.
    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }

    /// A token a word.
    pub(crate) fn tokens(&self) -> u64 {
        let words = |text: &String| text.split_whitespace().count() as u64;
        words(&self.query) + self.texts.iter().map(words).sum::<u64>()
    }

    /// The answer with a vector a text.
    pub(crate) fn vectors(&self, usual: u32) -> Value {
        let length = self.dimensions.unwrap_or(u64::from(usual));
        let item = |(index, text): (usize, &String)| json!({"object": "embedding", "index": index, "embedding": vector(text, length)});
        let data: Vec<Value> = self.texts.iter().enumerate().map(item).collect();
        json!({
            "object": "list", "data": data, "model": self.model, "simulated": true,
            "usage": {"prompt_tokens": self.tokens(), "total_tokens": self.tokens()},
        })
    }

    /// The answer with the documents in order of the share of the question's words that they have.
    pub(crate) fn ranking(&self) -> Value {
        let mut ranked: Vec<(usize, f64)> =
            self.texts.iter().map(|text| shared(&self.query, text)).enumerate().collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
        ranked.truncate(
            self.top.map_or(usize::MAX, |top| usize::try_from(top).unwrap_or(usize::MAX)),
        );
        let item =
            |&(index, score): &(usize, f64)| json!({"index": index, "relevance_score": score});
        let results: Vec<Value> = ranked.iter().map(item).collect();
        json!({
            "results": results, "model": self.model, "simulated": true,
            "usage": {"total_tokens": self.tokens()},
        })
    }
}

fn invalid(param: &'static str, what: &str) -> Invalid {
    Invalid {
        message: format!("{param} {what}"),
        param: Some(param.to_owned()),
        code: Some("invalid_value"),
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// Each word adds one to the place that its letters name; then the whole has length 1.
fn vector(text: &str, length: u64) -> Vec<f64> {
    let mut vector = vec![0.0_f64; usize::try_from(length.max(1)).unwrap_or(1)];
    for word in words(text) {
        // FNV-1a: spread evenly, and the same on every machine
        let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let place = usize::try_from(hash % length.max(1)).unwrap_or_default();
        vector[place] += 1.0;
    }
    let norm = vector.iter().map(|number| number * number).sum::<f64>().sqrt();
    vector.iter().map(|number| if norm > 0.0 { number / norm } else { *number }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "questions have few words")]
fn shared(query: &str, text: &str) -> f64 {
    let asked: Vec<String> = words(query).collect();
    let found: Vec<String> = words(text).collect();
    let met = asked.iter().filter(|word| found.contains(word)).count();
    met as f64 / asked.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_share_words_are_near() {
        let near = |one: &str, other: &str| {
            let (one, other) = (vector(one, 64), vector(other, 64));
            one.iter().zip(&other).map(|(a, b)| a * b).sum::<f64>()
        };
        assert!(near("leek soup", "a soup of leek") > near("leek soup", "tax returns"));
        assert!((near("leek soup", "Leek, soup!") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_best_document_comes_first() {
        let body =
            br#"{"model":"r","query":"leek soup","documents":["tax","leek soup"],"top_n":1}"#;
        let answer = TextsAsk::rerank(body).unwrap().ranking();
        assert_eq!(answer["results"], json!([{"index": 1, "relevance_score": 1.0}]));
    }
}
