//! Pictures: what is read against an independent reading and a decoder, and what is written against what was accepted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use potluck_core::capability::Parameters;
use potluck_core::image::ImageAbility;
use potluck_dialect::image::{Door, File, Head, Made, Progress, Shape, Target};
use potluck_dialect::quirk::Quirks;
use potluck_testkit::recordings::Recording;
use serde_json::Value;

use crate::exceptions::{PICTURE_REQUESTS, PICTURES};
use crate::{check_each, recorded};

/// The edges of the picture that the recorder put in the place of each that was too long.
const STAND_IN: (u32, u32) = (8, 8);

#[test]
fn pictures_are_read_as_they_were_given() {
    let Some(recordings) = recorded("pictures_are_read_as_they_were_given") else { return };
    let given = recordings.iter().filter(|recording| recording.kind == "image");
    check_each("pictures", given, PICTURES, |recording| {
        let body = recording.response.body.bytes();
        let read = made(recording, body)?;
        let told: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let mut expected = Vec::new();
        collect(&told, &mut expected);
        if read.is_empty() || read.len() != expected.len() {
            return Err(format!("{} pictures became {}", expected.len(), read.len()));
        }
        for (made, expected) in read.iter().zip(&expected) {
            compare(recording, made, expected)?;
        }
        let seed = told["seed"].as_u64();
        if seed.is_some() && read[0].seed != seed {
            return Err(format!("the seed {seed:?} became {:?}", read[0].seed));
        }
        Ok(())
    });
}

fn shape(recording: &Recording) -> Result<Shape, String> {
    match (recording.provider.as_str(), recording.dialect.as_str()) {
        (_, "gemini") => Ok(Shape::Gemini),
        ("together", "openai-images") => Ok(Shape::Together),
        (_, "openai-images") => Ok(Shape::OpenAi),
        // An address under `images`, as SiliconFlow gives one.
        ("fal", _) => Ok(Shape::SiliconFlow),
        (_, dialect) => Err(format!("no shape reads {dialect}")),
    }
}

fn made(recording: &Recording, body: &[u8]) -> Result<Vec<Made>, String> {
    let head = Head { status: recording.response.status, content_type: None, headers: &() };
    match shape(recording)?.read(&head, body) {
        Ok(Progress::Pictures(made)) => Ok(made),
        Ok(Progress::Later(later)) => Err(format!("a step to come: {later:?}")),
        Err(bad) => Err(format!("{bad:?}")),
    }
}

/// Everything in a document that is a picture or the address of one, in order.
fn collect<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if matches!(name.as_str(), "b64_json" | "url" | "data") => {
                        found.push(text);
                    }
                    _ => collect(value, found),
                }
            }
        }
        _ => {}
    }
}

fn compare(recording: &Recording, made: &Made, expected: &str) -> Result<(), String> {
    let bytes = match &made.file {
        File::Url(url) if url == expected => return Ok(()),
        File::Url(url) => return Err(format!("{expected} became {url}")),
        File::Bytes(bytes) => bytes,
    };
    let told = STANDARD.decode(expected).map_err(|error| error.to_string())?;
    if told != *bytes {
        return Err("the bytes are others".to_owned());
    }
    let picture = image::load_from_memory(bytes).map_err(|error| format!("no picture: {error}"))?;
    let found = (picture.width(), picture.height());
    let right = wished(recording).unwrap_or(found);
    if found != STAND_IN && found != right {
        return Err(format!("{right:?} was asked for, and {found:?} came"));
    }
    eprintln!("  {}: {}x{}", recording.name, found.0, found.1);
    Ok(())
}

/// The size that was asked for.
fn wished(recording: &Recording) -> Option<(u32, u32)> {
    let asked: Value = serde_json::from_slice(&recording.request.body).ok()?;
    let (wide, high) = asked["size"].as_str()?.split_once('x')?;
    Some((wide.parse().ok()?, high.parse().ok()?))
}

#[test]
fn accepted_requests_for_pictures_are_written_alike() {
    let Some(recordings) = recorded("accepted_requests_for_pictures_are_written_alike") else {
        return;
    };
    let accepted = recordings
        .iter()
        .filter(|recording| recording.kind == "image" && recording.dialect == "openai-images");
    check_each("requests for pictures", accepted, PICTURE_REQUESTS, |recording| {
        let body = &recording.request.body;
        let asked = Door::Generations.read_request(body).map_err(|refusal| refusal.message)?;
        let sent: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let ability = ImageAbility::default();
        let target = Target {
            model: sent["model"].as_str().unwrap_or_default(),
            ability: &ability,
            drops: Parameters::empty(),
            quirks: Quirks::empty(),
            seed: asked.request.seed,
            chance: 1,
        };
        let written = shape(recording)?.write(&asked.request, &target);
        let written: Value =
            serde_json::from_slice(&written.step.body).map_err(|error| error.to_string())?;
        for (name, value) in sent.as_object().into_iter().flatten() {
            // potluck asks for the picture itself, and converts it to the wished form.
            let own = matches!(name.as_str(), "output_format" | "response_format");
            if !own && written[name] != *value {
                return Err(format!("{name}: {value} became {}", written[name]));
            }
        }
        Ok(())
    });
}
