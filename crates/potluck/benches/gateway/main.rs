//! Measures direct, an nginx reverse proxy and potluck in one run, over loopback, before an upstream that
//! answers at once. `docs/benchmarks.md` says how to run it and what each figure means.
//!
//! It is a measurement, not a test: an aim that is missed does not make it fail, a wrong answer does.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the real clock and starts programs"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark reports on the terminal"
)]

mod ask;
mod chunked;
mod connection;
mod cross;
mod events;
mod figures;
mod gateway;
mod load;
mod machine;
mod measure;
mod options;
mod results;
mod samples;
mod script;
mod system;
mod table;
mod upstream;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::{Map, Value};

use cross::Costs;
use gateway::{Column, Nginx, Setup};
use machine::Cores;
use options::{Options, Part};
use results::Results;
use upstream::Upstream;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(upstream::ROLE) => return finish(upstream::serve()),
        Some(cross::upstream::ROLE) => return finish(cross::upstream::serve()),
        _ => {}
    }
    if cfg!(debug_assertions) {
        eprintln!("built without optimisation, so nothing is measured: run `cargo bench` instead");
        return ExitCode::SUCCESS;
    }
    finish(run(&Options::parse()))
}

fn finish(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the benchmark failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let begin = Instant::now();
    let cores = Cores::choose()?;
    system::raise_open_files()?;
    system::pin(cores.home)?;
    let folder = Folder::create()?;
    let mut document = Map::new();
    if options.compares() {
        document.extend(compare(options, &cores, &folder)?);
    }
    if options.wants(Part::Cross) {
        document.extend(cross(options, &cores, &folder)?);
    }
    if let Some(path) = &options.json {
        std::fs::write(path, Value::from(document).to_string())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("took {:.0} s", begin.elapsed().as_secs_f64());
    Ok(())
}

/// Measures the gateways beside each other. Gives what the JSON file has of it.
fn compare(options: &Options, cores: &Cores, folder: &Folder) -> Result<Map<String, Value>> {
    let upstream = Upstream::start(upstream::ROLE)?;
    let nginx = Nginx::find();
    let mut columns = options.columns();
    if nginx.is_none() && columns.contains(&Column::Nginx) {
        eprintln!(
            "nginx is not installed, so its column is left out (Debian: apt-get install nginx)"
        );
        columns.retain(|column| *column != Column::Nginx);
    }
    ensure!(!columns.is_empty(), "there is nothing to measure");
    let mut notes = machine::describe(cores);
    notes.extend(nginx.as_ref().map(|nginx| nginx.version.clone()));
    let setup = Setup { nginx, ..setup(options, cores, folder, &upstream) };
    let results = measure(options, &setup, &columns, upstream.pid())?;
    report(&results, &columns, &notes);
    Ok(table::json(&results, &columns, &notes))
}

/// Measures every client's door over every provider's dialect. Gives what the JSON file has of it.
fn cross(options: &Options, cores: &Cores, folder: &Folder) -> Result<Map<String, Value>> {
    let upstream = Upstream::start(cross::upstream::ROLE)?;
    let setup = setup(options, cores, folder, &upstream);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut costs, rounds) = (Costs::default(), options.cross_rounds());
    for round in 1..=rounds {
        eprintln!("cross: round {round} of {rounds}");
        runtime.block_on(cross::round(&setup, upstream.pid(), &mut costs))?;
    }
    println!("{}\n\n{}\n", machine::describe(cores).join("; "), costs.draw());
    Ok(Map::from_iter([("cross".to_owned(), costs.json())]))
}

fn setup(options: &Options, cores: &Cores, folder: &Folder, upstream: &Upstream) -> Setup {
    Setup {
        upstream: upstream.address,
        nginx: None,
        potluck: options.potluck.clone(),
        folder: folder.0.clone(),
        core: cores.gateway,
        home: cores.home,
    }
}

fn measure(options: &Options, setup: &Setup, columns: &[Column], upstream: u32) -> Result<Results> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut results, rounds) = (Results::default(), options.plan().rounds);
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        runtime.block_on(measure::round(options, setup, columns, upstream, &mut results))?;
    }
    Ok(results)
}

fn report(results: &Results, columns: &[Column], notes: &[String]) {
    println!("{}\n", notes.join("; "));
    println!("{}\n", table::draw(results, columns));
    let (loads, disturbed, worst) = results.disturbance();
    println!(
        "medians over the rounds, least and most in brackets; added = through the gateway minus direct"
    );
    println!(
        "{disturbed} of {loads} loads were disturbed: others used more than 0.10 of a core, {worst:.2} at most"
    );
}

/// A folder for configurations and logs, removed at the end.
struct Folder(PathBuf);

// === impl Folder ===

impl Folder {
    fn create() -> Result<Self> {
        let name = format!("gateway-bench-{}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
