//! The shapes of vendors, each by what it is documented to send and to answer.

use std::time::Duration;

use potluck_core::image::{Edit, Size, Source, Wish};
use potluck_core::request::ChatRequest;

use super::shapes::{bytes, made, ok};
use super::*;
use crate::BadAnswer;

/// Everything that can be said of a picture.
fn full() -> ImageRequest {
    ImageRequest {
        size: Wish::Exact(Size { wide: 768, high: 512 }),
        negative: Some("dogs".to_owned()),
        steps: Some(4),
        guidance: Some(3.5),
        ..fox()
    }
}

fn ask(shape: Shape, request: &ImageRequest, model: &str) -> Ask {
    let ability = ImageAbility::default();
    shape.write(request, &Target { seed: Some(7), ..target(model, &ability) })
}

fn sent(shape: Shape, model: &str) -> (String, serde_json::Value) {
    let ask = ask(shape, &full(), model);
    assert_eq!(ask.step.method, Method::Post);
    assert!(ask.dropped.is_empty(), "{:?}", ask.dropped);
    (ask.step.path.clone(), json(&ask.step.body))
}

#[test]
fn the_hosts_that_speak_nearly_like_openai_get_their_own_words() {
    let (path, body) = sent(Shape::Together, "m");
    assert_eq!(path, "/images/generations");
    let expected = serde_json::json!({
        "model": "m", "prompt": "a red fox", "n": 1, "response_format": "base64", "width": 768, "height": 512,
        "negative_prompt": "dogs", "seed": 7, "steps": 4, "guidance_scale": 3.5,
    });
    assert_eq!(body, expected);
    let (_, body) = sent(Shape::SiliconFlow, "Kwai-Kolors/Kolors");
    let expected = serde_json::json!({
        "model": "Kwai-Kolors/Kolors", "prompt": "a red fox", "image_size": "768x512", "batch_size": 1,
        "negative_prompt": "dogs", "seed": 7, "num_inference_steps": 4, "guidance_scale": 3.5,
    });
    assert_eq!(body, expected);
    let zai = ask(Shape::Zai, &full(), "cogview-3-flash");
    let expected =
        serde_json::json!({"model": "cogview-3-flash", "prompt": "a red fox", "size": "768x512"});
    assert_eq!(json(&zai.step.body), expected);
    assert_eq!(zai.dropped, ["seed", "steps", "guidance", "negative_prompt"]);
    let answer = br#"{"images":[{"url":"https://x/1.png"}],"timings":{"inference":1.5},"seed":99}"#;
    let read = made(Shape::SiliconFlow, answer).unwrap();
    assert_eq!((read[0].seed, &read[0].file), (Some(99), &File::Url("https://x/1.png".to_owned())));
}

