//! `potluck chat`: a prompt, and the answer as it streams.

use std::io::{BufRead, IsTerminal};

use serde_json::Value;

use super::answer::{self, Answer, Piece};
use super::ask::{Ask, message};
use super::call::Caller;
use super::failure::Failure;
use super::router::{self, At};
use super::screen::Screen;
use crate::settings::Settings;

/// Ask something; the answer streams to the terminal
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without a prompt on a terminal, a conversation begins; an empty line or Ctrl-D ends it.

Examples:
  potluck chat 'why is the sky blue?'
  git diff | potluck chat 'write a commit message'
  potluck chat -m gpt-oss-120b --seed 7 'one word'
  potluck chat --json 'hello' | jq -r .content")]
pub struct Chat {
    /// What to ask, and of whom.
    #[command(flatten)]
    pub ask: Ask,
    /// Wait for the whole answer
    #[arg(long)]
    pub no_stream: bool,
    /// Show the model's thoughts, on standard error
    #[arg(long)]
    pub thoughts: bool,
    /// For machines: one object with the answer, who gave it and what it cost
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// Runs it.
pub(super) async fn run(
    chat: &Chat,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let prompt = chat.ask.prompt()?;
    if prompt.is_none() && !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "there is nothing to ask: give a prompt, or pipe one in".to_owned(),
        ));
    }
    let router = router::reach(&chat.at, settings, screen).await?;
    let outcome = match prompt {
        Some(prompt) => once(chat, &router.caller, screen, &prompt).await,
        None => converse(chat, &router.caller, screen).await,
    };
    router.close().await;
    outcome
}

async fn once(
    chat: &Chat,
    caller: &Caller,
    screen: &mut Screen,
    prompt: &str,
) -> Result<(), Failure> {
    let mut messages = chat.ask.opening();
    messages.push(message("user", prompt));
    let answer = turn(chat, caller, screen, &messages, chat.ask.headers()).await?;
    if chat.json { Ok(screen.json(&answer)?) } else { Ok(()) }
}

/// A conversation stays with one offer while that can serve.
async fn converse(chat: &Chat, caller: &Caller, screen: &mut Screen) -> Result<(), Failure> {
    let mut headers = chat.ask.headers();
    headers.push(("x-potluck-session", uuid::Uuid::now_v7().to_string()));
    let mut messages = chat.ask.opening();
    while let Some(prompt) = read_line(screen)? {
        messages.push(message("user", &prompt));
        match turn(chat, caller, screen, &messages, headers.clone()).await {
            Ok(answer) if chat.json => {
                screen.json(&answer)?;
                messages.push(message("assistant", &answer.content));
            }
            Ok(answer) => messages.push(message("assistant", &answer.content)),
            // the pool may have another for the next try: a conversation is not lost over one failure
            Err(failure @ Failure::Refused { .. }) => {
                messages.pop();
                screen.complain(&failure.to_string());
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Blocks this thread: nothing else waits for it, and the router of this process runs on others.
fn read_line(screen: &mut Screen) -> Result<Option<String>, Failure> {
    screen.prompt("> ")?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}

async fn turn(
    chat: &Chat,
    caller: &Caller,
    screen: &mut Screen,
    messages: &[Value],
    headers: Vec<(&'static str, String)>,
) -> Result<Answer, Failure> {
    let stream = !chat.no_stream;
    let body = chat.ask.body(messages, stream);
    let asked = answer::asked();
    let reply = caller.post("/v1/chat/completions", &headers, &body).await?;
    let answer = if stream {
        answer::streamed(reply, asked, |piece| show(chat, screen, piece)).await?
    } else {
        let answer = answer::whole(reply, asked).await?;
        show(chat, screen, Piece::Thoughts(&answer.reasoning))?;
        show(chat, screen, Piece::Words(&answer.content))?;
        answer
    };
    if !chat.json {
        screen.say("")?;
    }
    screen.aside(&answer.by_line())?;
    Ok(answer)
}

fn show(chat: &Chat, screen: &mut Screen, piece: Piece<'_>) -> Result<(), Failure> {
    match piece {
        Piece::Words(words) if !chat.json => Ok(screen.words(words)?),
        Piece::Thoughts(thoughts) if chat.thoughts => Ok(screen.thoughts(thoughts)?),
        Piece::Words(_) | Piece::Thoughts(_) => Ok(()),
    }
}
