//! `potluck init`: what there is for free, which keys are here, and a settings file for the rest.
//!
//! Every figure is computed from the provider files; what they do not say is said to be unknown. A key is typed without
//! being shown, tried for free, and written where only its owner can read it.

use std::io::IsTerminal;

use futures_util::StreamExt;

use super::check::verdict::{judge, most_ahead};
use super::entry::Entry;
use super::failure::Failure;
use super::gauge;
use super::screen::Screen;
use crate::pantry::{Pantry, ProviderFile};
use crate::probe::{self, Finding};
use crate::settings::{Environment, Flags, Settings};
use crate::stock;
use crate::upstream::Upstream;

mod candidate;
mod plan;
mod questions;
mod table;

use candidate::{Candidate, Has};
use plan::Plan;
use questions::Given;

/// Set potluck up: show the free providers, take keys, try them, and write a settings file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Shows what each free provider would add in a day by the limits in its file, what it does with prompts,
what it asks of whoever signs up, and where to get a key. On a terminal it then takes keys, which are
not shown as they are typed, tries each with a call that costs nothing, and writes the settings file
(--config, else the one in use, else potluck/potluck.toml in your configuration folder). Keys go into
the file of keys: the one that the settings name, else keys.env beside them. Both files can be read by
their owner alone; what the settings were before is kept beside them.
Where nobody can be asked, nothing is read, and it says what it would ask.

Examples:
  potluck init
  potluck init --print              the table, and what would be written; nothing is written
  potluck init --yes                ask nothing: try the keys of the environment and write the file
  potluck init --json | jq '.[] | select(.has == \"nothing\") | .signup'")]
pub struct Init {
    /// Ask nothing, and write
    #[arg(short, long)]
    pub yes: bool,
    /// Write nothing: show the table and the file
    #[arg(long, conflicts_with = "yes")]
    pub print: bool,
    /// For machines: the table alone; nothing is asked and nothing is written
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub(super) async fn run(
    init: &Init,
    flags: &Flags,
    environment: Environment,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let settings = settings(flags, environment)?;
    let pantry = stock::pantry(&settings.catalog).map_err(anyhow::Error::from)?;
    let candidates = candidate::all(&pantry, &settings)?;
    if init.json {
        return Ok(screen.json(&candidates)?);
    }
    let upstream = Upstream::new(settings.timeouts.connect);
    let local = if settings.catalog.local {
        local(&pantry, &settings, &upstream).await
    } else {
        Vec::new()
    };
    table::show(&candidates, &local, screen)?;
    let plan = Plan::new(flags, &settings)?;
    if init.print {
        return plan.print(&Given::default(), screen);
    }
    let given = ask(init, &candidates, screen)?;
    let given = tried(given, &pantry, &settings, &upstream, screen).await?;
    plan.write(&given, init.yes, screen)?;
    Ok(table::next(Entry::find(None, &settings).await, screen)?)
}

/// The settings, also where the file that was named is still to be made.
fn settings(flags: &Flags, environment: Environment) -> Result<Settings, Failure> {
    let is_new = flags.config.as_ref().is_some_and(|path| !path.exists());
    Ok(if is_new {
        Settings::without_file(flags, environment)?
    } else {
        Settings::load(flags, environment)?
    })
}

/// The names of the servers that run on this machine.
async fn local(pantry: &Pantry, settings: &Settings, upstream: &Upstream) -> Vec<Finding> {
    let files = pantry.providers.values().filter(|file| crate::shelf::is_local(file));
    let asked = files.filter_map(|file| probe::questions(file, &settings.environment, &[]).ok());
    let found = probe::ask_all(upstream, asked.flatten().collect()).collect::<Vec<_>>().await;
    found.into_iter().filter(|one| one.models.as_ref().is_some_and(|it| it.free > 0)).collect()
}

/// Keys that a person types; none where nobody can be asked.
fn ask(init: &Init, candidates: &[Candidate], screen: &mut Screen) -> Result<Given, Failure> {
    if init.yes {
        return Ok(Given::default());
    }
    if !std::io::stdin().is_terminal() {
        questions::would_be(candidates, screen)?;
        return Err(Failure::Usage(
            "nothing was read or written: this is no terminal. `potluck init --yes` writes the settings file without \
             asking, and keys can be set as variables"
                .to_owned(),
        ));
    }
    questions::ask(candidates, screen)
}

/// Tries the keys that were found and those that were typed; of the latter, those that are refused are left out.
async fn tried(
    given: Given,
    pantry: &Pantry,
    settings: &Settings,
    upstream: &Upstream,
    screen: &mut Screen,
) -> Result<Given, Failure> {
    let environment = settings.environment.with(given.variables());
    let mut pantry = pantry.clone();
    given.switch_on(&mut pantry);
    let mut questions = Vec::new();
    for file in pantry.providers.values().filter(|file| !crate::shelf::is_local(file)) {
        let said =
            settings.catalog.credentials.get(&file.id).map(Vec::as_slice).unwrap_or_default();
        let keyed = probe::questions(file, &environment, said).unwrap_or_default();
        questions.extend(keyed.into_iter().filter(probe::Question::has_key));
    }
    if questions.is_empty() {
        return Ok(given);
    }
    let findings = gather(upstream, questions, screen).await?;
    let most = most_ahead(&findings);
    let mut refused = Vec::new();
    for finding in &findings {
        let Some(file) = pantry.providers.get(&finding.provider) else { continue };
        let verdict = judge(file, finding, most);
        screen.say(&format!(
            "{}  {}: {}",
            screen.paint(verdict.look, verdict.mark()),
            file.name,
            verdict.verdict
        ))?;
        if let Some(fix) = &verdict.fix {
            screen.say(&format!("   {fix}"))?;
        }
        if finding.key == probe::Key::Refused {
            refused.extend(finding.variable.clone());
        }
    }
    given.without(&refused, screen)
}

/// Asks all, with a bar that fills.
pub(super) async fn gather(
    upstream: &Upstream,
    questions: Vec<probe::Question>,
    screen: &mut Screen,
) -> Result<Vec<Finding>, Failure> {
    let all = questions.len();
    let mut asked = probe::ask_all(upstream, questions);
    let mut findings: Vec<Finding> = Vec::with_capacity(all);
    screen.waiting(&gauge::progress(0, all, "asking the providers"))?;
    while let Some(finding) = asked.next().await {
        let line = gauge::progress(findings.len() + 1, all, &finding.provider);
        screen.waiting(&line)?;
        findings.push(finding);
    }
    screen.waiting("")?;
    findings.sort_by(|left, right| {
        (&left.provider, &left.variable).cmp(&(&right.provider, &right.variable))
    });
    Ok(findings)
}

/// What a provider asks of whoever signs up, in words.
pub(super) fn asks(file: &ProviderFile) -> String {
    file.asks.as_ref().map_or_else(|| "not known".to_owned(), candidate::asked)
}

impl Candidate {
    /// Whether somebody would have to get a key for it first.
    fn wants_key(&self) -> bool {
        self.has == Has::Nothing
    }
}
