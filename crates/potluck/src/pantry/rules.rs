//! Rules over a listed model's JSON: which of a provider's models are free.
//!
//! A rule is one question to one item of the list. This room knows JSON values and pointers; it must
//! not know any provider's field names, which arrive as data.

use serde_json::Value;

/// A JSON pointer (RFC 6901): empty for the whole value, else `/a/0/b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(String);

/// One question to one listed model.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What is asked.
    pub test: Test,
    /// Whether the rule holds where the field is missing or null.
    pub if_present: bool,
}

/// What a rule asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The id ends so.
    IdEndsWith(String),
    /// The field is this text, or this number, whichever way it is written.
    Equals(Pointer, String),
    /// The field holds this text, or is a list with this text in it; in whatever case.
    Contains(Pointer, String),
    /// The field is true.
    IsTrue(Pointer),
    /// The field is one of these.
    In(Pointer, Vec<String>),
}

impl Pointer {
    /// From its text; the error says what is wrong with it.
    ///
    /// # Errors
    /// When it is neither empty nor begins with a slash, or holds a `~` that is no `~0` or `~1`.
    pub fn new(text: &str) -> Result<Self, String> {
        if !text.is_empty() && !text.starts_with('/') {
            return Err("which is no JSON pointer: it must begin with \"/\"".to_owned());
        }
        let broken =
            text.split('~').skip(1).any(|rest| !rest.starts_with('0') && !rest.starts_with('1'));
        if broken {
            return Err(
                "which is no JSON pointer: \"~\" is written \"~0\", \"/\" \"~1\"".to_owned()
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// From a text of ours that is known to be one.
    pub(super) fn known(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value it points to.
    #[must_use]
    pub fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        value.pointer(&self.0)
    }
}

impl Rule {
    /// Whether the listed model `item`, called `id`, passes.
    #[must_use]
    pub fn holds(&self, id: &str, item: &Value) -> bool {
        let field = |pointer: &Pointer| pointer.of(item).filter(|value| !value.is_null()).cloned();
        let asked = |pointer: &Pointer, test: &dyn Fn(&Value) -> bool| {
            field(pointer).map_or(self.if_present, |value| test(&value))
        };
        match &self.test {
            Test::IdEndsWith(end) => id.ends_with(end.as_str()),
            Test::Equals(pointer, wanted) => asked(pointer, &|value| same(value, wanted)),
            Test::Contains(pointer, wanted) => asked(pointer, &|value| holds(value, wanted)),
            Test::IsTrue(pointer) => asked(pointer, &|value| *value == Value::Bool(true)),
            Test::In(pointer, all) => {
                asked(pointer, &|value| all.iter().any(|wanted| same(value, wanted)))
            }
        }
    }

    /// Whether it only asks for a price. Such a rule alone never proves that a model is free.
    #[must_use]
    pub fn is_about_price(&self) -> bool {
        let pointer = match &self.test {
            Test::IdEndsWith(_) => return false,
            Test::Equals(pointer, _)
            | Test::Contains(pointer, _)
            | Test::IsTrue(pointer)
            | Test::In(pointer, _) => pointer.as_str(),
        };
        pointer.contains("pric") || pointer.contains("cost")
    }
}

/// Whether `value` is `wanted`: as text, or as the same decimal number.
pub(crate) fn same(value: &Value, wanted: &str) -> bool {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return false,
    };
    if text == wanted {
        return true;
    }
    match (text.trim().parse::<f64>(), wanted.trim().parse::<f64>()) {
        (Ok(left), Ok(right)) => left.total_cmp(&right).is_eq(),
        _ => false,
    }
}

/// Whether `value` is or holds the text `wanted`, in whatever case.
fn holds(value: &Value, wanted: &str) -> bool {
    let wanted_low = wanted.to_lowercase();
    match value {
        Value::String(text) => text.to_lowercase().contains(&wanted_low),
        Value::Array(items) => items.iter().any(|item| same(item, wanted)),
        _ => same(value, wanted),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(test: Test) -> Rule {
        Rule { test, if_present: false }
    }

    fn at(text: &str) -> Pointer {
        Pointer::new(text).unwrap()
    }

    #[test]
    fn the_end_of_the_id_decides() {
        let free = rule(Test::IdEndsWith(":free".into()));
        assert!(free.holds("a/b:free", &json!({})));
        assert!(!free.holds("a/b", &json!({})));
        assert!(!free.holds("a/b:free-trial", &json!({})));
    }

    #[test]
    fn equals_compares_text_and_decimals() {
        let zero = rule(Test::Equals(at("/pricing/prompt"), "0".into()));
        for price in [json!("0"), json!(0), json!(0.0), json!("0.000"), json!("0e0")] {
            assert!(zero.holds("m", &json!({ "pricing": { "prompt": price } })));
        }
        for price in [json!("-1"), json!("0.0000001"), json!(null), json!({}), json!("free")] {
            assert!(!zero.holds("m", &json!({ "pricing": { "prompt": price } })));
        }
        assert!(!zero.holds("m", &json!({})));
        assert!(
            rule(Test::Equals(at("/tier"), "turbo".into())).holds("m", &json!({"tier":"turbo"}))
        );
    }

    #[test]
    fn contains_looks_into_texts_and_lists() {
        let text = rule(Test::Contains(at("/out"), "text".into()));
        assert!(text.holds("m", &json!({ "out": ["image", "text"] })));
        assert!(text.holds("m", &json!({ "out": "Text->Text" })));
        assert!(!text.holds("m", &json!({ "out": ["image"] })));
        assert!(!text.holds("m", &json!({ "out": ["texture"] })));
    }

    #[test]
    fn is_true_takes_nothing_but_true() {
        let free = rule(Test::IsTrue(at("/isFree")));
        assert!(free.holds("m", &json!({ "isFree": true })));
        for other in [json!("true"), json!(1), json!(false), json!(null)] {
            assert!(!free.holds("m", &json!({ "isFree": other })));
        }
    }

    #[test]
    fn in_takes_one_of_several() {
        let own = rule(Test::In(at("/provider"), vec![String::new(), "vlm-run".into()]));
        assert!(own.holds("m", &json!({ "provider": "vlm-run" })));
        assert!(own.holds("m", &json!({ "provider": "" })));
        assert!(!own.holds("m", &json!({ "provider": "openrouter" })));
        assert!(!own.holds("m", &json!({})));
    }

    #[test]
    fn if_present_lets_a_missing_field_pass_and_no_other() {
        let free = Rule { test: Test::IsTrue(at("/isFree")), if_present: true };
        assert!(free.holds("m", &json!({})));
        assert!(free.holds("m", &json!({ "isFree": null })));
        assert!(!free.holds("m", &json!({ "isFree": false })));
    }

    #[test]
    fn pointers_are_checked() {
        assert!(Pointer::new("").is_ok());
        assert!(Pointer::new("/a/0/b~1c").is_ok());
        assert!(Pointer::new("a").is_err());
        assert!(Pointer::new("/a~2").is_err());
        assert!(Pointer::new("/a~").is_err());
    }

    #[test]
    fn prices_are_recognised_as_prices() {
        assert!(rule(Test::Equals(at("/pricing/prompt"), "0".into())).is_about_price());
        assert!(rule(Test::Equals(at("/input_price"), "0".into())).is_about_price());
        assert!(!rule(Test::IsTrue(at("/isFree"))).is_about_price());
    }
}
