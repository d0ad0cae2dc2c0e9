//! `potluck check`: for each provider, whether its file is valid, its key is there, and why it is off; and then, whether it
//! answers, takes the key, lists its models and has the right time. Asks only what costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use potluck_core::catalog::{Catalog, Membership};
use serde::Serialize;

use super::failure::Failure;
use super::init::gather;
use super::screen::{Cell, Look, Screen};
use crate::clock::Clock;
use crate::pantry::{
    Held, Lowered, NoLongerFree, Pantry, ProviderFile, Status, WhyIdle, World, lower, stacked,
};
use crate::probe::{self, Finding};
use crate::settings::Settings;
use crate::stock;
use crate::upstream::Upstream;

pub(super) mod verdict;

use verdict::{Verdict, judge, most_ahead, own_clock};

/// Ask every provider whether it is there and takes the key, and say how to mend what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Asks each provider that could be used for its list of models, or how the account stands: that costs
nothing. Tells for each whether it is there, takes the key, still lists its models and has the same
time as this machine, and what to do where not. Exits with 1 when a provider that you have set a key
for cannot serve, when the PROVIDER that was named cannot, when nobody can be reached, or when a file
is wrong.

Examples:
  potluck check
  potluck check groq
  potluck check --offline                 read files and variables only: nobody is asked
  potluck check --json | jq '.providers[] | select(.ready)'")]
pub struct Check {
    /// Only this provider, with everything that is known of it
    pub provider: Option<String>,
    /// Ask nobody: read files and variables only
    #[arg(long)]
    pub offline: bool,
    /// For machines
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Report {
    providers: Vec<Line>,
    not_free: Vec<Gone>,
    pools: Vec<NamedPool>,
    notes: Vec<String>,
    /// Whether anybody was asked.
    asked: bool,
}

#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    status: &'static str,
    simulated: bool,
    ready: bool,
    credential: Option<String>,
    credentials: Vec<Key>,
    why_not: Option<String>,
    variables: Vec<String>,
    models: usize,
    rank: Option<u32>,
    signup: Option<String>,
    /// What came of asking it, under each of its keys; empty where it was not asked.
    found: Vec<Verdict>,
}

/// One credential.
#[derive(Serialize)]
struct Key {
    name: String,
    account: String,
    variable: Option<String>,
    weight: f64,
    models: Vec<String>,
}

impl From<&Held> for Key {
    fn from(held: &Held) -> Self {
        Self {
            name: held.id.clone(),
            account: held.account.clone(),
            variable: held.key_env.clone(),
            weight: held.weight,
            models: held.models.clone(),
        }
    }
}

#[derive(Serialize)]
struct Gone {
    id: String,
    name: String,
    since: String,
    why: String,
}

/// A pool of the settings, by what the files say of models.
#[derive(Serialize)]
struct NamedPool {
    name: String,
    offers: usize,
    /// Those that are tried before all others.
    first: Vec<String>,
}

/// Runs it.
pub(super) async fn run(
    check: &Check,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let pantry = stock::pantry(&settings.catalog).map_err(anyhow::Error::from)?;
    let lowered = lay_out(&pantry, settings)?;
    let mut report = report(&pantry, &lowered);
    if let Some(id) = &check.provider {
        report.providers.retain(|line| line.id == *id);
        report.not_free.retain(|gone| gone.id == *id);
    }
    if !check.offline {
        ask(&mut report, &pantry, settings, screen).await?;
    }
    match &check.provider {
        None if check.json => screen.json(&report)?,
        None => show(&report, screen)?,
        Some(id) => one(id, &report, &pantry, check.json, screen)?,
    }
    report.outcome()
}

