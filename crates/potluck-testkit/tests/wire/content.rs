//! Faults of content: status 200 and nothing to use.

use std::time::Duration;

use potluck_testkit::{Empty, ErrorPlace, Fault, Garbage, Model, Plan, SimulatedProvider};
use serde_json::{Value, json};

use crate::raw::{Got, ask, exchange, post, watch};
use crate::{PATIENCE, suffer, until};

async fn sound_http(fault: Fault, stream: bool) -> Got {
    let got = suffer(fault.clone(), stream, PATIENCE).await;
    assert_eq!((got.status(), got.body().1), (200, true), "{fault:?}");
    got
}

#[tokio::test]
async fn empty_streams_end_well_and_say_nothing() {
    for (what, chunks) in [
        (Empty::Body, 0),
        (Empty::NoChoices, 1),
        (Empty::Content, 3),
        (Empty::Whitespace, 3),
        (Empty::FinishOnly, 1),
    ] {
        let got = sound_http(Fault::Empty(what), true).await;
        assert_eq!(got.chunks().len(), chunks, "{what:?}");
        assert_eq!(got.content().trim(), "");
        assert_eq!(got.data().last().is_some_and(|data| data == "[DONE]"), what != Empty::Body);
    }
}

#[tokio::test]
async fn empty_bodies_say_nothing() {
    assert!(sound_http(Fault::Empty(Empty::Body), false).await.body().0.is_empty());
    let choices = |got: Got| got.json()["choices"].clone();
    assert_eq!(choices(sound_http(Fault::Empty(Empty::NoChoices), false).await), json!([]));
    for (what, content) in [
        (Empty::Content, json!("")),
        (Empty::Whitespace, json!(" \n")),
        (Empty::FinishOnly, Value::Null),
    ] {
        let choices = choices(sound_http(Fault::Empty(what), false).await);
        assert_eq!(choices[0]["message"]["content"], content);
        assert_eq!(choices[0]["finish_reason"], "stop");
    }
}

#[tokio::test]
async fn errors_hide_in_a_200() {
    let got = sound_http(Fault::ErrorIn200(ErrorPlace::Body), true).await;
    assert_eq!(got.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(got.json()["error"]["code"], 502);
    let got = sound_http(Fault::ErrorIn200(ErrorPlace::FirstEvent), true).await;
    assert_eq!(got.chunks()[0]["error"]["code"], 502);
    let got = sound_http(Fault::ErrorIn200(ErrorPlace::AfterComments), true).await;
    let (before, _) = got.text().split_once("data:").map(|(a, b)| (a.to_owned(), b.len())).unwrap();
    assert_eq!(before.matches(": SIMULATED PROCESSING").count(), 3);
    let got = sound_http(Fault::ErrorIn200(ErrorPlace::MidStream), true).await;
    let last = got.chunks().pop().unwrap();
    assert_eq!(
        (&last["error"]["code"], &last["choices"][0]["finish_reason"]),
        (&json!(502), &json!("error"))
    );
    assert!(got.content().len() > 20);
    let got = sound_http(Fault::ErrorIn200(ErrorPlace::NamedEvent), true).await;
    assert!(got.text().contains("event: error\ndata: {\"error\""));
    for place in ErrorPlace::ALL {
        let body = sound_http(Fault::ErrorIn200(place), false).await.json();
        let error = body.get("error").or(body["choices"][0].get("error")).unwrap();
        assert_eq!(error["code"], 502, "{place:?}");
    }
}

#[tokio::test]
async fn garbage_is_no_answer() {
    for stream in [false, true] {
        let got = sound_http(Fault::Garbage(Garbage::Html), stream).await;
        assert!(got.header("content-type").unwrap().starts_with("text/html"));
        let got = sound_http(Fault::Garbage(Garbage::Binary), stream).await;
        assert!(String::from_utf8(got.body().0).is_err());
        let got = sound_http(Fault::Garbage(Garbage::InvalidUtf8), stream).await;
        assert!(String::from_utf8(got.body().0).is_err());
        let got = sound_http(Fault::Garbage(Garbage::InvalidJson), stream).await;
        let body = String::from_utf8(got.body().0).unwrap();
        let json = body
            .strip_prefix("data: ")
            .map_or(body.as_str(), |rest| rest.split("\n\n").next().unwrap());
        assert!(serde_json::from_str::<Value>(json).unwrap_err().is_syntax());
    }
}

#[tokio::test]
async fn broken_tool_arguments_are_no_json() {
    let provider = SimulatedProvider::build("sim-broken")
        .model(Model::capable("m"))
        .faults(Plan::always(Fault::ToolArgumentsBroken))
        .start()
        .await
        .unwrap();
    let mut asked = ask("m", false);
    asked["tools"] = json!([{"type": "function", "function": {"name": "soup", "parameters": {
        "type": "object", "properties": {"kind": {"type": "string"}}}}}]);
    let body = exchange(provider.address(), &post(&asked), PATIENCE).await.json();
    let call = &body["choices"][0]["message"]["tool_calls"][0]["function"];
    assert!(serde_json::from_str::<Value>(call["arguments"].as_str().unwrap()).is_err());
    asked["stream"] = true.into();
    let got = exchange(provider.address(), &post(&asked), PATIENCE).await;
    let arguments: String = got
        .chunks()
        .iter()
        .filter_map(|chunk| {
            let call = &chunk["choices"][0]["delta"]["tool_calls"][0];
            call["function"]["arguments"].as_str().map(str::to_owned)
        })
        .collect();
    assert!(!arguments.is_empty() && serde_json::from_str::<Value>(&arguments).is_err());
}

#[tokio::test]
async fn every_fault_meets_every_kind_of_request() {
    let provider =
        SimulatedProvider::build("sim-all").model(Model::capable("m")).start().await.unwrap();
    let tools = json!([{"type": "function", "function": {"name": "soup"}}]);
    let mut asked = 0;
    for fault in Fault::all().into_iter().filter(|fault| *fault != Fault::Refused) {
        provider.set_faults(Plan::always(fault.clone())).await;
        for (n, stream) in [(1, false), (2, true), (3, false)] {
            let mut body = ask("m", stream);
            body["n"] = n.into();
            body["tools"] = if n == 2 { tools.clone() } else { json!([]) };
            watch(provider.address(), &post(&body), Duration::from_millis(30)).await;
            asked += 1;
            // a provider that broke down would not have written it into its log
            until(|| provider.seen().len() == asked).await;
            assert_eq!(provider.seen()[asked - 1].fault, Some(fault.name()));
        }
    }
}
