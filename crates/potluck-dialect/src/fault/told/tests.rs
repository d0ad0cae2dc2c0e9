use super::*;

/// A body, its message, code, type and the status inside.
type Row = (&'static str, &'static str, Option<&'static str>, Option<&'static str>, Option<u16>);
const SHAPES: &[Row] = &[
    (
        r#"{"error":{"message":"no","type":"t","param":null,"code":"c"}}"#,
        "no",
        Some("c"),
        Some("t"),
        None,
    ),
    (r#"{"error":{"message":"no","code":429}}"#, "no", Some("429"), None, Some(429)),
    (r#"{"error":"text","error_type":"validation"}"#, "text", None, Some("validation"), None),
    (r#"{"error":"Name","message":"words"}"#, "words", Some("Name"), None, None),
    (r#"{"code":"some words","error":"text"}"#, "text", Some("some words"), None, None),
    (
        r#"{"object":"error","message":"m","type":"invalid_model","code":"1500","raw_status_code":400}"#,
        "m",
        Some("1500"),
        Some("invalid_model"),
        Some(400),
    ),
    (r#"{"detail":"Invalid API Key"}"#, "Invalid API Key", None, None, None),
    (r#"{"id":"1","message":"gone"}"#, "gone", None, None, None),
    (
        r#"{"error":{"code":404,"message":"gone","status":"NOT_FOUND"}}"#,
        "gone",
        Some("404"),
        Some("NOT_FOUND"),
        Some(404),
    ),
    (
        r#"[{"error":{"code":404,"message":"gone","status":"NOT_FOUND"}}]"#,
        "gone",
        Some("404"),
        Some("NOT_FOUND"),
        Some(404),
    ),
    (
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        "Overloaded",
        None,
        Some("overloaded_error"),
        None,
    ),
    ("plain words", "plain words", None, None, None),
    (r#""a string""#, "a string", None, None, None),
    ("<!doctype html><TITLE>502 Bad <b>Gateway</b></TITLE>", "502 Bad Gateway", None, None, None),
    ("<html><body><h1 class=x>Sorry &amp; bye</h1>", "Sorry & bye", None, None, None),
    (r#"{"title":"Gone","detail":"it left","status":410}"#, "Gone: it left", None, None, Some(410)),
    (r#"{"status":429,"title":"Too Many Requests"}"#, "Too Many Requests", None, None, Some(429)),
    (
        r#"{"success":false,"errors":[{"code":4006,"message":"all gone"}],"result":{}}"#,
        "all gone",
        Some("4006"),
        None,
        None,
    ),
    (r#"{"errors":{"message":"no"},"request_id":"x"}"#, "no", None, None, None),
    (r#"{"errors":["one","two"]}"#, "one", None, None, None),
    (
        r#"{"detail":[{"loc":["body","n",0],"msg":"too many"},{"loc":["body"],"msg":"odd"}]}"#,
        "body.n.0: too many; body: odd",
        None,
        None,
        None,
    ),
    (
        r#"{"object":"error","message":{"detail":[{"loc":["body"],"msg":"Extra inputs"}]}}"#,
        "body: Extra inputs",
        None,
        None,
        None,
    ),
    (
        r#"{"message":"Too many","rc":"TooManyPrompts"}"#,
        "Too many",
        Some("TooManyPrompts"),
        None,
        None,
    ),
    (
        "event: error\ndata: {\"error\":{\"message\":\"in a stream\"}}\n\n",
        "in a stream",
        None,
        None,
        None,
    ),
    (
        r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"broke"}}}"#,
        "broke",
        Some("server_error"),
        Some("response.failed"),
        None,
    ),
    ("\u{feff} {\"error\":\"x\"}", "x", None, None, None),
    ("{}", "", None, None, None),
    ("[]", "", None, None, None),
    ("null", "null", None, None, None),
    ("", "", None, None, None),
];

#[test]
fn every_shape_of_body_is_read() {
    for (body, message, code, kind, status) in SHAPES {
        let told = Told::read(body.as_bytes());
        let read =
            (told.message.as_str(), told.code.as_deref(), told.kind.as_deref(), told.status_inside);
        assert_eq!(read, (*message, *code, *kind, *status), "{body}");
    }
}

#[test]
fn what_stands_behind_a_reseller_is_read() {
    let body = r#"{"error":{"code":400,"message":"Provider returned error","metadata":{"provider_name":"Google",
        "raw":"{\"error\":{\"code\":429,\"message\":\"slow down\",\"status\":\"RESOURCE_EXHAUSTED\"}}"}}}"#;
    let told = Told::read(body.as_bytes());
    assert_eq!(told.deepest_status(), Some(429));
    assert_eq!(told.best_message(), "slow down");
    let wrapped = r#"{"error":{"message":"litellm.BadRequestError: XException - {\"error\":{\"message\":\"inner\",\"code\":400}} Received Model Group=x","code":500}}"#;
    assert_eq!(Told::read(wrapped.as_bytes()).best_message(), "inner");
}
