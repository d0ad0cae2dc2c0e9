//! `options`: the dials of the sampler and the size of the context, by Ollama's names.

use potluck_core::request::{ChatRequest, Stop};

use crate::dialect::Target;
use crate::estimate;
use crate::wire::{Broken, Cursor, Kind, Object, whole};

/// The options that have a place in the shapes in the middle; every other is for a server of one's own.
pub(super) const KNOWN: [&str; 11] = [
    "num_ctx",
    "num_predict",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "seed",
    "stop",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
];

/// Tokens that an answer is given room for where nobody limits it.
const USUAL_ANSWER: u32 = 4_096;

/// The least context asked for: the server's own default.
const LEAST_CONTEXT: u32 = 4_096;

/// Writes `options`. `own` are those that a client of this same dialect sent: what is in them and not known here
/// goes on as it came, and their `num_ctx` is a least size.
pub(super) fn write(
    body: &mut Object<'_>,
    request: &ChatRequest,
    target: &Target<'_>,
    own: Option<&str>,
) {
    body.object("options", |options| {
        let asked = own.and_then(asked_context).unwrap_or_default();
        options.integer("num_ctx", context(request, target, asked));
        if let Some(limit) = request.max_output {
            options.integer("num_predict", limit.tokens());
        }
        write_dials(options, request);
        if let Some(own) = own {
            write_others(options, own);
        }
    });
}

fn write_dials(options: &mut Object<'_>, request: &ChatRequest) {
    let dials = &request.sampling;
    for (name, value) in [
        ("temperature", dials.temperature),
        // The server's own kind is a whole number, and it refuses any other.
        ("top_k", dials.top_k.map(f64::round)),
        ("top_p", dials.top_p),
        ("min_p", dials.min_p),
        ("repeat_penalty", dials.repetition_penalty),
        ("presence_penalty", dials.presence_penalty),
        ("frequency_penalty", dials.frequency_penalty),
    ] {
        if let Some(value) = value {
            options.number(name, value);
        }
    }
    if let Some(seed) = dials.seed {
        options.integer("seed", seed);
    }
    match &request.stop {
        Some(Stop::One(text)) => options.texts("stop", std::slice::from_ref(text)),
        Some(Stop::Many(texts)) => options.texts("stop", texts),
        None => {}
    }
}

/// The context that a request needs: prompt and answer, rounded up to a power of two, since the server loads a
/// model anew for every other size and a conversation grows with each turn. The server cuts a longer prompt in
/// silence.
fn context(request: &ChatRequest, target: &Target<'_>, asked: u32) -> u32 {
    let limit = request.max_output.map(potluck_core::request::MaxOutput::tokens);
    let answer = limit.or(target.max_output).unwrap_or(USUAL_ANSWER);
    let need = estimate::prompt_tokens(request).saturating_add(answer).max(asked);
    let rounded = need.max(LEAST_CONTEXT).checked_next_power_of_two().unwrap_or(u32::MAX);
    rounded.min(target.context.max(1))
}

fn asked_context(own: &str) -> Option<u32> {
    let mut asked = None;
    let walked: Result<(), Broken> = Cursor::lenient(own).object(|cursor, key| {
        if key == "num_ctx" && cursor.kind()? == Kind::Number {
            asked = whole(cursor.number()?).and_then(|tokens| u32::try_from(tokens).ok());
        } else {
            cursor.value()?;
        }
        Ok(())
    });
    walked.ok().and(asked)
}

fn write_others(options: &mut Object<'_>, own: &str) {
    let _ = Cursor::lenient(own).object(|cursor, key| {
        let value = cursor.value()?;
        if value != "null" && !KNOWN.contains(&&*key) {
            options.json(&key, value);
        }
        Ok::<(), Broken>(())
    });
}
