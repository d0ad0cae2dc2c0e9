//! Runs a pool of simulated providers until it is interrupted.
//!
//! `cargo run -p potluck-testkit --example simulated -- --files providers-here`
//!
//! Writes one provider file each into that folder, for `potluck serve --providers`, then prints one line
//! `listening on BASE_URL` for each provider. `--pool twelve` (the default) is six healthy providers without limits
//! and with two capable models each; `--pool sound` is the same with one for vectors, one for orders of texts and one for
//! pictures; `--pool demo` is the pool of `potluck demo`, `--pool wide` is three hundred offers, `--pool familiar` has the
//! names that the documents use, `--pool keys` is two providers that want keys.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use potluck_testkit::{Manner, Pool, SimulatedPainter};

const USAGE: &str = "usage: simulated --files DIR [--pool twelve|sound|demo|wide|familiar|keys]";

#[derive(Clone, Copy)]
enum Which {
    Twelve,
    Sound,
    Demo,
    Wide,
    Familiar,
    Keys,
}

struct Options {
    files: PathBuf,
    pool: Which,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        complain(USAGE);
        return ExitCode::from(2);
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let (mut files, mut pool) = (None, Which::Twelve);
    while let Some(name) = arguments.next() {
        match (name.as_str(), arguments.next()?.as_str()) {
            ("--files", folder) => files = Some(PathBuf::from(folder)),
            ("--pool", "twelve") => pool = Which::Twelve,
            ("--pool", "sound") => pool = Which::Sound,
            ("--pool", "demo") => pool = Which::Demo,
            ("--pool", "wide") => pool = Which::Wide,
            ("--pool", "familiar") => pool = Which::Familiar,
            ("--pool", "keys") => pool = Which::Keys,
            _ => return None,
        }
    }
    Some(Options { files: files?, pool })
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = match options.pool {
            Which::Twelve => Pool::twelve().await?,
            Which::Sound => Pool::sound().await?,
            Which::Demo => Pool::demo().await?,
            Which::Wide => Pool::wide().await?,
            Which::Familiar => Pool::familiar().await?,
            Which::Keys => Pool::keys().await?,
        };
        fs::create_dir_all(&options.files)?;
        pool.write_files(&options.files)?;
        let painter = match options.pool {
            Which::Sound => {
                Some(SimulatedPainter::build("sim-pictures", Manner::OpenAi).start().await?)
            }
            Which::Twelve | Which::Demo | Which::Wide | Which::Familiar | Which::Keys => None,
        };
        if let Some(painter) = &painter {
            fs::write(options.files.join("sim-pictures.toml"), painter.provider_file())?;
        }
        announce(&pool);
        std::future::pending::<()>().await;
        drop(painter);
        Ok(())
    })
}

#[expect(clippy::print_stdout, reason = "whoever started this waits for these lines")]
fn announce(pool: &Pool) {
    for provider in pool.providers() {
        println!("listening on {}", provider.base_url());
    }
}

#[expect(clippy::print_stderr, reason = "an example speaks to the person at the terminal")]
fn complain(message: &str) {
    eprintln!("{message}");
}
