//! What is told of the process while it runs: the log, to standard error as text or JSON; and, where a collector is named, traces
//! and metrics by OTLP ([`Export`]).
//!
//! Events carry fields, and no field ever holds a prompt, an answer or a key; that is the duty of who
//! writes the event. Standard output belongs to the commands.

mod convention;
mod export;
mod measure;
mod parent;
mod shape;
mod span;

use tracing_subscriber::EnvFilter;

pub use export::Export;
pub use parent::Parent;

use crate::settings::{LogFormat, Settings, SettingsError};

/// Begins to log, for the rest of the process. Does nothing when somebody else began before.
///
/// `level` stands in for the setting, for commands that are about something else than the log.
///
/// # Errors
/// When the level is no level and no filter.
pub fn start(settings: &Settings, level: Option<&str>, colours: bool) -> Result<(), SettingsError> {
    let level = level.unwrap_or(&settings.log.level);
    let filter = EnvFilter::try_new(level).map_err(|error| SettingsError::Wrong {
        origin: settings.origin("log.level"),
        key: "log.level".to_owned(),
        message: format!("must be a level or a filter, and is `{level}`: {error}"),
    })?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _already_started = match settings.log.format {
        LogFormat::Text => subscriber.with_ansi(colours).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    Ok(())
}
