use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// A tree, built by the cursor alone.
fn tree(cursor: &mut Cursor<'_>) -> Result<Value, Broken> {
    Ok(match cursor.kind()? {
        Kind::Null => {
            cursor.null()?;
            Value::Null
        }
        Kind::Bool => cursor.boolean()?.into(),
        Kind::Number => serde_json::from_str(cursor.number()?).unwrap_or(Value::Null),
        Kind::Text => cursor.text()?.into_owned().into(),
        Kind::Array => {
            let mut items = Vec::new();
            cursor.array(|cursor, _| {
                items.push(tree(cursor)?);
                Ok::<(), Broken>(())
            })?;
            items.into()
        }
        Kind::Object => {
            let mut fields = serde_json::Map::new();
            cursor.object(|cursor, key| {
                fields.insert(key.into_owned(), tree(cursor)?);
                Ok::<(), Broken>(())
            })?;
            fields.into()
        }
    })
}

fn read(text: &str) -> Result<Value, Broken> {
    let mut cursor = Cursor::strict(text);
    let value = tree(&mut cursor)?;
    cursor.end()?;
    Ok(value)
}

fn skipped(text: &str) -> Result<&str, Broken> {
    let mut cursor = Cursor::strict(text);
    let value = cursor.value()?;
    cursor.end()?;
    Ok(value)
}

#[test]
fn broken_documents_are_refused_where_they_break() {
    for (text, at) in [
        ("", 0),
        ("{", 1),
        ("[1,]", 3),
        ("{\"a\" 1}", 5),
        ("{\"a\":1,}", 7),
        ("{a:1}", 1),
        ("[1 2]", 3),
        ("\"a", 2),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 2),
        ("\"\n\"", 1),
        ("01", 1),
        ("1.", 2),
        ("-", 1),
        ("1e", 2),
        ("tru", 0),
        ("nul", 0),
        ("{} {}", 3),
        ("]", 0),
        ("[}", 1),
    ] {
        assert_eq!(skipped(text).map_err(|broken| broken.at), Err(at), "skipping {text:?}");
        assert_eq!(read(text).map_err(|broken| broken.at), Err(at), "reading {text:?}");
    }
}

#[test]
fn depth_ends() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(skipped(&deep(128)).is_ok());
    assert!(skipped(&deep(129)).is_err());
    assert!(skipped(&deep(1_000_000)).is_err());
    assert!(read(&deep(128)).is_ok());
    assert!(read(&deep(129)).is_err());
    let mixed = "{\"a\":[".repeat(64) + "1" + &"]}".repeat(64);
    assert!(skipped(&mixed).is_ok());
}

