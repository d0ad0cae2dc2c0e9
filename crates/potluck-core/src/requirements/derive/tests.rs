//! What a request needs.

use super::*;
use crate::image::{Edit, Size, Source};
use crate::request::{MaxOutput, Message, Reasoning, Stop};
use crate::sealed::Sealed;

fn message(content: Content) -> Message {
    Message::new(Role::User, content)
}

fn request(content: Content) -> ChatRequest {
    ChatRequest { messages: vec![message(content)], ..ChatRequest::default() }
}

fn plain() -> ChatRequest {
    request(Content::Text("hello".to_owned()))
}

fn derive(request: &ChatRequest) -> Requirements {
    Requirements::derive(request, 10, &Wishes::default())
}

fn image(url: &str) -> Content {
    let media = Media::from_url(url.to_owned());
    Content::Parts(vec![Part::Image { media, detail: None, extra: Vec::new() }])
}

fn tool() -> Tool {
    Tool::Function {
        name: "look".to_owned(),
        description: None,
        parameters: None,
        strict: Some(true),
        function_extra: Vec::new(),
        extra: Vec::new(),
    }
}

#[test]
fn a_plain_chat_needs_text_and_no_more() {
    let needs = derive(&plain());
    assert_eq!(needs, Requirements { prompt_tokens: 10, ..Requirements::plain() });
}

#[test]
fn parts_need_their_modality() {
    let inline = derive(&request(image("data:image/png;base64,AA==")));
    assert_eq!(inline.input, Modality::Text | Modality::Image);
    assert!(inline.features.is_empty());
    let remote = derive(&request(image("https://example.org/cat.png")));
    assert_eq!(remote.features, Feature::RemoteImages);
    let file = Part::File { file: Sealed::from_json("{}"), extra: Vec::new() };
    assert!(derive(&request(Content::Parts(vec![file]))).input.contains(Modality::File));
}

#[test]
fn what_changes_the_meaning_is_a_feature() {
    let mut asked = plain();
    asked.tools = vec![tool()];
    assert_eq!(derive(&asked).features, Feature::Tools);
    asked.tool_choice = Some(ToolChoice::Required);
    assert_eq!(derive(&asked).features, Feature::Tools | Feature::ForcedTool);
    let mut asked = plain();
    asked.format = Some(Format::JsonSchema(Sealed::from_json("{}")));
    asked.logprobs = Some(true);
    asked.choices = Some(3);
    let needs = derive(&asked);
    assert_eq!(needs.features, Feature::JsonSchema | Feature::Logprobs | Feature::Choices);
    assert_eq!(needs.choices, 3);
    let mut asked = plain();
    (asked.tools, asked.format) = (vec![tool()], Some(Format::JsonObject));
    let both = Feature::Tools | Feature::JsonObject | Feature::JsonWithTools;
    assert_eq!(derive(&asked).features, both);
}

#[test]
fn a_conversation_with_tool_results_needs_tools() {
    let mut asked = plain();
    asked.messages.push(Message { role: Role::Tool, ..message(Content::Null) });
    assert_eq!(derive(&asked).features, Feature::Tools);
}

#[test]
fn what_tunes_is_a_parameter_and_reasoning_a_feature_only_on_demand() {
    let mut asked = plain();
    asked.sampling.temperature = Some(0.1);
    asked.stop = Some(Stop::One("x".to_owned()));
    asked.max_output = Some(MaxOutput::CompletionTokens(50));
    asked.reasoning = Some(Reasoning { effort: Some("low".to_owned()), ..Reasoning::default() });
    asked.extra = vec![("store".into(), Sealed::from_json("true"))];
    let needs = derive(&asked);
    let sent = Parameter::Temperature
        | Parameter::Stop
        | Parameter::MaxTokens
        | Parameter::ReasoningEffort
        | Parameter::Bookkeeping;
    assert_eq!((needs.parameters, needs.max_output), (sent, Some(50)));
    assert!(needs.features.is_empty());
    asked.routing.require_parameters = Some(true);
    assert_eq!(derive(&asked).features, Feature::Reasoning);
}

#[test]
fn wishes_win_over_the_body() {
    let mut asked = plain();
    asked.sampling.seed = Some(-1);
    asked.routing.session = Some("body".to_owned());
    asked.routing.deny_training = true;
    asked.routing.allow_fallbacks = Some(false);
    let body = derive(&asked).constraints;
    assert_eq!((body.seed, body.session.as_deref()), (Some(u64::MAX), Some("body")));
    assert!(body.no_training && body.no_fallbacks);
    let wishes = Wishes { seed: Some(7), session: Some("header".to_owned()), ..Wishes::default() };
    let both = Requirements::derive(&asked, 10, &wishes).constraints;
    assert_eq!((both.seed, both.session.as_deref()), (Some(7), Some("header")));
}

fn fox() -> ImageRequest {
    ImageRequest { prompt: "a red fox".to_owned(), count: 4, ..ImageRequest::default() }
}

#[test]
fn a_picture_needs_a_model_that_makes_one_at_a_time() {
    let needs = Requirements::image(&fox(), 12, &Wishes::default());
    let picture = Picture { characters: 9, ..Picture::default() };
    let expected = Requirements {
        output: Modality::Image.into(),
        prompt_tokens: 12,
        picture: Some(picture),
        ..Requirements::plain()
    };
    assert_eq!(needs, expected);
}

#[test]
fn what_tunes_a_picture_is_a_parameter_and_auto_is_none() {
    let mut asked = fox();
    asked.quality = Some("auto".to_owned());
    asked.background = Some("transparent".to_owned());
    asked.size = Wish::Exact(Size { wide: 512, high: 512 });
    asked.seed = Some(u64::MAX);
    let needs = Requirements::image(&asked, 12, &Wishes::default());
    assert_eq!(needs.parameters, Parameter::Background | Parameter::Size | Parameter::Seed);
    assert_eq!(needs.constraints.seed, Some(u64::MAX));
}

#[test]
fn a_picture_to_be_changed_goes_in() {
    let source = Source::sniffed(b"\xff\xd8\xff\xe0".as_slice()).unwrap();
    let edit = Edit { sources: vec![source.clone(), source.clone()], mask: Some(source) };
    let asked = ImageRequest { edit: Some(edit), ..fox() };
    let needs = Requirements::image(&asked, 12, &Wishes::default());
    assert_eq!(needs.input, Modality::Text | Modality::Image);
    let picture = needs.picture.unwrap();
    assert_eq!((picture.sources, picture.masked), (2, true));
}
