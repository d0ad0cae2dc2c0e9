//! How a provider is reached, or why it is not.

use std::borrow::Cow;
use std::sync::Arc;

use potluck_core::capability::{Modalities, Modality};

use crate::pantry::file::ProviderFile;
use crate::settings::Credential;

use super::credential::{self, Held};

/// What the doors need to reach a provider under one credential.
#[derive(Clone, Debug)]
pub struct Route {
    /// Everything that its file says.
    pub file: Arc<ProviderFile>,
    /// Under which credential.
    pub held: Held,
}

/// A provider that cannot be drawn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Which.
    pub provider: String,
    /// Why.
    pub why: WhyIdle,
}

/// Why a provider cannot be drawn from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyIdle {
    /// It is off.
    #[error("off: {0}")]
    Off(String),
    /// None of these variables is set.
    #[error("no key: set {}", .0.join(" or "))]
    NoKey(Vec<String>),
    /// None of these variables is set.
    #[error("no account: set {}", .0.join(" or "))]
    NoAccount(Vec<String>),
    /// It has no model that is free and on.
    #[error("no model is known to be free: its live list is needed, or [[models]] of your own")]
    NoModels,
}

/// Why an account id cannot stand in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account id may hold only letters, digits, \"-\" and \"_\"")]
pub struct BadAccount;

impl Route {
    /// The routes of a provider: one for each of its credentials. `said` is what the settings say of those.
    ///
    /// # Errors
    /// When it is off, or lacks a key or an account.
    pub fn all(
        file: &Arc<ProviderFile>,
        is_set: &dyn Fn(&str) -> bool,
        said: &[Credential],
    ) -> Result<Vec<Self>, WhyIdle> {
        if !file.enabled {
            return Err(WhyIdle::Off(file.off_because.clone().unwrap_or_default()));
        }
        let held = credential::held(file, is_set, said)?;
        Ok(held.into_iter().map(|held| Self { file: Arc::clone(file), held }).collect())
    }

    /// Where a model that makes `output` is asked. `account` is what [`Held::account_env`] holds.
    ///
    /// # Errors
    /// When the account id could change the address.
    pub fn address(
        &self,
        account: Option<&str>,
        model: &str,
        output: Modalities,
        stream: bool,
    ) -> Result<String, BadAccount> {
        if paints_alone(output) {
            return self.image_address(account);
        }
        let base = filled(&self.file.base_url, account)?;
        Ok(format!("{base}{}", self.path(model, output, stream)))
    }

    /// Where pictures are asked for: a base, below which each step of their shape has a path of its own.
    ///
    /// # Errors
    /// When the account id could change the address.
    pub fn image_address(&self, account: Option<&str>) -> Result<String, BadAccount> {
        filled(self.file.image_base(), account)
    }

    /// The file's own path for such work, else the dialect's.
    fn path(&self, model: &str, output: Modalities, stream: bool) -> Cow<'_, str> {
        let file = &self.file;
        if output.contains(Modality::Embedding) {
            let own = file.embedding_path.as_deref().map(Cow::Borrowed);
            let usual = || file.dialect.embedding().map(|shape| shape.path(model));
            return own.or_else(usual).unwrap_or_default();
        }
        if output.contains(Modality::Score) {
            let own = file.rerank_path.as_deref();
            return own.or(file.dialect.rerank_path()).unwrap_or_default().into();
        }
        match &file.chat_path {
            Some(path) => path.as_str().into(),
            None => file.dialect.chat_path(model, stream),
        }
    }

    /// Where the models are listed, if they are.
    ///
    /// # Errors
    /// When the account id could change the address.
    pub fn listing_address(&self, account: Option<&str>) -> Result<Option<String>, BadAccount> {
        self.file.listing.as_ref().map(|listing| self.beside(&listing.path, account)).transpose()
    }

    /// Where the provider tells how the account stands, if it does and there is a key to ask with.
    ///
    /// # Errors
    /// When the account id could change the address.
    pub fn account_address(&self, account: Option<&str>) -> Result<Option<String>, BadAccount> {
        let told = self.file.account.as_ref().filter(|_| self.held.key_env.is_some());
        told.map(|told| self.beside(&told.path, account)).transpose()
    }

    /// A path behind the base, or a whole address.
    fn beside(&self, path: &str, account: Option<&str>) -> Result<String, BadAccount> {
        match path.starts_with('/') {
            true => filled(&format!("{}{path}", self.file.base_url), account),
            false => filled(path, account),
        }
    }
}

/// Whether pictures are all that comes out.
fn paints_alone(output: Modalities) -> bool {
    output.contains(Modality::Image) && !output.contains(Modality::Text)
}

/// The address with the account in its place. An account id is text from outside inside a path, so it
/// may hold nothing that a path understands.
fn filled(address: &str, account: Option<&str>) -> Result<String, BadAccount> {
    if !address.contains("{account_id}") {
        return Ok(address.to_owned());
    }
    let account = account.unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if account.is_empty() || !account.chars().all(allowed) {
        return Err(BadAccount);
    }
    Ok(address.replace("{account_id}", account))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_takes_its_place_and_nothing_else() {
        let address = "https://x/accounts/{account_id}/v1";
        assert_eq!(filled(address, Some("a1-_")).unwrap(), "https://x/accounts/a1-_/v1");
        for attack in ["", "..", "a/b", "a?b", "a#b", "a%2f", "a b", "ä", "{account_id}"] {
            assert_eq!(filled(address, Some(attack)), Err(BadAccount), "{attack}");
        }
        assert_eq!(filled(address, None), Err(BadAccount));
        assert_eq!(filled("https://x/v1", None).unwrap(), "https://x/v1");
    }
}