/// Asks the providers of the report, and notes what came of it.
async fn ask(
    report: &mut Report,
    pantry: &Pantry,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let upstream = Upstream::new(settings.timeouts.connect);
    let mut questions = Vec::new();
    for line in &report.providers {
        let Some(file) = pantry.providers.get(&line.id) else { continue };
        if settings.catalog.local || file.status != Status::Local {
            let said = settings.catalog.credentials.get(&file.id).map(Vec::as_slice);
            let own = probe::questions(file, &settings.environment, said.unwrap_or_default());
            questions.extend(own.unwrap_or_default());
        }
    }
    report.asked = !questions.is_empty();
    let findings: Vec<Finding> = gather(&upstream, questions, screen).await?;
    let most = most_ahead(&findings);
    report.notes.extend(own_clock(most));
    for line in &mut report.providers {
        let Some(file) = pantry.providers.get(&line.id) else { continue };
        let own = findings.iter().filter(|finding| finding.provider == line.id);
        line.found = own.map(|finding| judge(file, finding, most)).collect();
    }
    Ok(())
}

/// What the provider files come to with the variables that are set, without any live list.
pub(super) fn lay_out(pantry: &Pantry, settings: &Settings) -> Result<Lowered, Failure> {
    let now = jiff::Timestamp::from_millisecond(Clock.now().as_millis())
        .map_err(|error| anyhow::anyhow!("this machine's clock cannot be read: {error}"))?;
    let mut lowered = lower(
        pantry,
        &World {
            is_set: &|name| settings.environment.get(name).is_some(),
            credentials: &settings.catalog.credentials,
            listed: &BTreeMap::new(),
            today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
            concurrency: settings.pool.concurrency,
        },
    );
    lowered.catalog.define(&settings.pools);
    Ok(lowered)
}

fn report(pantry: &Pantry, lowered: &Lowered) -> Report {
    let mut providers: Vec<Line> =
        pantry.providers.values().map(|file| line(file, lowered)).collect();
    providers.sort_by_key(|line| (!line.ready, line.rank.unwrap_or(u32::MAX), line.id.clone()));
    let mut notes = stacked(pantry, &lowered.catalog);
    notes.extend(lowered.catalog.pools.iter().flat_map(Membership::notes));
    let not_free = pantry.not_free.iter().map(gone).collect();
    let pools = lowered.catalog.pools.iter().map(|pool| named(pool, &lowered.catalog)).collect();
    Report { providers, not_free, pools, notes, asked: false }
}

fn named(membership: &Membership, catalog: &Catalog) -> NamedPool {
    let members = &membership.members;
    let best = members.iter().map(|(_, place)| *place).min();
    let first = members.iter().filter(|(_, place)| Some(*place) == best);
    NamedPool {
        name: membership.pool.name.clone(),
        offers: members.len(),
        first: first.map(|(index, _)| catalog.offer(*index).name.to_string()).collect(),
    }
}

fn line(file: &ProviderFile, lowered: &Lowered) -> Line {
    let held: Vec<&Held> = lowered
        .routes
        .iter()
        .filter(|route| route.file.id == file.id)
        .map(|route| &route.held)
        .collect();
    let idle = lowered.idle.iter().find(|idle| idle.provider == file.id);
    let provider = lowered.catalog.providers.iter().position(|p| p.id.as_str() == file.id);
    let own = lowered.catalog.offers.iter().filter(|o| Some(o.provider.0 as usize) == provider);
    let models = own.map(|offer| offer.model.as_str()).collect::<BTreeSet<_>>().len();
    Line {
        id: file.id.clone(),
        name: file.name.clone(),
        status: file.status.word(),
        simulated: file.simulated,
        ready: !held.is_empty(),
        credential: variables(&held),
        credentials: held.into_iter().map(Key::from).collect(),
        why_not: idle.map(|idle| why_not(file, &idle.why)),
        variables: file.auth.env.iter().chain(&file.auth.account_env).cloned().collect(),
        models,
        rank: file.rank,
        signup: file.signup.clone(),
        found: Vec::new(),
    }
}

