//! What providers are sent, and what their answers mean.

use potluck_core::capability::Parameter;
use potluck_core::image::{Edit, PromptLimit, Size, Sizes, Source, Wish};
use proptest::prelude::*;

use super::*;
use crate::BadAnswer;

pub(super) fn ok() -> Head<'static> {
    Head { status: 200, content_type: Some("application/json"), headers: &() }
}

pub(super) fn made(shape: Shape, body: &[u8]) -> Result<Vec<Made>, BadAnswer> {
    match shape.read(&ok(), body)? {
        Progress::Pictures(made) => Ok(made),
        Progress::Later(later) => panic!("{later:?}"),
    }
}

pub(super) fn bytes(made: &[Made]) -> Vec<&[u8]> {
    let file = |made: &'_ Made| match &made.file {
        File::Bytes(bytes) => &*Vec::leak(bytes.clone()),
        File::Url(url) => panic!("{url}"),
    };
    made.iter().map(file).collect()
}

#[test]
fn every_word_names_its_shape() {
    for shape in Shape::ALL {
        assert_eq!(Shape::from_word(shape.word()), Some(shape));
    }
    assert_eq!(Shape::from_word("telepathy"), None);
}

#[test]
fn a_file_is_an_answer_in_every_shape_whatever_it_is_called() {
    for shape in Shape::ALL {
        assert_eq!(bytes(&made(shape, PNG).unwrap()), [PNG], "{shape:?}");
        assert_eq!(made(shape, b""), Err(BadAnswer::Empty), "{shape:?}");
    }
}

#[test]
fn openais_shape_is_written_and_read() {
    let ability = ImageAbility::default();
    let size = Wish::Exact(Size { wide: 512, high: 256 });
    let request = ImageRequest { size, user: Some("me".to_owned()), ..fox() };
    let ask = Shape::OpenAi.write(&request, &Target { seed: Some(3), ..target("m", &ability) });
    assert_eq!((ask.step.method, ask.step.path.as_str()), (Method::Post, "/images/generations"));
    let expected = serde_json::json!({
        "model": "m", "prompt": "a red fox", "n": 1, "response_format": "b64_json",
        "size": "512x256", "user": "me", "seed": 3,
    });
    assert_eq!(json(&ask.step.body), expected);
    assert!(ask.dropped.is_empty() && ask.notes.is_empty() && ask.fit.met);
    let answer = format!(
        "{{\"data\":[{{\"b64_json\":\"{PNG_BASE64}\",\"revised_prompt\":\"r\"}},{{\"url\":\"https://x/1\"}}]}}"
    );
    let made = made(Shape::OpenAi, answer.as_bytes()).unwrap();
    assert_eq!(made[0].revised_prompt.as_deref(), Some("r"));
    assert_eq!(made[1].file, File::Url("https://x/1".to_owned()));
}

#[test]
fn pictures_to_be_changed_go_in_a_form() {
    let ability = ImageAbility::default();
    let source = Source::sniffed(PNG).unwrap();
    let edit = Edit { sources: vec![source.clone()], mask: Some(source) };
    let ask =
        Shape::OpenAi.write(&ImageRequest { edit: Some(edit), ..fox() }, &target("m", &ability));
    assert_eq!(ask.step.path, "/images/edits");
    assert!(ask.step.content_type.unwrap().starts_with("multipart/form-data; boundary="));
    let text = crate::wire::unlossy(&ask.step.body).into_owned();
    for part in ["name=\"model\"", "name=\"image\"; filename=", "name=\"mask\"; filename="] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn what_a_model_does_not_take_is_named_and_what_it_cannot_meet_is_said() {
    let ability = ImageAbility {
        sizes: Sizes::Own(Size::new(1024, 1024)),
        prompt: PromptLimit { characters: None, tokens: Some(77) },
        ..ImageAbility::default()
    };
    let request = ImageRequest {
        prompt: "a red fox ".repeat(50),
        negative: Some("dogs".to_owned()),
        size: Wish::Exact(Size { wide: 512, high: 512 }),
        quality: Some("hd".to_owned()),
        style: Some("auto".to_owned()),
        ..fox()
    };
    let target = Target { seed: Some(1), ..target("sdxl", &ability) };
    let ask = Shape::Text2Image.write(&request, &target);
    assert_eq!(ask.step.accept, "application/octet-stream");
    assert_eq!(json(&ask.step.body)["negative_prompt"], "dogs");
    assert_eq!(ask.dropped, ["seed", "quality", "size"]);
    assert!(ask.notes[0].starts_with("size: 512x512 asked, 1024x1024 given"));
    assert!(ask.notes[1].starts_with("prompt: this model reads about 77 tokens"));
    let fewer = Target { drops: Parameter::Negative.into(), ..target };
    assert!(
        Shape::Text2Image.write(&request, &fewer).dropped.contains(&"negative_prompt".to_owned())
    );
}

#[test]
fn more_steps_than_a_model_takes_are_lowered_and_said() {
    let ability = ImageAbility { most_steps: Some(8), ..ImageAbility::default() };
    let request = ImageRequest { steps: Some(50), ..fox() };
    let ask = Shape::OpenAi.write(&request, &target("m", &ability));
    assert_eq!((ask.steps, &json(&ask.step.body)["steps"]), (Some(8), &8.into()));
    assert_eq!(ask.notes, ["steps: 50 asked, 8 given: the most of this model"]);
}

#[test]
fn a_prompt_in_a_path_stays_in_its_place() {
    let ability = ImageAbility::default();
    let request = ImageRequest { prompt: "../a?b=c&d/é".to_owned(), ..fox() };
    let ask = Shape::Pollinations.write(&request, &target("flux", &ability));
    assert_eq!(
        ask.step.path,
        "/prompt/%2E%2E%2Fa%3Fb%3Dc%26d%2F%C3%A9?model=flux&seed=1608260661&nologo=true&private=true&safe=true"
    );
    assert_eq!((ask.step.method, ask.seed), (Method::Get, Some(1_608_260_661)));
}

proptest! {
    #[test]
    fn no_answer_panics(body: Vec<u8>, text in r#"[\[\]{}":,a-z0-9]{0,60}"#) {
        for shape in Shape::ALL {
            let _ = shape.read(&ok(), &body);
            let _ = shape.read(&ok(), text.as_bytes());
        }
    }
}
