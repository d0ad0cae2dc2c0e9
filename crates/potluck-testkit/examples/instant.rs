//! Runs the instant upstream until it is interrupted.
//!
//! `cargo run -p potluck-testkit --example instant -- --port 9001 --chunks 20 --pause-ms 0`

use std::process::ExitCode;
use std::time::Duration;

use potluck_testkit::{InstantOptions, InstantUpstream, StartError};

const USAGE: &str = "usage: instant [--port N] [--chunks N] [--pause-ms N] [--body-bytes N]";

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        complain(USAGE);
        return ExitCode::from(2);
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<InstantOptions> {
    let mut options = InstantOptions::default();
    while let Some(name) = arguments.next() {
        let value: u64 = arguments.next()?.parse().ok()?;
        match name.as_str() {
            "--port" => options.port = value.try_into().ok()?,
            "--chunks" => options.chunks = value.try_into().ok()?,
            "--pause-ms" => options.pause = Duration::from_millis(value),
            "--body-bytes" => options.body_bytes = value.try_into().ok()?,
            _ => return None,
        }
    }
    Some(options)
}

fn run(options: InstantOptions) -> Result<(), StartError> {
    // one thread: the benchmark pins processes to cores
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let upstream = InstantUpstream::start(options).await?;
        announce(&upstream.base_url());
        std::future::pending::<()>().await;
        Ok(())
    })
}

#[expect(clippy::print_stdout, reason = "the benchmark waits for this line")]
fn announce(base_url: &str) {
    println!("listening on {base_url}");
}

#[expect(clippy::print_stderr, reason = "an example speaks to the person at the terminal")]
fn complain(message: &str) {
    eprintln!("{message}");
}
