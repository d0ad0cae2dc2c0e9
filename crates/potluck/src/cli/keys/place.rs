//! Where client keys are: with a router that runs, else in the file that it would read.
//!
//! A router has its keys in memory and holds the file for itself, so it is asked before the file is touched.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::call::Caller;
use crate::cli::check;
use crate::cli::failure::Failure;
use crate::cli::router;
use crate::cli::screen::Screen;
use crate::clock::Clock;
use crate::database::OpenError;
use crate::keys::{self, Draft, Holder, Keys, KeysError};
use crate::ledger::Ledger;
use crate::settings::Settings;
use crate::stock;

/// Where the keys are.
pub(super) enum Place {
    /// A router that runs.
    Router(Caller),
    /// Its file, while none runs.
    File(Box<File>),
}

/// The file of a router that does not run.
pub(super) struct File {
    path: PathBuf,
    /// `None`: there is no file yet, and only a key that is made needs one.
    keys: Option<Keys>,
    /// The pools that the settings define.
    pools: Vec<String>,
    /// Whether the settings name a key that may manage others.
    has_admin: bool,
}

/// How long a router may take to answer while its file is in use.
const PATIENCE: Duration = Duration::from_secs(5);

/// What every change carries: a page of another origin cannot send it.
const CSRF: &str = "x-potluck-csrf";

// === impl Place ===

impl Place {
    /// Finds them, and says where.
    pub(super) async fn find(
        url: Option<&str>,
        settings: &Settings,
        screen: &mut Screen,
    ) -> Result<Self, Failure> {
        if let Some(caller) = router::running(url, settings, router::LOOK).await? {
            return Self::router(caller, screen);
        }
        let address = router::reachable(settings.server.bind);
        let Some(state) = &settings.state.path else {
            return Err(Failure::Usage(format!(
                "no router runs at {address}, and state.path is \":memory:\", so that there is no file to keep a key in. \
                 Start the router, name another with --url URL, or set state.path"
            )));
        };
        let path = keys::beside(state);
        let has_admin = !settings.server.admin_keys.is_empty();
        let pools = settings.pools.iter().map(|pool| pool.name.clone()).collect();
        let mut file = File { path, keys: None, pools, has_admin };
        if file.path.exists() {
            match file.open(settings) {
                Ok(keys) => recall(keys, state, screen)?,
                // somebody has it: a router that is busy, most likely
                Err(taken) => match router::running(None, settings, PATIENCE).await? {
                    Some(caller) => return Self::router(caller, screen),
                    None => return Err(taken),
                },
            }
        }
        let shown = file.path.display();
        screen.aside(&format!("no router runs at {address}; this is its file, {shown}"))?;
        Ok(Self::File(Box::new(file)))
    }

    fn router(caller: Caller, screen: &mut Screen) -> Result<Self, Failure> {
        screen.aside(&format!("asking the router at {}", caller.base()))?;
        Ok(Self::Router(caller))
    }

    /// Makes a key; the answer has its secret.
    pub(super) async fn create(self, draft: Draft, settings: &Settings) -> Result<Value, Failure> {
        match self {
            Self::Router(caller) => {
                let made = caller.post("/keys", &[csrf()], &json!(draft)).await;
                made.map_err(hinted)?.json().await
            }
            Self::File(mut file) => file.create(draft, settings),
        }
    }

    /// All keys.
    pub(super) async fn list(self) -> Result<Value, Failure> {
        match self {
            Self::Router(caller) => caller.get("/keys").await.map_err(hinted),
            Self::File(file) => Ok(file.list()),
        }
    }

    /// Revokes a key by its id or its name; the key.
    pub(super) async fn revoke(self, which: &str) -> Result<Value, Failure> {
        match self {
            Self::Router(caller) => {
                let path = format!("/keys/{}", escaped(which));
                caller.delete(&path, &[csrf()]).await.map_err(hinted)?.json().await
            }
            Self::File(file) => file.revoke(which),
        }
    }
}

// === impl File ===

impl File {
    fn open(&mut self, settings: &Settings) -> Result<&Keys, Failure> {
        let keys = match self.keys.take() {
            Some(keys) => keys,
            None => {
                let keys = Keys::default();
                keys.open(&self.path, Clock.now()).map_err(|error| taken(error, settings))?;
                keys
            }
        };
        Ok(self.keys.insert(keys))
    }

    fn create(&mut self, draft: Draft, settings: &Settings) -> Result<Value, Failure> {
        let (pools, has_admin, now) = (self.pools.clone(), self.has_admin, Clock.now());
        let made = self.open(settings)?.create(draft, &pools, has_admin, now);
        let (holder, secret) = made.map_err(failed)?;
        let mut told = keys::describe(&holder, now);
        told["key"] = secret.expose().into();
        told["warnings"] = warnings(&holder, settings).into();
        Ok(told)
    }

    fn list(&self) -> Value {
        let now = Clock.now();
        let all = self.keys.iter().flat_map(Keys::all);
        json!({ "data": all.map(|holder| keys::describe(&holder, now)).collect::<Vec<_>>() })
    }

    fn revoke(&self, which: &str) -> Result<Value, Failure> {
        let now = Clock.now();
        let none = Keys::default();
        let keys = self.keys.as_ref().unwrap_or(&none);
        let revoked = keys.revoke(which, self.has_admin, now).map_err(failed)?;
        Ok(keys::describe(&revoked, now))
    }
}

/// What was used of keys stands with the counters.
fn recall(keys: &Keys, state: &Path, screen: &mut Screen) -> Result<(), Failure> {
    let now = Clock.now();
    let told = || Ledger::open(state, now)?.tell(keys, now);
    match state.exists().then(told) {
        None | Some(Ok(())) => {}
        Some(Err(error)) => screen.warn(&format!("what was used is left out: {error}"))?,
    }
    Ok(())
}

/// What is odd about a key although it was made, as far as the provider files say.
fn warnings(holder: &Holder, settings: &Settings) -> Vec<String> {
    let laid_out = stock::pantry(&settings.catalog)
        .map_err(|error| Failure::Other(error.into()))
        .and_then(|pantry| check::lay_out(&pantry, settings));
    match laid_out {
        Ok(laid_out) => holder.key.rights.notes(&laid_out.catalog),
        Err(error) => vec![format!("whether its names mean anything cannot be seen: {error}")],
    }
}

fn csrf() -> (&'static str, String) {
    (CSRF, "1".to_owned())
}

/// A name as a part of a path.
fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let escape = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    name.bytes().map(escape).collect()
}

fn failed(error: KeysError) -> Failure {
    Failure::Other(error.into())
}

/// What a refusal of the router means for whoever typed the command.
fn hinted(failure: Failure) -> Failure {
    match failure {
        Failure::Refused { status: status @ (401 | 403), message } => Failure::Refused {
            status,
            message: format!("{message} Commands send the key that stands in POTLUCK_KEY."),
        },
        other => other,
    }
}

fn taken(error: OpenError, settings: &Settings) -> Failure {
    match error {
        OpenError::InUse(path) => Failure::Other(anyhow::anyhow!(
            "{} is in use by a router, and none answers at {}. Name the address of that router with --url URL",
            path.display(),
            router::reachable(settings.server.bind)
        )),
        error => Failure::Other(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_a_path() {
        assert_eq!(escaped("key-1a2b"), "key-1a2b");
        assert_eq!(escaped("my app/ä?"), "my%20app%2F%C3%A4%3F");
    }
}