/// The variables that hold its keys.
fn variables(held: &[&Held]) -> Option<String> {
    let variable = |one: &&Held| one.key_env.clone().unwrap_or_else(|| "no key needed".to_owned());
    let all: Vec<String> = held.iter().map(variable).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn why_not(file: &ProviderFile, why: &WhyIdle) -> String {
    match (why, file.status) {
        (WhyIdle::NoModels, Status::Local) => "its models are found while it runs".to_owned(),
        (why, _) => why.to_string(),
    }
}

fn gone(name: &NoLongerFree) -> Gone {
    Gone {
        id: name.id.clone(),
        name: name.name.clone(),
        since: name.since.clone(),
        why: name.why.clone(),
    }
}

fn show(report: &Report, screen: &mut Screen) -> Result<(), Failure> {
    let rows = report.providers.iter().map(row);
    let head: &[&str] = if report.asked {
        &["PROVIDER", "READY", "STATUS", "MODELS", "KEY, OR WHY NOT", "ASKED"]
    } else {
        &["PROVIDER", "READY", "STATUS", "MODELS", "KEY, OR WHY NOT"]
    };
    screen.table(head, rows)?;
    screen.say("")?;
    let fixes =
        report.providers.iter().flat_map(|line| line.found.iter().map(move |it| (line, it)));
    let fixes: Vec<String> = fixes
        .filter_map(|(line, found)| Some(format!("  {}: {}", line.id, found.fix.as_ref()?)))
        .collect();
    if !fixes.is_empty() {
        screen.say("what to do:")?;
        for fix in fixes {
            screen.say(&fix)?;
        }
        screen.say("")?;
    }
    let rows = report
        .not_free
        .iter()
        .map(|gone| vec![gone.id.clone(), gone.since.clone(), gone.why.clone()]);
    screen.table(&["NO LONGER FREE", "SINCE", "WHY"], rows)?;
    if !report.pools.is_empty() {
        screen.say("")?;
        screen.table(&["POOL", "OFFERS", "TRIED FIRST"], report.pools.iter().map(pool_row))?;
    }
    for note in &report.notes {
        screen.warn(note)?;
    }
    let ready = report.providers.iter().filter(|line| line.ready).count();
    let all = report.providers.len();
    screen.aside(&format!(
        "all {all} provider files are valid; {ready} are ready to be drawn from"
    ))?;
    Ok(())
}

/// How many of those that are tried first are named.
const NAMED: usize = 3;

fn pool_row(pool: &NamedPool) -> Vec<String> {
    let mut first = pool.first.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match pool.first.len().saturating_sub(NAMED) {
        0 => {}
        more => first.push_str(&format!(" and {more} more")),
    }
    vec![pool.name.clone(), pool.offers.to_string(), first]
}

fn row(line: &Line) -> Vec<Cell> {
    let ready = if line.ready { Look::Good.on("yes") } else { Look::Faint.on("no") };
    let note = line.credential.as_ref().or(line.why_not.as_ref()).cloned().unwrap_or_default();
    let models = if line.ready { line.models.to_string() } else { String::new() };
    let status = if line.simulated { "simulated" } else { line.status };
    vec![line.id.as_str().into(), ready, status.into(), models.into(), note.into(), asked(line)]
}

/// What came of asking, the worst first.
fn asked(line: &Line) -> Cell {
    let worst = line.found.iter().min_by_key(|found| (found.good, found.fix.is_none()));
    worst.map_or_else(|| Cell::from(""), |found| found.look.on(found.verdict.as_str()))
}

fn one(
    id: &str,
    report: &Report,
    pantry: &Pantry,
    json: bool,
    screen: &mut Screen,
) -> Result<(), Failure> {
    if json {
        screen.json(report)?;
    } else if let (Some(line), Some(file)) = (report.providers.first(), pantry.providers.get(id)) {
        details(line, file, screen)?;
    }
    match (report.providers.first(), report.not_free.first()) {
        (Some(line), _) if line.ready => Ok(()),
        (Some(line), _) => {
            let why = line.why_not.clone().unwrap_or_default();
            Err(anyhow::anyhow!("{id} cannot be drawn from: {why}").into())
        }
        (None, Some(gone)) => {
            let Gone { name, since, why, .. } = gone;
            Err(anyhow::anyhow!("{name} is no longer free (since {since}): {why}").into())
        }
        (None, None) => Err(Failure::Usage(format!(
            "no file describes the provider `{id}`; `potluck check` lists all"
        ))),
    }
}

fn details(line: &Line, file: &ProviderFile, screen: &mut Screen) -> Result<(), Failure> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "not said".to_owned());
    let limits = file.limits.iter().map(limit).collect::<Vec<_>>().join("; ");
    let facts = [
        ("name", line.name.clone()),
        ("status", line.status.to_owned()),
        ("address", file.base_url.clone()),
        ("dialect", file.dialect.word().to_owned()),
        ("several accounts", file.stacking.word().to_owned()),
        (
            "key",
            line.credential
                .clone()
                .unwrap_or_else(|| format!("wants {}", line.variables.join(", "))),
        ),
        ("sign up", text(&file.signup)),
        ("signing up asks", super::init::asks(file)),
        ("terms", text(&file.terms)),
        ("note", text(&file.note)),
        ("trains on prompts", file.privacy.trains.word().to_owned()),
        ("limits", if limits.is_empty() { "none known".to_owned() } else { limits }),
        ("models in the file", file.models.len().to_string()),
        ("live model list", if file.listing.is_some() { "yes" } else { "no" }.to_owned()),
        ("sources", file.provenance.source.join(", ")),
        ("checked", file.provenance.checked.clone()),
    ];
    let found = line.found.iter().map(|found| {
        let key = found.variable.as_ref().map_or_else(String::new, |key| format!("{key}: "));
        let fix = found.fix.as_ref().map_or_else(String::new, |fix| format!(". To do: {fix}"));
        ("asked", format!("{key}{} ({} ms){fix}", found.verdict, found.took_ms))
    });
    let rows =
        facts.into_iter().chain(found).map(|(what, fact)| vec![Look::Strong.on(what), fact.into()]);
    screen.table(&[&file.id, ""], rows)?;
    if line.credentials.len() > 1 {
        let rows = line.credentials.iter().map(credential);
        screen.table(&["CREDENTIAL", "KEY", "ACCOUNT", "WEIGHT", "MODELS"], rows)?;
    }
    Ok(())
}

