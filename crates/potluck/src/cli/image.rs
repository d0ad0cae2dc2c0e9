//! `potluck image`: a prompt, and pictures in files.

mod files;
mod ready;
mod show;

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::call::Reply;
use super::failure::Failure;
use super::router::{self, At};
use super::screen::Screen;
use crate::clock::{Clock, Mark};
use crate::settings::Settings;
use files::Files;
use ready::{Event, Events, Progress};

/// How often the line about the wait is drawn anew.
const TICK: Duration = Duration::from_millis(500);

/// Have a picture made; it is written to a file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The picture is shown in terminals that can show pictures (kitty, Ghostty, WezTerm, iTerm2), and with --preview as coloured
blocks in all others. A file that is there already is only replaced with --overwrite.

Examples:
  potluck image 'a red fox' -o fox.png
  potluck image 'a red fox' -o fox.webp --size 1024x768 --n 3
  potluck image -m flux --seed 7 --negative 'text, people' 'a lighthouse in fog'")]
pub struct Image {
    /// What is to be seen
    #[arg(value_name = "PROMPT", required = true)]
    pub prompt: Vec<String>,
    /// The file; several pictures are numbered: fox-1.png, fox-2.png [default: picture.png, or the next that is free]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// `free` for whichever can paint, a family, `provider/model` for one alone, or several of these in order,
    /// separated by commas
    #[arg(short, long, value_name = "NAME", default_value = "free")]
    pub model: String,
    /// How large, such as 1024x768; each model makes the nearest it can
    #[arg(long, value_name = "SIZE")]
    pub size: Option<String>,
    /// How many pictures, 1 to 10
    #[arg(short, long, value_name = "NUMBER", default_value_t = 1)]
    pub n: u32,
    /// png, jpeg or webp [default: by the name of the file]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// For repeatable pictures, where the model can
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// How many steps from noise to picture
    #[arg(long, value_name = "NUMBER")]
    pub steps: Option<u32>,
    /// What is not to be seen
    #[arg(long, value_name = "TEXT")]
    pub negative: Option<String>,
    /// Replace files that are there already
    #[arg(long)]
    pub overwrite: bool,
    /// Show the picture as coloured blocks where the terminal cannot do better
    #[arg(long)]
    pub preview: bool,
    /// For machines: one object with the files and who made them
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// A picture that was written.
#[derive(Debug, Serialize)]
struct Written {
    file: PathBuf,
    size: String,
    format: String,
    model: String,
    seed: Option<u64>,
    seconds: f64,
    notes: Vec<String>,
}

/// Runs it.
pub(super) async fn run(
    image: &Image,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let files = Files::choose(image.output.as_deref(), image.n, image.overwrite)?;
    let format = files.format(image.format.as_deref())?;
    let router = router::reach(&image.at, settings, screen).await?;
    let asked = router.caller.post("/v1/images/generations", &[], &image.body(format)).await;
    let outcome = match asked {
        Ok(reply) => receive(image, settings, screen, &files, reply).await,
        Err(failure) => Err(failure),
    };
    router.close().await;
    let written = outcome?;
    if image.json {
        screen.json(&written)?;
    }
    Ok(())
}

impl Image {
    fn body(&self, format: Option<&str>) -> Value {
        let names: Vec<&str> = self.model.split(',').map(str::trim).collect();
        let mut body = Map::new();
        match names.as_slice() {
            [one] => body.insert("model".to_owned(), json!(one)),
            many => body.insert("models".to_owned(), json!(many)),
        };
        let fixed = [
            ("prompt", Some(json!(self.prompt.join(" ")))),
            ("n", Some(json!(self.n))),
            ("stream", Some(json!(true))),
            ("response_format", Some(json!("b64_json"))),
            ("output_format", format.map(|word| json!(word))),
            ("size", self.size.as_ref().map(|size| json!(size))),
            ("seed", self.seed.map(|seed| json!(seed))),
            ("steps", self.steps.map(|steps| json!(steps))),
            ("negative_prompt", self.negative.as_ref().map(|words| json!(words))),
        ];
        let said = fixed.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        body.extend(said);
        Value::Object(body)
    }
}

/// Takes the pictures as they come, and shows how far the others are.
async fn receive(
    image: &Image,
    settings: &Settings,
    screen: &mut Screen,
    files: &Files,
    mut reply: Reply,
) -> Result<Vec<Written>, Failure> {
    let (begun, mut events, mut progress) =
        (Clock.mark(), Events::default(), Progress::of(image.n));
    let mut written: Vec<Written> = Vec::new();
    loop {
        screen.waiting(&progress.line(begun.elapsed()))?;
        let piece = match tokio::time::timeout(TICK, reply.piece()).await {
            Ok(piece) => piece?,
            Err(_tick) => continue,
        };
        let Some(piece) = piece else { break };
        for event in events.push(&piece)? {
            match event {
                Event::Progress(told) => progress = told,
                Event::Failed { status, message } => {
                    screen.waiting("")?;
                    return Err(Failure::Refused { status, message });
                }
                Event::Picture(picture) => {
                    screen.waiting("")?;
                    let one = write(files, written.len(), &picture)?;
                    tell(image, settings, screen, &one, &picture.bytes)?;
                    written.push(one);
                    progress.done = written.len() as u64;
                }
            }
        }
    }
    screen.waiting("")?;
    ended(image, screen, written, begun)
}

fn ended(
    image: &Image,
    screen: &mut Screen,
    written: Vec<Written>,
    begun: Mark,
) -> Result<Vec<Written>, Failure> {
    if written.is_empty() {
        let waited = begun.elapsed().as_secs();
        return Err(anyhow::anyhow!("the answer ended after {waited} s without a picture").into());
    }
    let missing = (image.n as usize).saturating_sub(written.len());
    if missing > 0 {
        screen.warn(&format!(
            "{missing} of {} pictures could not be made; ask again for them",
            image.n
        ))?;
    }
    Ok(written)
}

fn write(files: &Files, number: usize, picture: &ready::Picture) -> Result<Written, Failure> {
    let file = files.write(number, &picture.bytes, &picture.format)?;
    let ready::Picture { size, format, model, seed, seconds, notes, .. } = picture.clone();
    Ok(Written { file, size, format, model, seed, seconds, notes })
}

fn tell(
    image: &Image,
    settings: &Settings,
    screen: &mut Screen,
    one: &Written,
    bytes: &[u8],
) -> Result<(), Failure> {
    if !image.json {
        show::show(screen, &settings.environment, bytes, image.preview)?;
        screen.say(&one.file.display().to_string())?;
    }
    let seed = one.seed.map_or_else(String::new, |seed| format!(", seed {seed}"));
    let kib = bytes.len().div_ceil(1024);
    screen.aside(&format!(
        "{} {}, {kib} KiB, by {} in {:.1} s{seed}",
        one.size, one.format, one.model, one.seconds
    ))?;
    for note in &one.notes {
        screen.aside(note)?;
    }
    Ok(())
}
