//! A client that speaks OpenAI's chat, a provider that speaks Gemini's own API, and the whole house between them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, Reply};
use potluck_testkit::CannedGemini;
use serde_json::{Value, json};

struct Kitchen {
    provider: CannedGemini,
    house: House,
    asker: Asker,
}

impl Kitchen {
    async fn open() -> Self {
        let provider = CannedGemini::start().await.unwrap();
        let folder = house::fresh_folder();
        let file = format!(
            "dialect = \"gemini\"\nbase_url = \"http://{}/v1beta\"\n\
             [auth]\nkeyless = true\nanonymous = \"secret\"\nscheme = \"header\"\nname = \"x-goog-api-key\"\n\
             [[models]]\nid = \"gemini-3-flash\"\ncontext = 100000\nmax_output = 8192\n\
             input = [\"text\"]\noutput = [\"text\"]\nfeatures = [\"tools\", \"reasoning\"]\n",
            provider.address()
        );
        std::fs::write(folder.join("providers/gem.toml"), file).unwrap();
        Self { provider, house: House::open(folder, QUICK, ":memory:"), asker: Asker::new() }
    }

    async fn ask(&self, request: &Value) -> Reply {
        let url = format!("{}/v1/chat/completions", self.house.address);
        self.asker.post(&url, request.to_string()).await
    }

    /// The last request that reached the provider.
    fn heard(&self) -> Value {
        self.provider.heard().pop().unwrap().body
    }
}

fn chat(stream: bool) -> Value {
    let messages =
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]);
    json!({"model": "gem/gemini-3-flash", "stream": stream, "messages": messages})
}

fn chunk(parts: Value, reason: Option<&str>) -> Value {
    json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason, "index": 0}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "totalTokenCount": 12},
        "modelVersion": "gemini-3-flash", "responseId": "r"
    })
}

#[tokio::test]
async fn a_whole_answer() {
    let kitchen = Kitchen::open().await;
    let parts = json!([{"text": "hm", "thought": true}, {"text": "Hello."}]);
    kitchen.provider.answer_next(200, vec![chunk(parts, Some("STOP"))]);
    let reply = kitchen.ask(&chat(false)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let choice = &reply.json()["choices"][0];
    assert_eq!(choice["message"]["content"], "Hello.");
    assert_eq!(choice["message"]["reasoning"], "hm");
    assert_eq!(choice["finish_reason"], "stop");
    let usage = &reply.json()["usage"];
    assert_eq!((&usage["prompt_tokens"], &usage["completion_tokens"]), (&json!(7), &json!(5)));
    let heard = kitchen.provider.heard().pop().unwrap();
    assert_eq!(heard.target, "/v1beta/models/gemini-3-flash:generateContent?");
    assert_eq!(heard.key, "secret");
    assert_eq!(
        heard.body,
        json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}]
        })
    );
}

#[tokio::test]
async fn a_stream() {
    let kitchen = Kitchen::open().await;
    let pieces = ["Hel", "lo", "."].map(|text| chunk(json!([{ "text": text }]), None));
    let end = chunk(json!([{"text": "", "thoughtSignature": "c2ln"}]), Some("STOP"));
    kitchen.provider.answer_next(200, pieces.into_iter().chain([end]).collect());
    let reply = kitchen.ask(&chat(true)).await;
    assert_eq!(reply.streamed_text().unwrap(), "Hello.");
    let target = kitchen.provider.heard().pop().unwrap().target;
    assert_eq!(target, "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_told_inside() {
    let kitchen = Kitchen::open().await;
    kitchen.provider.answer_next(200, vec![chunk(json!([{"text": "Hel"}]), None)]);
    let reply = kitchen.ask(&chat(true)).await;
    assert!(reply.streamed_text().unwrap_err().contains("error in the stream"), "{}", reply.body);
}

#[tokio::test]
async fn a_tool_is_called_and_its_answer_goes_back_with_the_signature() {
    let kitchen = Kitchen::open().await;
    let call =
        json!([{"functionCall": {"name": "look", "args": {"at": 1}}, "thoughtSignature": "c2ln"}]);
    kitchen.provider.answer_next(200, vec![chunk(call, Some("STOP"))]);
    let mut request = chat(false);
    let parameters = json!({"type": "object", "properties": {"at": {"type": "integer"}}});
    request["tools"] =
        json!([{"type": "function", "function": {"name": "look", "parameters": parameters}}]);
    let reply = kitchen.ask(&request).await.json();
    let choice = &reply["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    let said = choice["message"].clone();
    let id = said["tool_calls"][0]["id"].clone();
    assert!(id.as_str().is_some_and(|id| !id.is_empty()), "{said}");
    let answer = json!({"role": "tool", "tool_call_id": id, "content": "a cat"});
    request["messages"].as_array_mut().unwrap().extend([said, answer]);

    kitchen.provider.answer_next(200, vec![chunk(json!([{"text": "A cat."}]), Some("STOP"))]);
    let reply = kitchen.ask(&request).await;
    assert_eq!(reply.whole_text().unwrap(), "A cat.");
    let turns = kitchen.heard()["contents"].clone();
    let call = json!({"id": id, "name": "look", "args": {"at": 1}});
    assert_eq!(turns[1]["parts"], json!([{"functionCall": call, "thoughtSignature": "c2ln"}]));
    let response = json!({"id": id, "name": "look", "response": {"result": "a cat"}});
    assert_eq!(turns[2]["parts"], json!([{ "functionResponse": response }]));

    // A client that keeps known fields only sends the call back without its signature.
    request["messages"][2]["tool_calls"][0].as_object_mut().unwrap().remove("extra_content");
    kitchen.provider.answer_next(200, vec![chunk(json!([{"text": "A cat."}]), Some("STOP"))]);
    assert_eq!(kitchen.ask(&request).await.status, 200);
    let stand_in = &kitchen.heard()["contents"][1]["parts"][0]["thoughtSignature"];
    assert_eq!(stand_in, "skip_thought_signature_validator");
}

#[tokio::test]
async fn failures_are_told_as_what_they_are() {
    let error = |code: u16, status: &str, message: &str| {
        vec![json!({"error": {"code": code, "message": message, "status": status}})]
    };
    let kitchen = Kitchen::open().await;
    kitchen.provider.answer_next(503, error(503, "UNAVAILABLE", "The model is overloaded."));
    let reply = kitchen.ask(&chat(false)).await;
    assert!(reply.status >= 429, "{}", reply.body);
    assert!(reply.body.contains("overloaded"), "{}", reply.body);

    let kitchen = Kitchen::open().await;
    let blocked = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}});
    for stream in [false, true] {
        kitchen.provider.answer_next(200, vec![blocked.clone()]);
        let reply = kitchen.ask(&chat(stream)).await;
        assert!(reply.status >= 400, "{}", reply.body);
        assert!(reply.body.contains("filter"), "{}", reply.body);
    }
}
