//! What the router's stream of pictures says: how far they are, and each as it is ready.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use potluck_dialect::sse::{Decoder, TooLong};
use serde::Deserialize;
use serde_json::Value;

use super::super::failure::Failure;
use super::super::gauge;

/// The largest picture in a stream, as base64.
const LARGEST: usize = 96 << 20;

/// What came.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// How far the pictures are.
    Progress(Progress),
    /// One of them.
    Picture(Picture),
    /// There will be none.
    Failed {
        /// The HTTP status that it would have been.
        status: u16,
        /// The router's words.
        message: String,
    },
}

/// A picture that came.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) bytes: Vec<u8>,
    pub(super) size: String,
    pub(super) format: String,
    pub(super) model: String,
    pub(super) seed: Option<u64>,
    pub(super) seconds: f64,
    pub(super) notes: Vec<String>,
}

/// How far the pictures are, as the router says in comments.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Progress {
    pub(super) done: u64,
    of: u64,
    queue: Option<u32>,
    wait_seconds: Option<u64>,
    offer: Option<String>,
    /// When the estimate was told, since the beginning.
    #[serde(skip)]
    told: Option<Duration>,
}

/// Reads the stream.
pub(super) struct Events {
    decoder: Decoder,
    /// A line of a comment that has not ended yet.
    line: Vec<u8>,
}

impl Default for Events {
    fn default() -> Self {
        Self { decoder: Decoder::new(LARGEST), line: Vec::new() }
    }
}

impl Events {
    /// Takes the next bytes, and gives what they complete.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<Event>, Failure> {
        let mut all = self.comments(piece);
        let mut found = Vec::new();
        self.decoder
            .push(piece, &mut |event: potluck_dialect::sse::Event<'_>| {
                found.push(event.data.into_owned());
                Ok::<(), TooLong>(())
            })
            .map_err(|error| anyhow::anyhow!("the stream cannot be read: {error}"))?;
        all.extend(found.iter().filter_map(|data| read(data)));
        Ok(all)
    }

    /// Comments are nothing to a reader of events, so their lines are looked for beside it. They are short: a line that
    /// is not is a picture, and is left to the decoder.
    fn comments(&mut self, piece: &[u8]) -> Vec<Event> {
        const SHORT: usize = 1024;
        let mut told = Vec::new();
        for byte in piece {
            match byte {
                b'\n' => {
                    told.extend(comment(&self.line));
                    self.line.clear();
                }
                _ if self.line.len() < SHORT => self.line.push(*byte),
                _ => {}
            }
        }
        told
    }
}

fn comment(line: &[u8]) -> Option<Event> {
    let told = line.strip_prefix(b": potluck ")?;
    serde_json::from_slice(told).ok().map(Event::Progress)
}

fn read(data: &str) -> Option<Event> {
    let event: Value = serde_json::from_str(data).ok()?;
    let kind = event["type"].as_str()?;
    if kind == "error" {
        let error = &event["error"];
        let status = error["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let message = error["message"].as_str().unwrap_or("the router gave no reason");
        return Some(Event::Failed { status: status.unwrap_or(502), message: message.to_owned() });
    }
    if !kind.ends_with(".completed") {
        return None;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let known = &event["metadata"];
    let notes = known["notes"].as_array().map(Vec::as_slice).unwrap_or_default();
    Some(Event::Picture(Picture {
        bytes: STANDARD.decode(event["b64_json"].as_str()?).ok()?,
        size: text(&event["size"]),
        format: text(&event["output_format"]),
        model: text(&known["model"]),
        seed: known["seed"].as_u64(),
        seconds: known["seconds"].as_f64().unwrap_or_default(),
        notes: notes.iter().map(text).collect(),
    }))
}

impl Progress {
    /// Nothing is known yet of so many pictures.
    pub(super) fn of(pictures: u32) -> Self {
        Self { of: pictures.into(), ..Self::default() }
    }

    /// One line for a person who waits.
    pub(super) fn line(&mut self, waited: Duration) -> String {
        let told = *self.told.get_or_insert(waited);
        let mut parts = Vec::new();
        let expected = self.wait_seconds.map(|wait| told + Duration::from_secs(wait));
        parts.push(match expected {
            Some(expected) => format!("{} {}", bar(waited, expected), spent(waited, expected)),
            None => format!("{} s", waited.as_secs()),
        });
        if self.of > 1 {
            parts.push(format!("{} of {} pictures", self.done, self.of));
        }
        if let Some(queue) = self.queue.filter(|queue| *queue > 0) {
            parts.push(format!("{queue} before yours"));
        }
        parts.extend(self.offer.iter().map(|offer| format!("at {offer}")));
        parts.join(" · ")
    }
}

fn spent(waited: Duration, expected: Duration) -> String {
    format!("{} s of about {}", waited.as_secs(), gauge::wait(expected.as_secs_f64()))
}

/// A bar of twenty places. An estimate is one: until the picture is here the last place stays empty.
fn bar(waited: Duration, expected: Duration) -> String {
    const PLACES: f64 = 20.0;
    let part = waited.as_secs_f64() / expected.as_secs_f64().max(0.001);
    // between 0 and 19, so the cast loses only the fraction
    let full = (part * PLACES).min(PLACES - 1.0) as usize;
    (0..PLACES as usize).map(|place| if place < full { '█' } else { '░' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_and_pictures_are_read_however_the_stream_is_cut() {
        let stream = b": potluck {\"done\":0,\"of\":2,\"queue\":7,\"wait_seconds\":30,\"offer\":\"a/b\"}\n\n\
            event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"aGk=\",\
            \"size\":\"8x8\",\"output_format\":\"png\",\"metadata\":{\"model\":\"a/b\",\"seed\":5,\"seconds\":1.5}}\n\n\
            data: [DONE]\n\n";
        for size in [1, 7, 4096] {
            let mut events = Events::default();
            let all: Vec<Event> = stream
                .chunks(size)
                .flat_map(|piece| events.push(piece).expect("a stream"))
                .collect();
            let [Event::Progress(progress), Event::Picture(picture)] = all.as_slice() else {
                panic!("{all:?}");
            };
            let line = progress.clone().line(Duration::from_secs(0));
            assert_eq!(
                line,
                "░░░░░░░░░░░░░░░░░░░░ 0 s of about 30 s · 0 of 2 pictures · 7 before yours · at a/b"
            );
            assert_eq!((picture.bytes.as_slice(), picture.seed), (&b"hi"[..], Some(5)));
        }
    }

    #[test]
    fn a_failure_inside_the_stream_is_one() {
        let mut events = Events::default();
        let told =
            b"event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"nobody can\"}}\n\n";
        let all = events.push(told).expect("a stream");
        assert!(
            matches!(all.as_slice(), [Event::Failed { status: 502, message }] if message == "nobody can")
        );
    }
}