impl Report {
    /// Whether everything that a person has set a key for can serve.
    fn outcome(&self) -> Result<(), Failure> {
        let all = || self.providers.iter().flat_map(|line| &line.found);
        let failing: Vec<&str> = self
            .providers
            .iter()
            .filter(|line| line.found.iter().any(|found| found.fails))
            .map(|line| line.id.as_str())
            .collect();
        if !failing.is_empty() {
            return Err(anyhow::anyhow!("these cannot serve now: {}", failing.join(", ")).into());
        }
        if self.asked && all().all(|found| !found.answered) {
            return Err(anyhow::anyhow!(
                "nobody could be reached: is this machine connected? `potluck check --offline` asks nobody"
            )
            .into());
        }
        Ok(())
    }
}

fn credential(key: &Key) -> Vec<Cell> {
    let models = if key.models.is_empty() { "all".to_owned() } else { key.models.join(", ") };
    vec![
        key.name.as_str().into(),
        key.variable.clone().unwrap_or_default().into(),
        key.account.as_str().into(),
        key.weight.to_string().into(),
        models.into(),
    ]
}

fn limit(limit: &crate::pantry::Limit) -> String {
    let meter = limit.meter.word();
    let amount = limit.amount;
    let per = limit.per.map_or_else(
        || "at once".to_owned(),
        |per| match limit.every {
            1 => format!("a {}", per.word()),
            every => format!("in {every} {}s", per.word()),
        },
    );
    let whom = if limit.models.is_empty() {
        String::new()
    } else {
        format!(" ({})", limit.models.join(", "))
    };
    format!("{amount} {meter} {per}{whom}")
}
