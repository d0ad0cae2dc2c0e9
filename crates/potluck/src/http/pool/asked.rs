//! In which shape a question for `POST /pool/explain` is asked: every door's body is taken.

use potluck_core::image::ImageRequest;
use potluck_core::requirements::{Requirements, Wishes};
use potluck_core::verdict::Refusal;
use potluck_dialect::{Client, embedding, estimate, image, rerank};

/// The shape of a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Chat(Client),
    Embedding(embedding::Door),
    Rerank(rerank::Door),
    Image(image::Door),
}

/// The words of `?as=`, each with the shape that it names: the last part of the door's path.
const SHAPES: [(&str, Shape); 14] = [
    ("chat", Shape::Chat(Client::Chat)),
    ("openrouter", Shape::Chat(Client::OpenRouter)),
    ("messages", Shape::Chat(Client::Messages)),
    ("responses", Shape::Chat(Client::Responses)),
    ("completions", Shape::Chat(Client::Completions)),
    ("ollama-chat", Shape::Chat(Client::OllamaChat)),
    ("ollama-generate", Shape::Chat(Client::OllamaGenerate)),
    ("embeddings", Shape::Embedding(embedding::Door::OpenAi)),
    ("ollama-embed", Shape::Embedding(embedding::Door::Ollama)),
    ("rerank", Shape::Rerank(rerank::Door::Cohere)),
    ("openrouter-rerank", Shape::Rerank(rerank::Door::OpenRouter)),
    ("images", Shape::Image(image::Door::Generations)),
    ("image-edits", Shape::Image(image::Door::Edits)),
    ("openrouter-images", Shape::Image(image::Door::OpenRouter)),
];

/// The shape of a word; a chat where none is given.
///
/// # Errors
/// 400 with all words, where it is none.
pub(super) fn shape(word: Option<&str>) -> Result<Shape, Refusal> {
    let word = word.unwrap_or("chat");
    let found = SHAPES.iter().find(|(known, _)| *known == word);
    found.map(|(_, shape)| *shape).ok_or_else(|| {
        let known = SHAPES.map(|(known, _)| known).join(", ");
        let shown: String = word.chars().take(40).collect();
        let message = format!("`as` is {shown:?}, and has to be one of {known}.");
        Refusal::bad_request("invalid_parameter", message, Some("as".to_owned()))
    })
}

impl Shape {
    /// The names that a body asks for, and what serving it needs.
    ///
    /// # Errors
    /// As at the door itself.
    pub(super) fn read(
        self,
        body: &[u8],
        wishes: &Wishes,
    ) -> Result<(Vec<String>, Requirements), Refusal> {
        match self {
            Self::Chat(client) => {
                let request = client.read_request(body)?.request;
                if image::wants_picture(&request) {
                    return Ok(picture(image::Door::read_chat(client, request)?.request, wishes));
                }
                let tokens = estimate::prompt_tokens(&request);
                let needs = Requirements::derive(&request, tokens, wishes);
                Ok((request.models, needs))
            }
            Self::Embedding(door) => {
                let request = door.read_request(body)?.request;
                let tokens = estimate::embedding_tokens(&request);
                let needs = Requirements::embedding(&request, tokens, wishes);
                Ok((request.models, needs))
            }
            Self::Rerank(door) => {
                let request = door.read_request(body)?.request;
                let tokens = estimate::rerank_tokens(&request);
                let needs = Requirements::rerank(&request, tokens, wishes);
                Ok((request.models, needs))
            }
            Self::Image(door) => Ok(picture(door.read_request(body)?.request, wishes)),
        }
    }
}

fn picture(request: ImageRequest, wishes: &Wishes) -> (Vec<String>, Requirements) {
    let tokens = estimate::words(&request.prompt);
    let needs = Requirements::image(&request, tokens, wishes);
    (request.models, needs)
}
