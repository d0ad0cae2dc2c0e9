//! Writing and reading are inverse: what one side writes the other reads as it was.

use potluck_core::Sealed;
use potluck_core::request::{
    ChatRequest, Content, Format, MaxOutput, Media, Message, Part, Reasoning, Role, Sampling, Stop,
    Tool, ToolCall,
};
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, Usage};
use potluck_core::sealed::Extra;
use proptest::option::of;
use proptest::prelude::*;

use crate::quirk::Quirks;
use crate::{Client, Dialect, Echo, Recipient, Stamp, Target};

fn words() -> impl Strategy<Value = String> {
    "[a-z\"\\\\\n é😀]{1,12}"
}

fn picture() -> Part {
    let media = Media::from_url("data:image/png;base64,iVBORw0KGgo=".to_owned());
    Part::Image { media, detail: None, extra: Extra::new() }
}

/// A question, perhaps with a picture; or a call of a tool with its answer.
fn turns(at: usize) -> impl Strategy<Value = Vec<Message>> {
    let asked = (words(), any::<bool>()).prop_map(|(text, sees)| {
        let content = if sees {
            Content::Parts(vec![Part::Text { text, extra: Extra::new() }, picture()])
        } else {
            Content::Text(text)
        };
        vec![Message::new(Role::User, content)]
    });
    let called = (words(), words(), of(words()), -9.0e9..9.0e9_f64).prop_map(
        move |(said, answer, thoughts, number)| {
            let (id, name) = (format!("call_{at}"), "look_up".to_owned());
            let arguments = format!("{{\"x\": {number}}}");
            let calls = vec![ToolCall {
                id: id.clone(),
                name: name.clone(),
                arguments,
                extra: Extra::new(),
            }];
            let calling = Message {
                tool_calls: calls,
                reasoning: thoughts,
                ..Message::new(Role::Assistant, Content::Text(said))
            };
            let answered = Message {
                name: Some(name),
                tool_call_id: Some(id),
                ..Message::new(Role::Tool, Content::Text(answer))
            };
            vec![calling, answered]
        },
    );
    prop_oneof![asked, called]
}

fn sampling() -> impl Strategy<Value = Sampling> {
    (of(0.0..2.0), of(0.0..1.0), of(1_u32..100), of(0.0..1.0), of(any::<i64>()), of(0.0..2.0))
        .prop_map(|(temperature, top_p, top_k, min_p, seed, repetition_penalty)| Sampling {
            temperature,
            top_p,
            top_k: top_k.map(f64::from),
            min_p,
            seed,
            repetition_penalty,
            ..Sampling::default()
        })
}

fn format() -> impl Strategy<Value = Option<Format>> {
    let schema =
        r#"{"name":"answer","schema":{"type":"object","properties":{"n":{"const":1.50}}}}"#;
    prop_oneof![
        Just(None),
        Just(Some(Format::JsonObject)),
        Just(Some(Format::JsonSchema(Sealed::from_json(schema)))),
    ]
}

fn tools() -> impl Strategy<Value = Vec<Tool>> {
    let tool = of(words()).prop_map(|description| Tool::Function {
        name: "look_up".to_owned(),
        description,
        parameters: Some(Sealed::from_json(r#"{"type":"object","properties":{}}"#)),
        strict: None,
        function_extra: Extra::new(),
        extra: Extra::new(),
    });
    prop::collection::vec(tool, 0..2)
}

fn requests() -> impl Strategy<Value = ChatRequest> {
    let messages = (words(), turns(0), turns(1), turns(2)).prop_map(|(system, one, two, three)| {
        let system = Message::new(Role::System, Content::Text(system));
        std::iter::once(system).chain(one).chain(two).chain(three).collect::<Vec<_>>()
    });
    let stop = of(prop::collection::vec(words(), 1..3));
    // That a model may think is never written: it is what models do that are not told otherwise.
    let off = of(Just(Reasoning { enabled: Some(false), ..Reasoning::default() }));
    let limit = of(1..9_999_u32);
    (messages, tools(), format(), sampling(), stop, off, limit, any::<bool>()).prop_map(
        |(messages, tools, format, sampling, stop, reasoning, limit, stream)| ChatRequest {
            models: vec!["m".to_owned()],
            messages,
            tools,
            format,
            sampling,
            stop: stop.map(Stop::Many),
            reasoning,
            max_output: limit.map(MaxOutput::Tokens),
            stream: Some(stream),
            ..ChatRequest::default()
        },
    )
}

fn replies() -> impl Strategy<Value = ChatResponse> {
    let calls = prop::collection::vec((words(), any::<u32>()), 0..3).prop_map(|calls| {
        let call = |(name, number): (String, u32)| ToolCall {
            id: String::new(),
            name,
            arguments: format!("{{\"n\": {number}.50}}"),
            extra: Extra::new(),
        };
        calls.into_iter().map(call).collect::<Vec<_>>()
    });
    let reason = prop_oneof![Just(FinishReason::Stop), Just(FinishReason::Length)];
    (of(words()), of(words()), calls, reason, any::<u32>(), any::<u32>()).prop_map(
        |(text, reasoning, tool_calls, reason, prompt, completion)| {
            let called = !tool_calls.is_empty() && reason == FinishReason::Stop;
            let (prompt, completion) = (u64::from(prompt), u64::from(completion));
            let usage =
                Usage { prompt, completion, total: prompt + completion, ..Usage::default() };
            let choice = Choice {
                reply: Reply { text, reasoning, tool_calls, ..Reply::default() },
                finish: Some(if called { FinishReason::ToolCalls } else { reason }),
                ..Choice::default()
            };
            ChatResponse {
                created: Some(1_700_000_000),
                model: Some("provider/model".to_owned()),
                choices: vec![choice],
                usage: Some(usage),
                ..ChatResponse::default()
            }
        },
    )
}

proptest! {
    #[test]
    fn a_request_that_was_written_is_read_as_it_was(request in requests()) {
        let target = Target {
            model: "m",
            quirks: Quirks::empty(),
            stream: request.stream == Some(true),
            max_output: None,
            context: 100_000,
        };
        let written = Dialect::Ollama.write_request(&request, &target);
        prop_assert!(written.dropped.is_empty(), "{:?}", written.dropped);
        let read = Client::OllamaChat.read_request(&written.body).unwrap().request;
        prop_assert_eq!(&read, &request);
        // And the same bytes again, whether written anew or forwarded.
        prop_assert_eq!(&Dialect::Ollama.write_request(&read, &target).body, &written.body);
        let forwarded = Dialect::Ollama.forward_request(&written.body, &read, &target).unwrap();
        let value = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap();
        prop_assert_eq!(value(&forwarded.body), value(&written.body));
    }

    #[test]
    fn an_answer_that_was_written_is_read_as_it_was(response in replies()) {
        let (id, model) = ("gen-1".to_owned(), "provider/model".to_owned());
        let request = ChatRequest::default();
        let recipient = Recipient {
            client: Client::OllamaChat,
            stamp: Stamp { id, created: 1_700_000_000, model },
            request: &request,
            echo: &Echo::Nothing,
        };
        let written = recipient.write_response(&response);
        let mut read = Dialect::Ollama.read_response(&written, Quirks::empty()).unwrap();
        // Calls go out without ids, and get others when they are read.
        read.choices[0].reply.tool_calls.iter_mut().for_each(|call| call.id.clear());
        prop_assert_eq!(read, response);
    }
}
