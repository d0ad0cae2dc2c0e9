use super::*;

#[test]
fn details_are_safe_to_show() {
    let table = [
        (
            "Incorrect API key provided: sk-fake-key. See https://x.y/z.",
            "Incorrect API key provided: [hidden]. See [address].",
        ),
        ("Invalid token gsk_abcDEF123456, sorry", "Invalid token [hidden], sorry"),
        ("use Bearer abcdef to call", "use Bearer [hidden] to call"),
        ("AIzaSyA1234567890abcdefghijk is bad", "[hidden] is bad"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.e30.abc", "jwt [hidden]"),
        (
            "Team: bb642ce4-5161-45c9-8f34-408850883602, API key ID: x",
            "Team: [hidden], API key ID: x",
        ),
        ("in organization `org_01hxyzabcdefgh` on", "in organization `[hidden]` on"),
        ("blob aGVsbG8gd29ybGQgMTIzNDU2Nzg5MA== end", "blob [hidden]== end"),
        (
            "host 10.0.0.3:8080 and 203.0.113.7 and [2001:db8::1]:443",
            "host [address] and [address] and [[address]]:443",
        ),
        ("mail me@example.org (or http://localhost:1)", "mail [address] (or [address])"),
        ("connect api.internal.example:8443 failed", "connect [address] failed"),
        ("ollama llama3.2:3b and qwen2.5:72 stay", "ollama llama3.2:3b and qwen2.5:72 stay"),
        ("a\r\nb\tc\u{0}d\u{202e}e\u{200b}f", "a b c d e f"),
        // what names models and limits stays
        (
            "deepseek/deepseek-r1-0528:free is temporarily rate-limited upstream.",
            "deepseek/deepseek-r1-0528:free is temporarily rate-limited upstream.",
        ),
        (
            "model meta-llama/Meta-Llama-3.1-405B-Instruct or claude-3-5-sonnet-20241022 at 1m26.4s",
            "model meta-llama/Meta-Llama-3.1-405B-Instruct or claude-3-5-sonnet-20241022 at 1m26.4s",
        ),
        (
            "metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 1000000",
            "metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 1000000",
        ),
        (
            "messages[0]: unknown variant `image_url`, expected `text`",
            "messages[0]: unknown variant `image_url`, expected `text`",
        ),
    ];
    for (unsafe_text, wanted) in table {
        assert_eq!(detail(unsafe_text), wanted);
    }
    let long = detail(&"wört ".repeat(5_000));
    assert_eq!(long.chars().count(), LONGEST);
    assert!(long.ends_with('…'));
}
