//! An upstream that answers at once in every provider's dialect: the simulated one of the test kit, in a process of
//! its own, so that its work is never counted as potluck's.

use std::io::Write;

use anyhow::Result;
use potluck_testkit::{InstantOptions, InstantUpstream};

use super::{ANSWER, CHUNKS};
use crate::upstream::exit_with_the_benchmark;

/// The word on the command line that makes this program the upstream of all dialects.
pub(crate) const ROLE: &str = "simulated-dialects";

/// Serves until standard input ends, which is when the benchmark does.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options =
            InstantOptions { chunks: CHUNKS, body_bytes: ANSWER, ..InstantOptions::default() };
        let upstream = InstantUpstream::start(options).await?;
        println!("{}", upstream.address());
        std::io::stdout().flush()?;
        std::thread::spawn(exit_with_the_benchmark);
        std::future::pending::<()>().await;
        Ok(())
    })
}
