//! What a person may set, resolved once at the start and handed on as plain values.
//!
//! Four layers, each over the one before: the defaults of `default.toml`, the file, the environment, the
//! flags. Every value knows where it came from. A key that does not exist is an error with its line and the
//! nearest key that does. This room is the only one that reads the environment, provider keys included
//! ([`Environment`]); it knows nothing of providers, HTTP or the pool.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use potluck_core::catalog::NamedPool;

use crate::journal::Retention;

mod credential;
mod environment;
mod file;
mod folder;
mod key;
mod key_file;
mod layer;
mod pools;
mod resolve;
mod secret;
mod source;
#[cfg(test)]
mod tests;
mod value;
pub(crate) mod variables;
mod written;

pub use credential::Credential;
pub use environment::{Environment, KeyOrigin};
pub use key::{KEYS, Key};
pub use key_file::{KeyChange, KeyFile, KeyText, is_key};
pub use layer::Origin;
pub use secret::Secret;
pub use source::Source;
pub use value::{Kind, Value};
pub use written::Written;

/// The commented file that is both the documentation and the defaults.
pub const DEFAULT_FILE: &str = include_str!("settings/default.toml");

/// Everything that a person may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[server]`
    pub server: Server,
    /// `[catalog]`
    pub catalog: Catalog,
    /// `[pool]`
    pub pool: Pool,
    /// `[images]`
    pub images: Images,
    /// `[timeouts]`
    pub timeouts: Timeouts,
    /// `[state]`
    pub state: State,
    /// `[telemetry]`
    pub telemetry: Telemetry,
    /// `[log]`
    pub log: Log,
    /// `[pools.NAME]`, by name.
    pub pools: Vec<NamedPool>,
    /// The process's variables, for the providers' keys, over those of the file of keys.
    pub environment: Environment,
    /// Where keys of providers are kept.
    pub keys: KeyFile,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where they can be read again; `None` where no file was looked for.
    pub source: Option<Source>,
    /// What a person should hear about the settings although they are valid.
    pub warnings: Vec<String>,
    /// Every key with its value and where it came from, in the order of [`KEYS`].
    pub table: Vec<Setting>,
    /// The tables of `[[credentials.PROVIDER]]` and `[pools.NAME]`, as they are written.
    pub written: Vec<Written>,
}

/// One key, its value, and where that came from.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Which.
    pub key: &'static Key,
    /// What it is set to.
    pub value: Value,
    /// By whom.
    pub origin: Origin,
}

/// How potluck serves.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it listens.
    pub bind: SocketAddr,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// How long open streams may go on after the signal to stop.
    pub grace: Duration,
    /// The keys that clients may send; empty: none is asked for.
    pub keys: Vec<Secret>,
    /// Such keys whose holders may also manage keys and settings.
    pub admin_keys: Vec<Secret>,
    /// Further names allowed in `Host`.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may call.
    pub allowed_origins: Vec<String>,
}

/// Where offers come from.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// Whether the built-in providers are used.
    pub builtin: bool,
    /// Folders with more of them. Those of the defaults may be missing; see [`Catalog::dirs_are_set`].
    pub dirs: Vec<PathBuf>,
    /// Whether somebody named the folders: then a missing one is an error.
    pub dirs_are_set: bool,
    /// How often live model lists are read; `None`: never.
    pub refresh: Option<Duration>,
    /// Providers to use although they are off by default.
    pub enable: Vec<String>,
    /// Providers to leave out.
    pub disable: Vec<String>,
    /// Whether to look for servers on this machine.
    pub local: bool,
    /// The file of keys of providers that the settings name; see [`Settings::keys`].
    pub key_file: Option<PathBuf>,
    /// `[[credentials.PROVIDER]]`: what is said of the keys of providers.
    pub credentials: BTreeMap<String, Vec<Credential>>,
}

/// How offers are drawn and tried.
#[derive(Clone, Debug)]
pub struct Pool {
    /// How to draw.
    pub strategy: Strategy,
    /// The most requests in flight to one offer, where its provider's file says nothing.
    pub concurrency: u32,
    /// How long a request may take over all its attempts, where the client says nothing.
    pub deadline: Duration,
    /// How long a request may wait while nobody can serve it, where the client says nothing.
    pub wait: Duration,
    /// The most offers tried for one request.
    pub attempts: u32,
}

/// Where traces and metrics go.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// A collector's address; `None`: nowhere.
    pub endpoint: Option<String>,
    /// Headers for it, with their values.
    pub headers: Vec<(String, Secret)>,
    /// What this router is called there.
    pub service: String,
    /// How often metrics are sent.
    pub every: Duration,
}

/// What holds for pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// How long a request may take over all its attempts, where the client says nothing.
    pub deadline: Duration,
    /// How long a picture can be looked at under its address.
    pub keep: Duration,
    /// The most bytes of pictures that are kept for that.
    pub room: usize,
    /// The most memory that pictures in work may take together, in bytes.
    pub convert: u64,
    /// Where clients reach this router; `None`: where they say that they do.
    pub public_url: Option<String>,
}

/// How to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// By what each offer can sustain.
    #[default]
    Balanced,
    /// Each with the same chance.
    Uniform,
}

