//! A client's request, read strictly: what is wrong is named with its place, before anything is sent.
//!
//! Without `max_tokens` there is no limit of ours: the dialect's 16 were meant for models that do not think first.

#[cfg(test)]
mod tests;

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, MaxOutput, Stop};
use potluck_core::verdict::Refusal;

use super::fill::{self, Gap};
use super::question::Question;
use crate::client::{Asked, Echo};
use crate::fields::Fields;
use crate::openai_chat;
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// The fields that are read; every other is left out and named.
const KNOWN: [&str; 27] = [
    "best_of",
    "echo",
    "frequency_penalty",
    "keep_alive",
    "logit_bias",
    "logprobs",
    "max_tokens",
    "min_p",
    "model",
    "models",
    "n",
    "options",
    "presence_penalty",
    "prompt",
    "provider",
    "raw",
    "repetition_penalty",
    "seed",
    "session_id",
    "stop",
    "stream",
    "stream_options",
    "suffix",
    "temperature",
    "top_k",
    "top_p",
    "user",
];

/// Reads the body of `POST /completions`.
///
/// # Errors
/// A refusal of status 400 that names the field, or the place where the body stops being JSON.
pub(crate) fn read(body: &[u8]) -> Result<Asked, Refusal> {
    let fields = wrong::object(body, Fields::read)?;
    read_fields(&fields).map_err(|wrong| wrong.refuse(body))
}

fn read_fields(fields: &Fields<'_>) -> Result<Asked, Wrong> {
    let mut dropped: Vec<String> = fields.others(&KNOWN).map(str::to_owned).collect();
    let mut request = ChatRequest::default();
    read_dials(fields, &mut request)?;
    read_options(fields, &mut request)?;
    read_count(fields, &mut request, &mut dropped)?;
    let question = read_prompt(fields, &mut request)?;
    Ok(Asked::naming(request, Echo::Completions(Box::new(question)), dropped))
}

/// The text to go on with or the gap to fill, and how the answer has to look.
fn read_prompt(fields: &Fields<'_>, request: &mut ChatRequest) -> Result<Question, Wrong> {
    let prompt = one_text(&mut fields.need("prompt")?).map_err(|wrong| wrong.inside("prompt"))?;
    let gap = match fields.text("suffix")? {
        Some(after) => Some(Gap { before: prompt.clone(), after }),
        None => Gap::find(&prompt),
    };
    let echo = fields.read_with("echo", wrong::boolean)? == Some(true);
    if request.logprobs == Some(true) && (gap.is_some() || echo) {
        return Err(Wrong::value(
            "are given for what a model writes after a prompt: not with `suffix`, whose answers are trimmed, nor with `echo`",
        )
        .inside("logprobs"));
    }
    let question = Question {
        before: echo.then(|| prompt.clone()),
        fills: gap.is_some(),
        ollama: fields.get("options")?.is_some(),
    };
    request.messages = gap.map_or_else(|| fill::go_on(prompt), |gap| fill::fill(&gap));
    Ok(question)
}

/// A prompt that is one text.
fn one_text(cursor: &mut Cursor<'_>) -> Result<String, Wrong> {
    match cursor.kind()? {
        Kind::Text => wrong::text(cursor),
        Kind::Array => {
            let mut texts = Vec::new();
            cursor.array(|cursor, index| {
                match cursor.kind()? {
                    Kind::Text => texts.push(wrong::text(cursor)?),
                    Kind::Number | Kind::Array => return Err(tokens().at(index)),
                    other => return Err(Wrong::kind("a string", other).at(index)),
                }
                Ok(())
            })?;
            match texts.len() {
                1 => Ok(texts.remove(0)),
                0 => Err(Wrong::value("must hold a text")),
                _ => Err(Wrong::value(
                    "holds several texts, and a request is answered by one model in one go: send one text a request",
                )),
            }
        }
        other => Err(Wrong::kind("a string", other)),
    }
}

fn tokens() -> Wrong {
    Wrong::value("holds tokens, which mean something else to every model of the pool: send text")
}

