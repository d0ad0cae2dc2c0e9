//! Where settings were read, so that they can be read again.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::{Flags, Settings, SettingsError, file};

/// What the process was started with.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub(super) flags: Flags,
    pub(super) environment: Environment,
}

// === impl Source ===

impl Source {
    /// Reads all layers again. Flags and variables are those of the start.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn read(&self) -> Result<Settings, SettingsError> {
        Settings::load(&self.flags, self.environment.clone())
    }

    /// The files that may hold settings, whether they are there or not.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        let named = self.flags.config.as_deref();
        let named = named.or_else(|| self.environment.get("POTLUCK_CONFIG").map(Path::new));
        named.map_or_else(|| file::places(&self.environment), |path| vec![path.to_owned()])
    }
}
