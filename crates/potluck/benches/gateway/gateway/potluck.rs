//! potluck with one provider of one model: the upstream, keyless and without limits.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result};

use super::Setup;
use super::process::Process;

/// Defaults, but for where models come from: a local server that happens to run must get no load.
pub(crate) const CONFIGURATION: &str = "[catalog]\nbuiltin = false\nlocal = false\n";

/// Starts `potluck serve` on a port of its choice, over provider files by name.
pub(super) fn start(setup: &Setup, files: &[(&str, String)]) -> Result<(Process, SocketAddr)> {
    let providers = setup.folder.join("providers");
    fs::create_dir_all(&providers)?;
    for (name, text) in files {
        fs::write(providers.join(format!("{name}.toml")), text)?;
    }
    let config = setup.folder.join("potluck.toml");
    fs::write(&config, CONFIGURATION)?;
    let mut command = Command::new(&setup.potluck);
    // what a person has set for their own potluck is none of the benchmark's
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"POTLUCK_") {
            command.env_remove(name);
        }
    }
    command.arg("serve").arg("--config").arg(&config).args(["--bind", "127.0.0.1:0"]);
    command.args(["--state", ":memory:"]).arg("--providers").arg(&providers);
    let mut process = Process::start("potluck", &mut command, setup)?;
    let address = process.wait_for_line("listening on http://")?;
    let address = address.parse().with_context(|| format!("potluck listens on '{address}'"))?;
    Ok((process, address))
}

/// One model, and more requests in flight than the benchmark ever sends.
pub(crate) fn provider(upstream: SocketAddr) -> String {
    format!(
        "dialect = \"openai\"
base_url = \"http://{upstream}/v1\"
concurrency = 1024
[auth]
keyless = true
[[models]]
id = \"tiny\"
family = \"tiny\"
context = 131072
max_output = 4096
input = [\"text\"]
output = [\"text\"]
features = [\"tools\", \"json_object\"]
"
    )
}
