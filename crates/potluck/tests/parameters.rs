//! Clients that require every parameter, over one provider of each dialect: whoever would drop one is not asked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, Reply, fresh_folder};
use potluck_testkit::{InstantOptions, InstantUpstream};
use serde_json::{Value, json};

const DIALECTS: [&str; 5] = ["openai", "gemini", "ollama", "anthropic", "cohere"];

/// A house with a provider of each dialect, named by it.
fn over_all_dialects(upstream: &InstantUpstream) -> House {
    let folder = fresh_folder();
    for dialect in DIALECTS {
        let root = upstream.root_url();
        let url = if dialect == "openai" { format!("{root}/v1") } else { root };
        let file = format!(
            "dialect = \"{dialect}\"\nbase_url = {url:?}\n[auth]\nkeyless = true\n\
             [[models]]\nid = \"instant\"\nfamily = \"instant\"\ncontext = 32768\nmax_output = 4096\n\
             input = [\"text\"]\noutput = [\"text\"]\nfeatures = [\"tools\", \"json_object\"]\n"
        );
        std::fs::write(folder.join(format!("providers/{dialect}.toml")), file).unwrap();
    }
    House::open(folder, QUICK, ":memory:")
}

async fn ask(house: &House, fields: &Value, provider: Value) -> Reply {
    let mut body = json!({
        "model": "free", "messages": [{"role": "user", "content": "hello"}], "provider": provider,
    });
    for (key, value) in fields.as_object().unwrap() {
        body[key] = value.clone();
    }
    let url = format!("{}/v1/chat/completions", house.address);
    Asker::new().post(&url, body.to_string()).await
}

/// Who carries a parameter, by asking each provider alone.
async fn who_carries(house: &House, fields: &Value) -> Vec<&'static str> {
    let mut carry = Vec::new();
    for dialect in DIALECTS {
        let reply = ask(house, fields, json!({"only": [dialect]})).await;
        assert_eq!(reply.status, 200, "{dialect}: {}", reply.body);
        let strict = json!({"only": [dialect], "require_parameters": true});
        let required = ask(house, fields, strict).await;
        let dropped = reply.header("x-potluck-dropped");
        assert_eq!(
            (dropped.is_empty(), required.status == 200),
            (required.status == 200, dropped.is_empty()),
            "{dialect} of {fields}: dropped {dropped:?}, then {}",
            required.body
        );
        if required.status == 200 {
            assert_eq!(required.header("x-potluck-dropped"), "");
            carry.push(dialect);
        } else {
            assert_eq!(required.status, 404, "{}", required.body);
            assert!(required.body.contains("lacks_parameter:"), "{}", required.body);
        }
    }
    carry
}

#[tokio::test]
async fn who_requires_every_parameter_is_served_by_those_who_carry_them() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let house = over_all_dialects(&upstream);
    for (fields, carry) in [
        (json!({"temperature": 0.5}), &DIALECTS[..]),
        (json!({"seed": 7}), &["openai", "gemini", "ollama", "cohere"]),
        (json!({"min_p": 0.1}), &["openai", "ollama"]),
        (json!({"logit_bias": {"7": -100}}), &["openai"]),
        (json!({"user": "somebody"}), &["openai", "anthropic"]),
        (json!({"a_field_of_tomorrow": 1}), &["openai"]),
    ] {
        assert_eq!(who_carries(&house, &fields).await, carry, "{fields}");
        for draw in 0..8 {
            let mut fields = fields.clone();
            fields["messages"] = json!([{"role": "user", "content": format!("draw {draw}")}]);
            let reply = ask(&house, &fields, json!({"require_parameters": true})).await;
            assert_eq!(reply.header("x-potluck-dropped"), "", "{fields}");
            let (provider, _) = reply.header("x-potluck-offer").split_once('/').unwrap();
            assert!(carry.contains(&provider), "{fields} went to {provider}");
        }
    }
}
