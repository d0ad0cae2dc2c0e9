//! What clients send: the official clients', OpenRouter's, forms and conversations; and what is wrong with it.

use potluck_core::image::{Delivery, Format, Size, Wish};
use potluck_core::verdict::Refusal;
use proptest::prelude::*;

use super::*;
use crate::client::Client;

fn read(door: Door, body: &str) -> ImageRequest {
    door.read_request(body.as_bytes()).unwrap().request
}

fn refused(door: Door, body: &str) -> Refusal {
    let refusal = door.read_request(body.as_bytes()).unwrap_err();
    assert_eq!(refusal.status, 400);
    refusal
}

#[test]
fn the_official_clients_request_is_read() {
    let body = r#"{"model":"free","prompt":"a red fox","n":2,"size":"1792x1024","quality":"hd","style":"vivid",
        "background":"transparent","output_format":"webp","output_compression":80,"response_format":"url",
        "user":"me","moderation":"low"}"#;
    let request = read(Door::Generations, body);
    assert_eq!(
        (request.models.as_slice(), request.prompt.as_str()),
        (&["free".to_owned()][..], "a red fox")
    );
    assert_eq!(request.size, Wish::Exact(Size { wide: 1792, high: 1024 }));
    assert_eq!((request.count, request.delivery), (2, Some(Delivery::Url)));
    assert_eq!((request.format, request.compression), (Some(Format::Webp), Some(80)));
    assert_eq!(request.extra.len(), 1, "what nobody knows travels unread");
}

#[test]
fn extras_of_image_servers_are_read() {
    let body = r#"{"prompt":"a fox","negative_prompt":"dogs","seed":7,"num_inference_steps":20,
        "guidance_scale":3.5,"aspect_ratio":"16:9","provider":{"only":["ovhcloud"]}}"#;
    let request = read(Door::OpenRouter, body);
    assert_eq!((request.seed, request.steps, request.guidance), (Some(7), Some(20), Some(3.5)));
    assert_eq!(request.negative.as_deref(), Some("dogs"));
    assert_eq!(request.size.to_string(), "16:9");
    assert_eq!(request.routing.only, ["ovhcloud"]);
    let none = read(Door::Generations, r#"{"prompt":"a fox","seed":-1,"size":"auto","n":null}"#);
    assert_eq!((none.seed, none.size, none.count), (None, Wish::Auto, 1));
}

