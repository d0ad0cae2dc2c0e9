//! `GET /pool/forecast`: how many requests of a kind can be served, and when more.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use enumset::EnumSet;
use http::{HeaderMap, StatusCode};
use jiff::tz::TimeZone;
use potluck_core::capability::{Feature, Modality};
use potluck_core::eligible::{PLANNED_OUTPUT, USUAL_OUTPUT};
use potluck_core::forecast::{forecast, sentence};
use potluck_core::requirements::{Constraints, Requirements};
use potluck_core::verdict::{Refusal, unknown_model};
use potluck_dialect::Client;

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::pool::shape;
use crate::http::{answer, terms, wishes};

/// Tokens of prompt and answer together where nobody says: a question and its answer.
const USUAL_CONTEXT: u32 = 2000;

/// Tokens of a text to be worked on, or of a picture's prompt, where nobody says.
const USUAL_TEXT: u32 = 500;

/// What can be asked, for whoever asks for something else.
const ASKED: [&str; 5] = ["needs", "context", "output", "model", "zone"];

type Asked = BTreeMap<String, String>;

/// Tells how many requests of a kind can be served. Sends nothing to anybody.
pub(in crate::http) async fn foretell(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    look_ahead(&house, (&headers, &caller), &asked)
        .unwrap_or_else(|refusal| answer::refuse(Client::Chat, &refusal, None))
}

fn look_ahead(
    house: &House,
    (headers, caller): (&HeaderMap, &Caller),
    asked: &Asked,
) -> Result<Response, Refusal> {
    if let Some(unknown) = asked.keys().find(|name| !ASKED.contains(&name.as_str())) {
        return Err(bad(unknown, &format!("is not known here; known are {}", ASKED.join(", "))));
    }
    let requirements = requirements(asked, number(asked, "context")?, wishes(headers, caller)?)?;
    terms::check_names(house, caller.permit(), &names(asked))?;
    let zone = zone(asked)?;
    let (shelf, prospect) =
        house.prospect(&names(asked), &requirements).map_err(|unknown| unknown_model(&unknown))?;
    let seen = forecast(&prospect, &zone);
    let answer = requirements.max_output.unwrap_or_default().min(PLANNED_OUTPUT);
    let tokens = requirements.prompt_tokens.saturating_add(answer);
    let words = sentence(&seen, &requirements, tokens, &zone);
    Ok(answer::value(StatusCode::OK, &shape::forecast(&shelf, &requirements, &seen, &zone, &words)))
}

/// Of the headers that wish something, those that say whom a request may be sent to.
fn wishes(headers: &HeaderMap, caller: &Caller) -> Result<Constraints, Refusal> {
    let wishes = wishes::of(headers, caller)?;
    Ok(Constraints {
        no_training: wishes.no_training,
        min_quality: wishes.min_quality,
        min_context: wishes.min_context,
        permit: wishes.permit,
        ..Constraints::default()
    })
}

/// What such a request needs. Its context is prompt and answer together.
fn requirements(
    asked: &Asked,
    context: Option<u32>,
    constraints: Constraints,
) -> Result<Requirements, Refusal> {
    let words = listed(asked, "needs");
    let makes = words.iter().find_map(|word| made(word));
    let needs = match makes {
        Some(makes) => other_work(makes, context.unwrap_or(USUAL_TEXT)),
        None => chat(context.unwrap_or(USUAL_CONTEXT), number(asked, "output")?),
    };
    let mut needs = Requirements { constraints, ..needs };
    for word in words.iter().filter(|word| made(word).is_none()) {
        match (Feature::from_word(word), Modality::from_word(word)) {
            (Some(feature), _) => needs.features |= feature,
            (None, Some(takes)) => needs.input |= takes,
            (None, None) => return Err(unknown_need(word)),
        }
    }
    Ok(needs)
}

/// Words for work that is no chat.
const MADE: [(&str, Modality); 3] =
    [("embedding", Modality::Embedding), ("score", Modality::Score), ("picture", Modality::Image)];

fn made(word: &str) -> Option<Modality> {
    MADE.iter().find(|(known, _)| *known == word).map(|(_, makes)| *makes)
}

fn chat(context: u32, output: Option<u32>) -> Requirements {
    let answer = output.unwrap_or(USUAL_OUTPUT).min(PLANNED_OUTPUT).min(context / 2);
    Requirements {
        prompt_tokens: context - answer,
        max_output: Some(output.unwrap_or(answer)),
        ..Requirements::plain()
    }
}

fn other_work(makes: Modality, tokens: u32) -> Requirements {
    let mut needs = Requirements { prompt_tokens: tokens, ..Requirements::plainest(makes) };
    if let Some(bulk) = &mut needs.bulk {
        bulk.longest = tokens;
    }
    needs
}

fn unknown_need(word: &str) -> Refusal {
    let features = EnumSet::<Feature>::all().iter().map(Feature::word);
    let inputs = [Modality::Image, Modality::Audio, Modality::Video, Modality::File];
    let inputs = inputs.map(Modality::word);
    let known: Vec<&str> = features.chain(inputs).chain(MADE.map(|(word, _)| word)).collect();
    bad("needs", &format!("names {word:?}; known are {}", known.join(", ")))
}

/// Midnight is at some place: UTC, where nobody says.
fn zone(asked: &Asked) -> Result<TimeZone, Refusal> {
    let Some(name) = asked.get("zone") else { return Ok(TimeZone::UTC) };
    TimeZone::get(name).map_err(|_| {
        bad("zone", &format!("is {name:?}, and has to be a time zone such as America/Los_Angeles"))
    })
}

fn names(asked: &Asked) -> Vec<String> {
    listed(asked, "model")
}

fn listed(asked: &Asked, name: &str) -> Vec<String> {
    let words = asked.get(name).map(String::as_str).unwrap_or_default().split(',');
    words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn number(asked: &Asked, name: &str) -> Result<Option<u32>, Refusal> {
    let Some(text) = asked.get(name) else { return Ok(None) };
    match text.parse() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(bad(name, &format!("is {text:?}, and has to be a number of tokens"))),
    }
}

fn bad(name: &str, what: &str) -> Refusal {
    Refusal::bad_request(
        "invalid_query",
        format!("`{name}` in the query {what}."),
        Some(name.to_owned()),
    )
}