#[test]
fn half_a_pair_is_refused_from_clients_and_mended_from_providers() {
    for (text, mended) in [
        (r#""a\ud83db""#, "a\u{fffd}b"),
        (r#""\udc00""#, "\u{fffd}"),
        (r#""\ud83d\u0041""#, "\u{fffd}A"),
        (r#""\ud83d\ude00""#, "😀"),
    ] {
        let strict = Cursor::strict(text).text();
        assert_eq!(strict.is_ok(), !mended.contains('\u{fffd}'), "{text}");
        assert_eq!(Cursor::lenient(text).text().unwrap(), mended);
    }
}

#[test]
fn texts_without_escapes_are_borrowed() {
    assert!(matches!(Cursor::strict("\"plain é\"").text(), Ok(Cow::Borrowed("plain é"))));
}

#[test]
fn numbers_saturate_and_floats_count() {
    assert_eq!(whole("9223372036854767616"), Some(9_223_372_036_854_767_616));
    assert_eq!(whole("99999999999999999999999"), Some(u64::MAX));
    assert_eq!(whole("12.7"), Some(12));
    assert_eq!(whole("-3"), Some(0));
    assert_eq!(whole("1e400"), Some(u64::MAX));
    assert_eq!(whole_exact("3.0"), Some(3));
    assert_eq!(whole_exact("3.5"), None);
    assert_eq!(whole_exact("9223372036854775807"), Some(i64::MAX));
    assert_eq!(whole_exact("9223372036854775808"), None);
}

#[test]
fn numbers_are_written_as_short_as_they_are() {
    for (value, written) in [
        (0.7, "0.7"),
        (40.0, "40"),
        (-2.0, "-2"),
        (0.0, "0"),
        (1e300, &1e300_f64.to_string()),
        (f64::NAN, "null"),
    ] {
        let mut out = Vec::new();
        number(&mut out, value);
        assert_eq!(unlossy(&out), written);
    }
}

#[test]
fn positions_count_characters() {
    assert_eq!(position("a\né😀x".as_bytes(), 8), (2, 3));
    assert_eq!(position(b"", 5), (1, 1));
}

#[test]
fn a_prefix_that_a_client_cuts_at_is_escaped() {
    let mut out = b"data: {\"u\":\"data:image/png;data:\"}".to_vec();
    escape_data_prefix(&mut out, 5);
    assert_eq!(out, br#"data: {"u":"data\u003aimage/png;data\u003a"}"#);
}

#[test]
fn json_over_several_lines_becomes_one() {
    let mut json = b"{\r\n  \"a\": [\n1],\n\"b\": \"\\n\"\n}".to_vec();
    join_lines(&mut json);
    assert_eq!(json, br#"{    "a": [ 1], "b": "\n" }"#);
}

#[test]
fn a_head_is_the_beginning_of_any_object() {
    let head = Head::new(|fields| fields.text("a", "\"x\""));
    let (mut one, mut other) = (Vec::new(), Vec::new());
    head.object(&mut one, |fields| fields.boolean("b", true));
    head.object(&mut other, |_| {});
    assert_eq!(unlossy(&one), r#"{"a":"\"x\"","b":true}"#);
    assert_eq!(unlossy(&other), r#"{"a":"\"x\""}"#);
}

#[test]
fn fields_at_the_top_are_found() {
    let text = r#" {"a":{"b":[1,"]\\"]},"b\"" : "x\"}" ,"b": [ {"b":2} ] , "c":null}"#;
    assert_eq!(
        top_level(text.as_bytes(), ["a", "b", "c", "d"]).map(|found| found.map(unlossy)),
        [
            Some(r#"{"b":[1,"]\\"]}"#.into()),
            Some(r#"[ {"b":2} ]"#.into()),
            Some("null".into()),
            None
        ]
    );
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Eighths: the other library's floats are not exact to the last bit.
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        ".{0,24}".prop_map(Value::from),
        "[ -~\\n\"\\\\]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-d\"\\\\é]{0,3}", inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Bytes that are nearly JSON.
fn almost() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "1", "-", ".5", "e3", "null", "true", " ",
        "\\", "\\u00", "\\ud83d", "é", "\n", "0",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// The other library joins half pairs or refuses them as we do, but counts depth and numbers otherwise.
fn other(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

proptest! {
    #[test]
    fn documents_are_read_as_the_other_library_reads_them(document in documents(), pretty: bool) {
        let text = if pretty {
            serde_json::to_string_pretty(&document).unwrap()
        } else {
            document.to_string()
        };
        prop_assert_eq!(read(&text).unwrap(), document);
        prop_assert_eq!(skipped(&text).unwrap(), text.as_str());
    }

    #[test]
    fn what_is_nearly_json_is_judged_as_the_other_library_judges_it(text in almost()) {
        prop_assert_eq!(read(&text).ok(), other(&text));
    }

    #[test]
    fn random_text_never_panics(text in "\\PC{0,60}") {
        let _ = read(&text);
        let _ = skipped(&text);
        let _ = top_level(text.as_bytes(), ["a"]);
    }

    #[test]
    fn texts_are_written_so_that_they_are_read(value in "\\PC{0,30}|[\u{0}-\u{7f}]{0,30}") {
        let mut out = Vec::new();
        text(&mut out, &value);
        prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), value);
    }

    #[test]
    fn numbers_are_written_so_that_they_are_read(value: f64) {
        let mut out = Vec::new();
        number(&mut out, value);
        if value.is_finite() {
            prop_assert_eq!(unlossy(&out).parse::<f64>().unwrap(), value);
        }
    }

    #[test]
    fn the_top_level_is_found_as_the_other_library_finds_it(document in documents()) {
        let text = document.to_string();
        if let Value::Object(fields) = &document {
            let found = top_level(text.as_bytes(), ["a", "b"]).map(|found| {
                found.and_then(|json| serde_json::from_slice::<Value>(json).ok())
            });
            prop_assert_eq!(found[0].clone(), fields.get("a").cloned());
            prop_assert_eq!(found[1].clone(), fields.get("b").cloned());
        } else {
            let _ = top_level(text.as_bytes(), ["a"]);
        }
    }
}