#[test]
fn tiers_and_edges_are_sizes_too() {
    let size =
        |fields: &str| read(Door::OpenRouter, &format!("{{\"prompt\":\"x\",{fields}}}")).size;
    assert_eq!(size(r#""width":640,"height":480"#), Wish::Exact(Size { wide: 640, high: 480 }));
    assert_eq!(size(r#""size":"2K""#).size(), Size::new(2048, 2048));
    assert_eq!(size(r#""resolution":"1K","aspect_ratio":"4:1""#).size(), Size::new(2048, 512));
    assert_eq!(size(r#""size":"1024x512","aspect_ratio":"2:1""#).to_string(), "1024x512");
}

#[test]
fn what_is_wrong_is_named() {
    let wrong = [
        ("{}", "prompt"),
        (r#"{"prompt":""}"#, "prompt"),
        (r#"{"prompt":"  \n"}"#, "prompt"),
        (r#"{"prompt":5}"#, "prompt"),
        (r#"{"prompt":"x","n":0}"#, "n"),
        (r#"{"prompt":"x","n":11}"#, "n"),
        (r#"{"prompt":"x","n":1.5}"#, "n"),
        (r#"{"prompt":"x","size":"0x10"}"#, "size"),
        (r#"{"prompt":"x","size":"big"}"#, "size"),
        (r#"{"prompt":"x","size":"99999x10"}"#, "size"),
        (r#"{"prompt":"x","width":10}"#, "height"),
        (r#"{"prompt":"x","size":"512x512","aspect_ratio":"16:9"}"#, "aspect_ratio"),
        (r#"{"prompt":"x","aspect_ratio":"wide"}"#, "aspect_ratio"),
        (r#"{"prompt":"x","output_format":"svg"}"#, "output_format"),
        (r#"{"prompt":"x","output_compression":101}"#, "output_compression"),
        (r#"{"prompt":"x","response_format":"file"}"#, "response_format"),
        (r#"{"prompt":"x","background":"red"}"#, "background"),
        (r#"{"prompt":"x","partial_images":4}"#, "partial_images"),
        (r#"{"prompt":"x","steps":0}"#, "steps"),
        (r#"{"prompt":"x","guidance":-1}"#, "guidance"),
        (r#"{"prompt":"x","seed":"1"}"#, "seed"),
        (r#"{"prompt":"x","prompt":"y"}"#, "prompt"),
        (r#"{"prompt":"x","image":[]}"#, "image"),
        (r#"{"prompt":"x","image":"https://x/y.png"}"#, "image"),
        (r#"{"prompt":"x","image":"data:image/png;base64,aGVsbG8="}"#, "image"),
        (r#"{"prompt":"x","mask":"data:image/png;base64,iVBORw0KGgo="}"#, "mask"),
        (r#"{"prompt":"x","images":[{"file_id":"f"}]}"#, "images[0].file_id"),
    ];
    for (body, param) in wrong {
        assert_eq!(refused(Door::Generations, body).param.as_deref(), Some(param), "{body}");
    }
    let long = format!("{{\"prompt\":\"{}\"}}", "x".repeat(32_001));
    assert_eq!(refused(Door::Generations, &long).param.as_deref(), Some("prompt"));
    assert_eq!(refused(Door::Edits, r#"{"prompt":"x"}"#).param.as_deref(), Some("image"));
    assert_eq!(refused(Door::Generations, "{\"prompt\":\"x\"").code, "invalid_json");
}

#[test]
fn a_form_is_read_as_the_json_it_would_have_been() {
    let text = |name, value: &'static str| Part { name, file: None, bytes: value.as_bytes() };
    let file = |name| Part { name, file: Some("fox.bmp"), bytes: PNG };
    let parts = [
        text("model", "free"),
        text("prompt", "42"),
        text("n", "3"),
        text("size", "512x512"),
        text("stream", "true"),
        text("provider", r#"{"only":["a"]}"#),
        text("input_fidelity", "high"),
        file("image[]"),
        file("image[]"),
        file("mask"),
    ];
    let request = Door::Edits.read_form(&parts).unwrap().request;
    assert_eq!((request.prompt.as_str(), request.count, request.stream), ("42", 3, true));
    assert_eq!(request.routing.only, ["a"]);
    let edit = request.edit.unwrap();
    assert_eq!(edit.sources.len(), 2);
    assert_eq!(edit.mask.unwrap().format, Format::Png, "by its bytes, whatever it is called");
    assert_eq!(request.extra[0].1.as_json(), "\"high\"");
}

#[test]
fn what_is_wrong_with_a_form_is_named() {
    let text = |name, value: &'static str| Part { name, file: None, bytes: value.as_bytes() };
    let picture = Part { name: "image", file: Some("a.png"), bytes: PNG };
    let prompt = text("prompt", "x");
    let param = |parts: &[Part<'_>]| Door::Edits.read_form(parts).unwrap_err().param.unwrap();
    assert_eq!(param(&[prompt]), "image");
    assert_eq!(param(&[picture]), "prompt");
    assert_eq!(param(&[prompt, prompt, picture]), "prompt");
    assert_eq!(param(&[prompt, picture, text("n", "many")]), "n");
    assert_eq!(param(&[prompt, Part { bytes: b"hello", ..picture }]), "image");
    assert_eq!(param(&[prompt, Part { bytes: b"", ..picture }]), "image");
    assert_eq!(param(&[prompt, Part { bytes: b"\xff", ..text("style", "") }]), "style");
    assert_eq!(param(&[&[prompt][..], &[picture; 17]].concat()), "image");
}

#[test]
fn a_conversation_that_wants_a_picture_gives_its_last_words() {
    let body = r#"{"model":"free","modalities":["image","text"],"seed":3,"stream":true,
        "image_config":{"aspect_ratio":"3:2","image_size":"1K"},
        "messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"},
        {"role":"user","content":[{"type":"text","text":"make it red"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}"#;
    let chat = Client::Chat.read_request(body.as_bytes()).unwrap().request;
    assert!(wants_picture(&chat));
    let request = Door::read_chat(Client::Chat, chat).unwrap().request;
    assert_eq!(
        (request.prompt.as_str(), request.seed, request.stream),
        ("make it red", Some(3), true)
    );
    assert_eq!(request.edit.unwrap().sources.len(), 1);
    assert_eq!(request.size.to_string(), "3:2");
    assert_eq!(request.conversation.unwrap().messages.len(), 3);
    let plain = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
    assert!(!wants_picture(&Client::Chat.read_request(plain.as_bytes()).unwrap().request));
    let param = |content: &str| {
        let body = format!("{{\"messages\":[{{\"role\":\"user\",\"content\":{content}}}]}}");
        refused(Door::Chat(Client::Chat), &body).param.unwrap()
    };
    assert_eq!(param("\"\""), "messages[0].content");
    let remote =
        r#"[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"https://x/y"}}]"#;
    assert_eq!(param(remote), "messages[0].content[1].image_url");
}

proptest! {
    #[test]
    fn no_body_and_no_form_panics(body: Vec<u8>, name in ".{0,8}", bytes: Vec<u8>) {
        for door in [Door::Generations, Door::Edits, Door::OpenRouter, Door::Chat(Client::OpenRouter)] {
            let _ = door.read_request(&body);
            let _ = door.read_form(&[Part { name: &name, file: None, bytes: &bytes }]);
        }
    }
}
