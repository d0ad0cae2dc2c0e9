//! `potluck connect`: what to set in a client so that it asks potluck, shown or written into its file.
//!
//! Knows no client: each is a file of the folder `clients`, read by [`client`].

use std::io::IsTerminal;

use serde::Serialize;

use super::edit;
use super::failure::Failure;
use super::put::{self, Put};
use super::router::{self, At};
use super::screen::{Look, Screen};
use crate::settings::Settings;

mod client;
mod key;
mod place;
mod shape;

use client::{File, Filled};
use key::Key;

/// Show what to set in a client, such as an SDK, an editor or an agent, so that it asks potluck
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is printed to standard output can be used as it is: a program can be run, a piece of a file can be
pasted. Notes go to standard error. With --write the change is shown first and asked about; what the
file held before is kept beside it, in FILE.before-potluck.

Where the router asks for a key, YOUR-POTLUCK-KEY stands in its place: a key is only put there when
--with-key asks for it. `potluck keys create NAME` makes one.

Examples:
  potluck connect                              all clients that are known
  potluck connect curl | sh
  potluck connect openai-python | python3 -
  potluck connect codex --write
  potluck connect aider --write --yes --model gpt-oss-120b
  POTLUCK_KEY=pk-… potluck connect openai-python --with-key | python3 -")]
pub struct Connect {
    /// The client; without it, all that are known are listed
    #[arg(value_name = "CLIENT")]
    pub client: Option<String>,
    /// The model that it is to ask for: `free`, a family, `provider/model`
    #[arg(short, long, value_name = "NAME", default_value = "free")]
    pub model: String,
    /// Put the key in `POTLUCK_KEY`, else the first of `server.keys`, into what is printed or written
    #[arg(long, requires = "client")]
    pub with_key: bool,
    /// Write the settings into the client's own file, after showing the change
    #[arg(long, requires = "client")]
    pub write: bool,
    /// With --write: do not ask
    #[arg(short, long, requires = "write")]
    pub yes: bool,
    /// With --write: this file instead of the client's usual one
    #[arg(long, value_name = "FILE", requires = "write")]
    pub file: Option<std::path::PathBuf>,
    /// For machines
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// A client in the list.
#[derive(Serialize)]
struct Listed {
    name: String,
    title: String,
    kind: &'static str,
    speaks: &'static str,
    writes: bool,
    ran: Option<String>,
}

/// Runs it.
pub(super) async fn run(
    connect: &Connect,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let Some(name) = &connect.client else { return list(connect.json, screen) };
    let client = client::find(name)?;
    let key = Key::choose(connect, settings).await?;
    let place = place::of(connect, settings, &key)?;
    let filled = client.fill(&place);
    for note in key.notes() {
        screen.note(&note)?;
    }
    if connect.write {
        return write(connect, settings, (name, &key), &filled, screen);
    }
    if connect.json {
        return Ok(screen.json(&filled)?);
    }
    show(settings, &filled, screen)
}

fn list(json: bool, screen: &mut Screen) -> Result<(), Failure> {
    let clients = client::all()?;
    let listed = clients.iter().map(|(name, client)| Listed {
        name: name.clone(),
        title: client.title.clone(),
        kind: client.kind.word(),
        speaks: client.speaks.word(),
        writes: !client.files.is_empty(),
        ran: client.ran.clone(),
    });
    if json {
        return Ok(screen.json(&listed.collect::<Vec<_>>())?);
    }
    let rows = listed.map(|one| {
        let writes = if one.writes { "yes" } else { "" };
        let ran = one.ran.unwrap_or_else(|| "not verified".to_owned());
        vec![one.name, one.title, one.kind.to_owned(), writes.to_owned(), ran]
    });
    screen.table(&["CLIENT", "WHAT IT IS", "KIND", "--write", "RUN WITH"], rows)?;
    Ok(screen.aside("`potluck connect CLIENT` shows what to set in it")?)
}

/// Notes beside the answer, and the answer so that it can be used as it is.
fn show(settings: &Settings, filled: &Filled, screen: &mut Screen) -> Result<(), Failure> {
    screen.aside(&format!("{}: {}", filled.title, filled.standing()))?;
    if let Some(note) = &filled.note {
        screen.aside(note)?;
    }
    let mut first = true;
    let mut part = |screen: &mut Screen, text: &str| -> Result<(), Failure> {
        if !std::mem::take(&mut first) {
            screen.say("")?;
        }
        Ok(screen.say(text.trim_end())?)
    };
    for file in &filled.files {
        let place = client::path_of(file, settings)?;
        screen.note(&screen.note_paint(Look::Strong, &format!("in {}:", place.display())))?;
        part(screen, &file.text)?;
    }
    if !filled.steps.is_empty() {
        part(screen, &filled.steps.join("\n"))?;
    }
    if let Some(code) = &filled.code {
        part(screen, &code.text)?;
    }
    if !filled.files.is_empty() {
        screen.aside("`--write` writes this into the file, and keeps what else is in it")?;
    }
    if let Some(command) = &filled.tried_by {
        screen.aside(&format!("then try: {command}"))?;
    }
    Ok(())
}

fn write(
    connect: &Connect,
    settings: &Settings,
    (name, key): (&str, &Key),
    filled: &Filled,
    screen: &mut Screen,
) -> Result<(), Failure> {
    if filled.files.is_empty() {
        return Err(Failure::Usage(format!(
            "{} has no file that potluck could write: `potluck connect {name}` shows what to set",
            filled.title
        )));
    }
    for file in &filled.files {
        write_one(connect, settings, (file, key), screen)?;
    }
    if let Some(command) = &filled.tried_by {
        screen.aside(&format!("then try: {command}"))?;
    }
    Ok(())
}

fn write_one(
    connect: &Connect,
    settings: &Settings,
    (file, key): (&File, &Key),
    screen: &mut Screen,
) -> Result<(), Failure> {
    let path = match &connect.file {
        Some(path) => path.clone(),
        None => client::path_of(file, settings)?,
    };
    let before = put::read(&path)?;
    let start = before.as_deref().or(file.fresh.as_deref()).unwrap_or_default();
    let after = edit::lay_over(file.format, start, &file.text, file.by.as_deref())
        .map_err(|why| anyhow::anyhow!("{} is left as it is: {why}", path.display()))?;
    if before.as_deref() == Some(after.as_str()) {
        return Ok(screen.say(&format!("{} says so already", path.display()))?);
    }
    for line in put::difference(&path, before.as_deref().unwrap_or_default(), &after) {
        // the file is for its owner; a terminal is seen by others
        screen.say(&key.masked(&line))?;
    }
    if !connect.yes && !agrees(screen)? {
        return Ok(screen.note("nothing was written")?);
    }
    let Put { kept } = put::put(&path, &after)?;
    let kept = kept.map_or_else(String::new, |kept| format!("; before: {}", kept.display()));
    Ok(screen.note(&format!("written: {}{kept}", path.display()))?)
}

fn agrees(screen: &mut Screen) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "nothing was written: nobody can be asked here. Say --yes to write without asking"
                .to_owned(),
        ));
    }
    screen.prompt("write this? [y/N] ")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The address that clients are to use.
fn address(connect: &Connect, settings: &Settings) -> String {
    let own = || format!("http://{}", router::reachable(settings.server.bind));
    connect.at.url.clone().unwrap_or_else(own)
}