#[test]
fn a_task_of_modelscope_is_looked_after_until_it_ends() {
    let ask = ask(Shape::ModelScope, &full(), "Qwen/Qwen-Image");
    assert_eq!(ask.step.headers, [("x-modelscope-async-mode", "true".into())]);
    let read = Shape::ModelScope.read(&ok(), br#"{"task_id":"1f-a_9","task_status":"PENDING"}"#);
    let Ok(Progress::Later(later)) = read else { panic!("{read:?}") };
    assert_eq!((later.ask.method, later.ask.path.as_str()), (Method::Get, "/tasks/1f-a_9"));
    assert_eq!(later.ask.headers[0].0, "x-modelscope-task-type");
    let next = |body: &str| Shape::ModelScope.read_later(&later, &ok(), body.as_bytes());
    assert_eq!(next(r#"{"task_status":"RUNNING"}"#), Ok(Progress::Later(later.clone())));
    let done = next(r#"{"task_status":"SUCCEED","output_images":["https://x/1.png"]}"#);
    assert!(matches!(done, Ok(Progress::Pictures(made)) if made.len() == 1));
    let failed = next(r#"{"task_status":"FAILED","errors":{"message":"no GPU"}}"#);
    assert!(matches!(failed, Err(BadAnswer::ErrorInside(_))), "{failed:?}");
    assert_eq!(next(r#"{"task_status":"SUCCEED"}"#), Err(BadAnswer::Empty));
    let hostile = Shape::ModelScope.read(&ok(), br#"{"task_id":"../../keys"}"#);
    assert!(matches!(hostile, Err(BadAnswer::Garbage(_))), "{hostile:?}");
}

#[test]
fn a_request_to_the_horde_waits_in_its_queue() {
    let ask = ask(Shape::Horde, &full(), "any");
    assert_eq!(ask.step.path, "/generate/async");
    let expected = serde_json::json!({
        "prompt": "a red fox ### dogs",
        "params": {"width": 768, "height": 512, "n": 1, "steps": 4, "cfg_scale": 3.5, "seed": "7"},
        "nsfw": false, "censor_nsfw": true, "r2": false, "shared": false,
    });
    assert_eq!(json(&ask.step.body), expected);
    assert_eq!(ask.step.headers[0].0, "client-agent");
    let read = Shape::Horde.read(&ok(), br#"{"id":"9a-b","kudos":12.0}"#);
    let Ok(Progress::Later(first)) = read else { panic!("{read:?}") };
    assert_eq!(first.ask.path, "/generate/check/9a-b");
    let cancel = first.cancel.clone().unwrap();
    assert_eq!((cancel.method, cancel.path.as_str()), (Method::Delete, "/generate/status/9a-b"));
    let look = |body: &str| Shape::Horde.read_later(&first, &ok(), body.as_bytes());
    let waiting = look(
        r#"{"done":false,"faulted":false,"is_possible":true,"queue_position":17,"wait_time":120}"#,
    );
    let Ok(Progress::Later(waiting)) = waiting else { panic!("{waiting:?}") };
    assert_eq!((waiting.queue, waiting.estimate), (Some(17), Some(Duration::from_secs(120))));
    assert_eq!((waiting.after, &waiting.ask), (Duration::from_secs(10), &first.ask));
    for ended in [r#"{"done":false,"faulted":true}"#, r#"{"done":false,"is_possible":false}"#] {
        assert!(matches!(look(ended), Err(BadAnswer::ErrorInside(_))), "{ended}");
    }
    let done = look(r#"{"done":true,"faulted":false,"is_possible":true,"wait_time":0}"#);
    let Ok(Progress::Later(done)) = done else { panic!("{done:?}") };
    assert_eq!((done.ask.method, done.ask.path.as_str()), (Method::Get, "/generate/status/9a-b"));
    assert_eq!((done.phase, done.after, &done.cancel), (Phase::Fetch, Duration::ZERO, &None));
    let body = format!(
        "{{\"done\":true,\"generations\":[{{\"img\":\"{PNG_BASE64}\",\"seed\":\"5\",\"censored\":false}},\
         {{\"img\":\"{PNG_BASE64}\",\"seed\":\"6\",\"censored\":true}}]}}"
    );
    let fetched = Shape::Horde.read_later(&done, &ok(), body.as_bytes());
    let Ok(Progress::Pictures(made)) = fetched else { panic!("{fetched:?}") };
    assert_eq!(
        made.iter().map(|one| (one.seed, one.filtered)).collect::<Vec<_>>(),
        [(Some(5), false), (Some(6), true)]
    );
    let kept = unfiltered(made).unwrap();
    assert_eq!(kept.len(), 1);
    let all_held_back = kept.into_iter().map(|one| Made { filtered: true, ..one }).collect();
    assert_eq!(unfiltered(all_held_back), Err(BadAnswer::Filtered));
}

#[test]
fn cloudflares_models_are_run_each_in_its_own_form() {
    let (path, body) = sent(Shape::Cloudflare, "@cf/x/sdxl");
    assert_eq!(
        (path.as_str(), &body["num_steps"], &body["guidance"]),
        ("/run/@cf/x/sdxl", &4.into(), &3.5.into())
    );
    assert_eq!(sent(Shape::CloudflareSteps, "@cf/x/y").1["steps"], 4);
    let source = Source::sniffed(PNG).unwrap();
    let edit = Edit { sources: vec![source.clone(), source], mask: None };
    let request = ImageRequest { edit: Some(edit), ..full() };
    let form = ask(Shape::CloudflareForm, &request, "@cf/x/klein").step;
    let text = crate::wire::unlossy(&form.body).into_owned();
    for part in [
        "name=\"prompt\"",
        "name=\"width\"",
        "name=\"input_image_0\"; filename",
        "name=\"input_image_1\"",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let answer =
        format!("{{\"result\":{{\"image\":\"{PNG_BASE64}\"}},\"success\":true,\"errors\":[]}}");
    assert_eq!(bytes(&made(Shape::Cloudflare, answer.as_bytes()).unwrap()), [PNG]);
    let spent = br#"{"result":null,"success":false,"errors":[{"code":4006,"message":"used up"}]}"#;
    assert!(made(Shape::CloudflareSteps, spent).is_err());
}

#[test]
fn nvidias_artifacts_say_whether_they_were_held_back() {
    let (path, body) = sent(Shape::Nvidia, "black-forest-labs/flux.1-schnell");
    assert_eq!(path, "/black-forest-labs/flux.1-schnell");
    assert!(body.get("mode").is_none());
    assert_eq!(sent(Shape::NvidiaBase, "black-forest-labs/flux.1-dev").1["mode"], "base");
    let answer = |word: &str| {
        format!(
            "{{\"artifacts\":[{{\"base64\":\"{PNG_BASE64}\",\"finishReason\":\"{word}\",\"seed\":3}}]}}"
        )
    };
    let good = made(Shape::Nvidia, answer("SUCCESS").as_bytes()).unwrap();
    assert_eq!((good[0].seed, good[0].filtered), (Some(3), false));
    assert!(made(Shape::Nvidia, answer("CONTENT_FILTERED").as_bytes()).unwrap()[0].filtered);
    let empty = br#"{"artifacts":[{"base64":"","finishReason":"CONTENT_FILTERED"}]}"#;
    assert_eq!(made(Shape::Nvidia, empty), Err(BadAnswer::Filtered));
    assert_eq!(made(Shape::Nvidia, br#"{"artifacts":[]}"#), Err(BadAnswer::Empty));
}

#[test]
fn hugging_face_gets_its_task_and_gives_a_file() {
    let (path, body) = sent(Shape::HuggingFace, "org/model");
    assert_eq!((path.as_str(), &body["inputs"]), ("/org/model", &"a red fox".into()));
    assert_eq!(body["parameters"]["num_inference_steps"], 4);
    let loading = br#"{"error":"Model is loading","estimated_time":20.0}"#;
    assert!(matches!(made(Shape::HuggingFace, loading), Err(BadAnswer::ErrorInside(_))));
}

#[test]
fn the_web_interface_makes_and_changes() {
    let (path, body) = sent(Shape::WebUi, "sdxl.safetensors");
    assert_eq!(path, "/sdapi/v1/txt2img");
    assert_eq!(body["override_settings"]["sd_model_checkpoint"], "sdxl.safetensors");
    assert!(sent(Shape::WebUi, "default").1.get("override_settings").is_none());
    let edit = Edit { sources: vec![Source::sniffed(PNG).unwrap()], mask: None };
    let change = ask(Shape::WebUi, &ImageRequest { edit: Some(edit), ..full() }, "default").step;
    assert_eq!(change.path, "/sdapi/v1/img2img");
    assert_eq!(json(&change.body)["init_images"][0], PNG_BASE64);
    let answer = format!("{{\"images\":[\"{PNG_BASE64}\"],\"info\":\"{{\\\"seed\\\": 41}}\"}}");
    assert_eq!(made(Shape::WebUi, answer.as_bytes()).unwrap()[0].seed, Some(41));
}

#[test]
fn a_graph_of_comfyui_is_run_and_its_file_fetched() {
    let (path, body) = sent(Shape::Comfy, "sd_xl.safetensors");
    assert_eq!(
        (path.as_str(), &body["prompt"]["1"]["inputs"]["ckpt_name"]),
        ("/prompt", &"sd_xl.safetensors".into())
    );
    let sampler = &body["prompt"]["5"]["inputs"];
    assert_eq!(
        (&sampler["seed"], &sampler["steps"], &sampler["cfg"]),
        (&7.into(), &4.into(), &3.5.into())
    );
    let nodes = body["prompt"].as_object().unwrap();
    for node in nodes.values() {
        for link in
            node["inputs"].as_object().unwrap().values().filter_map(|input| input.as_array())
        {
            assert!(nodes.contains_key(link[0].as_str().unwrap()), "every link leads to a node");
        }
    }
    let read = Shape::Comfy.read(&ok(), br#"{"prompt_id":"ab-1","number":3,"node_errors":{}}"#);
    let Ok(Progress::Later(later)) = read else { panic!("{read:?}") };
    assert_eq!(later.ask.path, "/history/ab-1");
    let next = |body: &str| Shape::Comfy.read_later(&later, &ok(), body.as_bytes());
    assert_eq!(next("{}"), Ok(Progress::Later(later.clone())));
    let done = next(
        r#"{"ab-1":{"outputs":{"7":{"images":[{"filename":"a b.png","subfolder":"","type":"output"}]}},
        "status":{"status_str":"success","completed":true}}}"#,
    );
    let Ok(Progress::Later(fetch)) = done else { panic!("{done:?}") };
    assert_eq!(fetch.ask.path, "/view?filename=a%20b%2Epng&subfolder=&type=output");
    assert!(matches!(Shape::Comfy.read_later(&fetch, &ok(), PNG), Ok(Progress::Pictures(_))));
    let broke =
        next(r#"{"ab-1":{"outputs":{},"status":{"status_str":"error","completed":false}}}"#);
    assert!(matches!(broke, Err(BadAnswer::ErrorInside(_))), "{broke:?}");
}

#[test]
fn a_chat_model_is_asked_with_its_conversation_and_gives_pictures_of_its_message() {
    let alone = ask(Shape::Chat, &full(), "m");
    let body = json(&alone.step.body);
    assert_eq!((alone.step.path.as_str(), &body["model"]), ("/chat/completions", &"m".into()));
    assert_eq!(body["modalities"], serde_json::json!(["image", "text"]));
    assert_eq!(body["messages"][0]["content"], "a red fox");
    assert_eq!(body["image_config"]["aspect_ratio"], "3:2");
    assert_eq!(body["stream"], false);
    let chat = crate::Client::Chat
        .read_request(br#"{"messages":[{"role":"system","content":"be bold"},{"role":"user","content":"a fox"}]}"#)
        .unwrap();
    let conversation =
        Some(std::sync::Arc::new(ChatRequest { stream: Some(true), ..chat.request }));
    let request = ImageRequest { conversation, ..fox() };
    let body = json(&ask(Shape::Chat, &request, "m").step.body);
    assert_eq!(body["messages"][0]["role"], "system");
    let answer = format!(
        "{{\"choices\":[{{\"index\":0,\"finish_reason\":\"stop\",\"message\":{{\"role\":\"assistant\",\"content\":\"here\",\
         \"images\":[{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"data:image/png;base64,{PNG_BASE64}\"}}}}]}}}}]}}"
    );
    assert_eq!(bytes(&made(Shape::Chat, answer.as_bytes()).unwrap()), [PNG]);
    let words = br#"{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"no"}}]}"#;
    assert!(matches!(made(Shape::Chat, words), Err(BadAnswer::Garbage(_))));
    let held = br#"{"choices":[{"index":0,"finish_reason":"content_filter","message":{"role":"assistant","content":""}}]}"#;
    assert_eq!(made(Shape::Chat, held), Err(BadAnswer::Filtered));
}

#[test]
fn gemini_is_asked_for_pictures_in_its_own_words() {
    let ask = ask(Shape::Gemini, &full(), "gemini-2.5-flash-image");
    assert_eq!(ask.step.path, "/models/gemini-2.5-flash-image:generateContent");
    let config = &json(&ask.step.body)["generationConfig"];
    assert_eq!(config["responseModalities"], serde_json::json!(["IMAGE", "TEXT"]));
    assert_eq!(config["imageConfig"]["aspectRatio"], "3:2");
    let answer = format!(
        "{{\"candidates\":[{{\"content\":{{\"role\":\"model\",\"parts\":[{{\"text\":\"here\"}},\
         {{\"inlineData\":{{\"mimeType\":\"image/jpeg\",\"data\":\"{PNG_BASE64}\"}}}}]}},\"finishReason\":\"STOP\",\"index\":0}}]}}"
    );
    assert_eq!(bytes(&made(Shape::Gemini, answer.as_bytes()).unwrap()), [PNG], "by its bytes");
}

#[test]
fn a_cut_answer_is_called_cut() {
    let answer = format!("{{\"data\":[{{\"b64_json\":\"{PNG_BASE64}\"}}]}}");
    for cut in 1..answer.len() {
        let read = made(Shape::OpenAi, &answer.as_bytes()[..cut]);
        assert_eq!(read, Err(BadAnswer::Cut), "{cut}");
    }
}