/// The separate deadlines of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name, socket and TLS.
    pub connect: Duration,
    /// From sending to the first event.
    pub first_event: Duration,
    /// The same where reasoning is asked for.
    pub thinking: Duration,
    /// The longest gap between two events.
    pub idle: Duration,
    /// From beginning to end.
    pub total: Duration,
}

/// What outlives a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where it is kept; `None`: nowhere.
    pub path: Option<PathBuf>,
    /// How much of what became of requests is kept; `None`: nothing.
    pub journal: Option<Retention>,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// A level or a filter.
    pub level: String,
    /// Its shape.
    pub format: LogFormat,
}

/// The shape of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the command line sets.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`: this file and no other.
    pub config: Option<PathBuf>,
    /// `--providers`: these folders and no others, when there are any.
    pub dirs: Vec<PathBuf>,
    /// Flag, key and value, in the order given; the last one for a key counts.
    pub values: Vec<(&'static str, String, String)>,
}

/// Why the settings cannot be used. Each says where, what, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file named by `--config` or found in a folder cannot be read.
    #[error("cannot read the settings in {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings name a file of keys that is not there.
    #[error(
        "{path} is not there, and catalog.key_file names it: make it with `install -m 600 /dev/null {path}`, or leave that setting out",
        path = .0.display()
    )]
    KeysMissing(PathBuf),
    /// The file of keys cannot be read.
    #[error("cannot read the keys of providers in {}: {source}", path.display())]
    KeysUnreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Keys cannot be kept.
    #[error(
        "the keys cannot be written to {}: {source}. Let potluck write there, or name another file in catalog.key_file",
        path.display()
    )]
    KeysUnwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the file of keys is no `NAME=value`; it is not repeated, since it may be a key.
    #[error(
        "{}:{line}: this line of the file of keys is no NAME=value; write one, such as GROQ_API_KEY=…, or begin it with #",
        path.display()
    )]
    KeyLine {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// The file is no TOML.
    #[error("{origin}: this is no valid TOML: {message}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What the parser says.
        message: String,
    },
    /// There is no such key or section.
    #[error("{origin}: there is no {what} `{name}`{}", hint(near.as_deref()))]
    Unknown {
        /// Where.
        origin: Origin,
        /// `key` or `section`.
        what: &'static str,
        /// What was written.
        name: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// A value of the wrong type or out of its bounds.
    #[error("{origin}: `{key}` {message}")]
    Wrong {
        /// Where.
        origin: Origin,
        /// Which key.
        key: String,
        /// What it must be and what it is.
        message: String,
    },
    /// Open to others, with no key.
    #[error(
        "will not listen on {bind} without a client key: whoever reaches that address could use your providers.\n\
         Make one with `potluck keys create NAME --admin`, and let clients send it as their API key; or set \
         POTLUCK_SERVER_KEYS; or listen on a loopback address, such as 127.0.0.1:{}",
        bind.port()
    )]
    Open {
        /// The address.
        bind: SocketAddr,
    },
}

// === impl Settings ===

impl Settings {
    /// Finds the file, reads all layers and checks them.
    ///
    /// # Errors
    /// When a layer cannot be read, or says something that is no setting or a wrong value.
    pub fn load(flags: &Flags, environment: Environment) -> Result<Self, SettingsError> {
        let file = file::find(flags.config.as_deref(), &environment)?;
        let source = Source { flags: flags.clone(), environment: environment.clone() };
        let settings = resolve::beside_state(flags, file, environment)?;
        Ok(Self { source: Some(source), ..settings })
    }

    /// The same without a file.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn without_file(flags: &Flags, environment: Environment) -> Result<Self, SettingsError> {
        resolve::settings(flags, None, environment)
    }

    /// The same from the text of a file, without looking for one.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn from_text(
        path: &Path,
        text: &str,
        environment: Environment,
    ) -> Result<Self, SettingsError> {
        let file = file::Found { path: path.to_owned(), text: text.to_owned() };
        resolve::settings(&Flags::default(), Some(file), environment)
    }

    /// Where a person's own settings file stands, unless another is named; `None` without a home folder.
    #[must_use]
    pub fn usual_file(environment: &Environment) -> Option<PathBuf> {
        file::places(environment).into_iter().nth(1)
    }

    /// Where the value of a key came from.
    #[must_use]
    pub fn origin(&self, name: &str) -> Origin {
        let found = self.table.iter().find(|setting| setting.key.name == name);
        found.map_or(Origin::Default, |setting| setting.origin.clone())
    }

    /// Refuses to be open to others without a key. To be asked before listening.
    ///
    /// # Errors
    /// When the address is no loopback address and there is no client key.
    pub fn check_bind(&self) -> Result<(), SettingsError> {
        let server = &self.server;
        if self.is_loopback() || !server.keys.is_empty() || !server.admin_keys.is_empty() {
            return Ok(());
        }
        Err(SettingsError::Open { bind: server.bind })
    }

    /// Whether only this machine can reach the router.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.server.bind.ip().to_canonical().is_loopback()
    }
}

impl Default for Settings {
    /// The defaults, with no file, no flag and no variable.
    fn default() -> Self {
        resolve::defaults()
    }
}

fn hint(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => "; `potluck config default` lists all that exist".to_owned(),
    }
}

// === impl Strategy ===

impl Strategy {
    /// The word used in settings and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Uniform => "uniform",
        }
    }
}
