//! Any bytes that are read as a wish for a picture can be written in every shape, and any that are read as a provider's
//! answer are pictures, or a step that stays below its base.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_core::capability::Parameters;
use potluck_core::image::{Format, ImageAbility};
use potluck_dialect::Client;
use potluck_dialect::image::{Door, File, Head, Later, Part, Progress, Shape, Target};
use potluck_dialect::quirk::Quirks;

fuzz_target!(|data: &[u8]| {
    let doors = [Door::Generations, Door::Edits, Door::OpenRouter, Door::Chat(Client::OpenRouter)];
    for door in doors {
        if let Ok(asked) = door.read_request(data) {
            assert!(!asked.request.prompt.trim().is_empty() && asked.request.count >= 1);
            for shape in Shape::ALL {
                write(shape, &asked.request);
            }
        }
        let (name, bytes) = data.split_at(data.len().min(8));
        let name = std::str::from_utf8(name).unwrap_or("prompt");
        let _ = door.read_form(&[Part { name, file: None, bytes }]);
    }
    for shape in Shape::ALL {
        read(shape, data);
    }
});

fn write(shape: Shape, request: &potluck_core::image::ImageRequest) {
    let ability = ImageAbility::default();
    let target = Target {
        model: "m",
        ability: &ability,
        drops: Parameters::empty(),
        quirks: Quirks::empty(),
        seed: None,
        chance: 7,
    };
    let step = shape.write(request, &target).step;
    below(&step.path);
    if step.content_type.as_deref() == Some("application/json") {
        assert!(serde_json::from_slice::<serde_json::Value>(&step.body).is_ok());
    }
}

fn read(shape: Shape, data: &[u8]) {
    let head = Head { status: 200, content_type: None, headers: &() };
    match shape.read(&head, data) {
        Ok(Progress::Pictures(made)) => {
            assert!(!made.is_empty());
            for made in made {
                if let File::Bytes(bytes) = made.file {
                    assert!(Format::sniff(&bytes).is_some());
                }
            }
        }
        Ok(Progress::Later(later)) => {
            check(&later);
            if let Ok(Progress::Later(next)) = shape.read_later(&later, &head, data) {
                check(&next);
            }
        }
        Err(_) => {}
    }
}

fn check(later: &Later) {
    below(&later.ask.path);
    later.cancel.iter().for_each(|cancel| below(&cancel.path));
}

/// No step leaves the provider's own base.
fn below(path: &str) {
    assert!(path.is_empty() || path.starts_with('/') || path.starts_with('?'), "{path}");
    assert!(!path.contains("..") && !path.contains(char::is_whitespace), "{path}");
}