fn read_dials(fields: &Fields<'_>, request: &mut ChatRequest) -> Result<(), Wrong> {
    // Editors that speak Ollama's dialect keep these in an object of their own.
    let inner = match fields.get("options")? {
        Some(mut place) => Some(Fields::read(&mut place).map_err(|wrong| wrong.inside("options"))?),
        None => None,
    };
    let of = |name: &str| match fields.read_with(name, wrong::number)? {
        Some(number) => Ok(Some(number)),
        None => inner.as_ref().map_or(Ok(None), |inner| inner.read_with(name, wrong::number)),
    };
    let dials = &mut request.sampling;
    dials.temperature = of("temperature")?;
    dials.top_p = of("top_p")?;
    dials.top_k = of("top_k")?;
    dials.min_p = of("min_p")?;
    dials.frequency_penalty = of("frequency_penalty")?;
    dials.presence_penalty = of("presence_penalty")?;
    dials.repetition_penalty = of("repetition_penalty")?;
    dials.seed = fields.read_with("seed", |place| wrong::whole(place, i64::MIN, i64::MAX))?;
    // An empty one biases nothing, and some providers refuse the field.
    dials.logit_bias =
        fields.json("logit_bias")?.filter(|bias| bias.len() > 2).map(Sealed::from_json);
    let limit = match fields.read_with("max_tokens", read_limit)? {
        Some(limit) => Some(limit),
        None => {
            inner.as_ref().map_or(Ok(None), |inner| inner.read_with("num_predict", read_limit))?
        }
    };
    request.max_output = limit.flatten().map(MaxOutput::Tokens);
    request.stop = match fields.read_with("stop", read_stop)? {
        Some(stop) => Some(stop),
        None => inner.as_ref().map_or(Ok(None), |inner| inner.read_with("stop", read_stop))?,
    };
    Ok(())
}

/// A limit; what is below nothing is how local servers' clients say that there is none.
fn read_limit(cursor: &mut Cursor<'_>) -> Result<Option<u32>, Wrong> {
    match u32::try_from(wrong::whole(cursor, -2, i64::from(u32::MAX))?) {
        Ok(0) => Err(Wrong::value("must be at least 1")),
        Ok(limit) => Ok(Some(limit)),
        Err(_) => Ok(None),
    }
}

fn read_stop(cursor: &mut Cursor<'_>) -> Result<Stop, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(Stop::One(wrong::text(cursor)?)),
        _ => Ok(Stop::Many(wrong::texts(cursor)?)),
    }
}

fn read_options(fields: &Fields<'_>, request: &mut ChatRequest) -> Result<(), Wrong> {
    let models = fields.read_with("models", wrong::texts)?;
    request.models = fields.text("model")?.into_iter().chain(models.unwrap_or_default()).collect();
    request.stream = fields.read_with("stream", wrong::boolean)?;
    request.user = fields.text("user")?;
    request.routing.session = fields.text("session_id")?;
    fields.read_with("provider", |place| openai_chat::read_routing(place, &mut request.routing))?;
    if let Some(mut options) = fields.get("stream_options")? {
        let options = Fields::read(&mut options)
            .and_then(|options| options.read_with("include_usage", wrong::boolean));
        request.include_usage = options.map_err(|wrong| wrong.inside("stream_options"))?;
    }
    if let Some(alternatives) = fields.read_with("logprobs", |place| wrong::count(place, 0))? {
        request.logprobs = Some(true);
        request.top_logprobs = Some(alternatives).filter(|&count| count > 0);
    }
    Ok(())
}

/// How many answers. The best of more than are wanted would be thrown away here, and is not asked for.
fn read_count(
    fields: &Fields<'_>,
    request: &mut ChatRequest,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    request.choices = fields.read_with("n", |place| wrong::count(place, 1))?;
    let wanted = request.choices.unwrap_or(1);
    match fields.read_with("best_of", |place| wrong::count(place, 1))? {
        Some(of) if of < wanted => Err(Wrong::value("must not be less than `n`").inside("best_of")),
        Some(of) if of > wanted => {
            dropped.push("best_of".to_owned());
            Ok(())
        }
        Some(_) | None => Ok(()),
    }
}
