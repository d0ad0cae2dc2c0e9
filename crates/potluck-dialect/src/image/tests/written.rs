//! What clients get.

use std::time::Duration;

use potluck_core::image::{Format, Size, Wish};
use potluck_core::response::Usage;
use potluck_core::verdict::Refusal;

use super::*;
use crate::client::{Client, Stamp};

fn stamp() -> Stamp {
    Stamp { id: "gen-1".to_owned(), created: 1_700_000_000, model: "ovhcloud/sdxl".to_owned() }
}

fn picture<'a>(form: Form<'a>, notes: &'a [String]) -> Picture<'a> {
    Picture {
        form,
        format: Format::Png,
        size: Size::new(1024, 1024),
        offer: "ovhcloud/sdxl",
        seed: Some(7),
        steps: Some(4),
        revised_prompt: Some("a very red fox"),
        took: Duration::from_millis(2_345),
        notes,
    }
}

fn asked(door: Door) -> Asked {
    let size = Wish::Exact(Size { wide: 512, high: 512 });
    Asked { door, request: ImageRequest { size, ..fox() } }
}

fn usage() -> Usage {
    Usage { prompt: 5, completion: 10, total: 15, ..Usage::default() }
}

#[test]
fn an_answer_has_the_pictures_and_what_is_known_of_them() {
    let notes = ["size: 512x512 asked, 1024x1024 given: the nearest of this model".to_owned()];
    let pictures = [picture(Form::Inline(PNG), &notes), picture(Form::Link("http://p/1.png"), &[])];
    let body = asked(Door::Generations).write_response(&pictures, Some(&usage()), &stamp());
    let body = json(&body);
    assert_eq!(body["created"], 1_700_000_000);
    assert_eq!((&body["model"], &body["provider"]), (&"ovhcloud/sdxl".into(), &"ovhcloud".into()));
    assert_eq!(body["data"][0]["b64_json"], PNG_BASE64);
    assert_eq!(body["data"][0]["revised_prompt"], "a very red fox");
    assert_eq!(body["data"][1]["url"], "http://p/1.png");
    let expected = serde_json::json!({
        "model": "ovhcloud/sdxl", "provider": "ovhcloud", "seed": 7, "steps": 4,
        "size_asked": "512x512", "size_given": "1024x1024", "seconds": 2.345, "notes": notes,
    });
    assert_eq!(body["data"][0]["metadata"], expected);
    for (one, other) in [("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")]
    {
        assert_eq!(body["usage"][one], body["usage"][other], "OpenAI's and OpenRouter's names");
    }
    assert!(
        json(&asked(Door::OpenRouter).write_response(&pictures, None, &stamp()))
            .get("usage")
            .is_none()
    );
}

#[test]
fn a_conversation_gets_pictures_in_its_message() {
    let chat = Client::Chat
        .read_request(br#"{"modalities":["image"],"messages":[{"role":"user","content":"a fox"}]}"#)
        .unwrap();
    let mut asked = Door::read_chat(Client::Chat, chat.request).unwrap();
    let pictures = [picture(Form::Inline(PNG), &[])];
    let body = json(&asked.write_response(&pictures, Some(&usage()), &stamp()));
    let image = &body["choices"][0]["message"]["images"][0];
    assert_eq!(image["image_url"]["url"], format!("data:image/png;base64,{PNG_BASE64}"));
    assert_eq!((&image["type"], &image["index"]), (&"image_url".into(), &0.into()));
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    asked.request.stream = true;
    let body = asked.write_response(&pictures, None, &stamp());
    let streamed = events(&body);
    assert!(streamed.iter().any(|(_, event)| event["choices"][0]["delta"]["images"][0] == *image));
    assert!(body.ends_with(b"data: [DONE]\n\n"));
}

fn events(body: &[u8]) -> Vec<(String, serde_json::Value)> {
    let text = std::str::from_utf8(body).unwrap();
    let events = text.split("\n\n").filter_map(|frame| {
        let name = frame.lines().find_map(|line| line.strip_prefix("event: ")).unwrap_or_default();
        let data = frame.lines().find_map(|line| line.strip_prefix("data: "))?;
        (data != "[DONE]").then(|| (name.to_owned(), serde_json::from_str(data).unwrap()))
    });
    events.collect()
}

#[test]
fn a_stream_tells_of_unfinished_and_finished_pictures() {
    for (door, kind) in [(Door::Generations, "image_generation"), (Door::Edits, "image_edit")] {
        let (asked, stamp) = (asked(door), stamp());
        let (mut writer, mut out) = (asked.writer(&stamp), Vec::new());
        let picture = picture(Form::Inline(PNG), &[]);
        writer.partial(0, &picture, &mut out);
        writer.completed(&picture, Some(&usage()), &mut out);
        writer.finish(&mut out);
        let told = events(&out);
        assert_eq!(told[0].0, format!("{kind}.partial_image"));
        assert_eq!(
            (&told[0].1["type"], &told[0].1["partial_image_index"]),
            (&told[0].0.clone().into(), &0.into())
        );
        assert_eq!(told[1].0, format!("{kind}.completed"));
        assert_eq!(told[1].1["b64_json"], PNG_BASE64);
        assert_eq!(told[1].1["usage"]["total_tokens"], 15);
        assert!(out.ends_with(b"data: [DONE]\n\n"));
    }
}

#[test]
fn a_conversations_stream_numbers_its_pictures() {
    let body =
        br#"{"modalities":["image"],"stream":true,"messages":[{"role":"user","content":"x"}]}"#;
    let chat = Client::OpenRouter.read_request(body).unwrap();
    let (asked, stamp) = (Door::read_chat(Client::OpenRouter, chat.request).unwrap(), stamp());
    let (mut writer, mut out) = (asked.writer(&stamp), Vec::new());
    let picture = picture(Form::Inline(PNG), &[]);
    writer.partial(0, &picture, &mut out);
    assert!(out.is_empty(), "a conversation knows no unfinished pictures");
    writer.completed(&picture, None, &mut out);
    writer.completed(&picture, None, &mut out);
    writer.finish(&mut out);
    let indices: Vec<_> = events(&out)
        .iter()
        .filter_map(|(_, event)| event["choices"][0]["delta"]["images"][0]["index"].as_u64())
        .collect();
    assert_eq!(indices, [0, 1]);
}

#[test]
fn what_became_of_no_picture_is_said_in_the_doors_shape() {
    let refusal = Refusal::new(502, "api_error", "all_failed", "all attempts failed");
    for door in [Door::Generations, Door::Edits, Door::OpenRouter, Door::Chat(Client::Chat)] {
        let body = json(&door.write_refusal(&refusal, "gen-1"));
        assert_eq!(body["error"]["message"], "all attempts failed");
        let (asked, stamp) = (asked(door), stamp());
        let mut out = Vec::new();
        asked.writer(&stamp).fail(&refusal, &mut out);
        let told = events(&out);
        assert_eq!(told.last().unwrap().1["error"]["message"], "all attempts failed", "{door:?}");
        assert!(out.ends_with(b"data: [DONE]\n\n"));
    }
}
