//! From layers to typed settings.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::credential;
use super::environment::Environment;
use super::file::Found;
use super::folder;
use super::key::{KEYS, Key, nearest};
use super::key_file::KeyFile;
use super::layer::{self, Layer, Origin};
use super::secret::Secret;
use super::value::Value;
use super::{
    Catalog, DEFAULT_FILE, Flags, Images, Log, LogFormat, Pool, Server, Setting, Settings,
    SettingsError, State, Strategy, Telemetry, Timeouts,
};
use crate::journal::Retention;

/// A client key shorter than this can be guessed.
const SHORT_KEY: usize = 16;

/// The settings that all layers give together.
pub(super) fn settings(
    flags: &Flags,
    file: Option<Found>,
    environment: Environment,
) -> Result<Settings, SettingsError> {
    resolve(flags, file, environment, |catalog, _| KeyFile::named(catalog))
}

/// The same, with the keys of providers that are kept beside the state.
pub(super) fn beside_state(
    flags: &Flags,
    file: Option<Found>,
    environment: Environment,
) -> Result<Settings, SettingsError> {
    resolve(flags, file, environment, KeyFile::of)
}

fn resolve(
    flags: &Flags,
    file: Option<Found>,
    environment: Environment,
    keys: impl FnOnce(&Catalog, &State) -> KeyFile,
) -> Result<Settings, SettingsError> {
    let mut layer = Layer::of_defaults(DEFAULT_FILE)?;
    if let Some(file) = &file {
        layer = layer.under(Layer::of_file(&file.path, &file.text)?);
    }
    layer = layer.under(Layer::of_environment(&environment)?).under(of_flags(flags)?);
    place_state(&mut layer, &environment);
    let mut warnings = layer::stray_variables(&environment);
    let settings = typed(layer, file.map(|file| file.path))?;
    let keys = keys(&settings.catalog, &settings.state);
    let (environment, told) = keys.under(environment)?;
    warnings.extend(told);
    warnings.extend(credential::unset(&settings.catalog.credentials, &environment));
    let server = &settings.server;
    for (name, keys) in [("server.keys", &server.keys), ("server.admin_keys", &server.admin_keys)] {
        if keys.iter().any(|key| key.expose().len() < SHORT_KEY) {
            warnings.push(format!("a client key in {name} has fewer than {SHORT_KEY} characters"));
        }
    }
    Ok(Settings { environment, keys, warnings, ..settings })
}

/// The state is in the person's own folder where nothing else is said; whoever has none has it in the working directory.
fn place_state(layer: &mut Layer, environment: &Environment) {
    if let Some((Value::Text(path), _)) = layer.values.get_mut("state.path")
        && path.is_empty()
    {
        let folder = folder::state(environment).unwrap_or_default();
        *path = folder.join("potluck.db").to_string_lossy().into_owned();
    }
}

/// The defaults alone.
pub(super) fn defaults() -> Settings {
    settings(&Flags::default(), None, Environment::default())
        .unwrap_or_else(|error| unreachable!("default.toml is tested to be valid: {error}"))
}

fn of_flags(flags: &Flags) -> Result<Layer, SettingsError> {
    let mut layer = Layer::default();
    if !flags.dirs.is_empty() {
        let dirs = flags.dirs.iter().map(|dir| dir.to_string_lossy().into_owned()).collect();
        layer.values.insert("catalog.dirs", (Value::List(dirs), Origin::Flag("--providers")));
    }
    for (flag, name, text) in &flags.values {
        let key = Key::find(name).ok_or_else(|| SettingsError::Unknown {
            origin: Origin::Flag(flag),
            what: "key",
            name: name.clone(),
            near: nearest(name, KEYS.iter().map(|key| key.name)).map(str::to_owned),
        })?;
        layer.set(key, text, Origin::Flag(flag))?;
    }
    Ok(layer)
}

fn typed(layer: Layer, file: Option<PathBuf>) -> Result<Settings, SettingsError> {
    let values = Values(layer.values);
    Ok(Settings {
        server: server(&values)?,
        catalog: Catalog { credentials: layer.credentials, ..catalog(&values)? },
        pool: pool(&values)?,
        images: images(&values)?,
        timeouts: timeouts(&values)?,
        state: state(&values)?,
        telemetry: telemetry(&values)?,
        log: log(&values)?,
        pools: layer.pools.into_values().collect(),
        environment: Environment::default(),
        keys: KeyFile::default(),
        file,
        source: None,
        warnings: Vec::new(),
        written: layer.written,
        table: values.into_table(),
    })
}

fn server(values: &Values) -> Result<Server, SettingsError> {
    Ok(Server {
        bind: values.address("server.bind")?,
        body_limit: values.size("server.body_limit_mib")?.saturating_mul(1024 * 1024),
        grace: values.seconds("server.grace_seconds")?,
        keys: values.secrets("server.keys")?,
        admin_keys: values.secrets("server.admin_keys")?,
        allowed_hosts: values.list("server.allowed_hosts")?,
        allowed_origins: values.list("server.allowed_origins")?,
    })
}

fn catalog(values: &Values) -> Result<Catalog, SettingsError> {
    let minutes = values.number("catalog.refresh_minutes")?;
    Ok(Catalog {
        builtin: values.switch("catalog.builtin")?,
        dirs: values.list("catalog.dirs")?.into_iter().map(PathBuf::from).collect(),
        dirs_are_set: values.origin("catalog.dirs") != Some(&Origin::Default),
        refresh: (minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(60))),
        enable: values.list("catalog.enable")?,
        disable: values.list("catalog.disable")?,
        local: values.switch("catalog.local")?,
        key_file: Some(values.text("catalog.key_file")?)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from),
        credentials: BTreeMap::new(),
    })
}

fn pool(values: &Values) -> Result<Pool, SettingsError> {
    let strategy = match values.text("pool.strategy")? {
        "uniform" => Strategy::Uniform,
        _ => Strategy::Balanced,
    };
    Ok(Pool {
        strategy,
        concurrency: values.count("pool.concurrency")?,
        deadline: values.seconds("pool.deadline_seconds")?,
        wait: values.seconds("pool.wait_seconds")?,
        attempts: values.count("pool.attempts")?,
    })
}

fn images(values: &Values) -> Result<Images, SettingsError> {
    const MIB: usize = 1 << 20;
    let minutes = values.number("images.keep_minutes")?;
    let url = values.text("images.public_url")?.trim_end_matches('/');
    Ok(Images {
        deadline: values.seconds("images.deadline_seconds")?,
        keep: Duration::from_secs(minutes.saturating_mul(60)),
        room: values.size("images.keep_mib")?.saturating_mul(MIB),
        convert: values.number("images.convert_mib")?.saturating_mul(MIB as u64),
        public_url: (!url.is_empty()).then(|| url.to_owned()),
    })
}

fn timeouts(values: &Values) -> Result<Timeouts, SettingsError> {
    Ok(Timeouts {
        connect: values.millis("timeouts.connect_ms")?,
        first_event: values.millis("timeouts.first_event_ms")?,
        thinking: values.millis("timeouts.thinking_ms")?,
        idle: values.millis("timeouts.idle_ms")?,
        total: values.millis("timeouts.total_ms")?,
    })
}

fn state(values: &Values) -> Result<State, SettingsError> {
    let path = values.text("state.path")?;
    let (rows, days) = (values.number("state.journal_rows")?, values.number("state.journal_days")?);
    let age = Duration::from_hours(days.saturating_mul(24));
    Ok(State {
        path: (path != ":memory:").then(|| PathBuf::from(path)),
        journal: (rows > 0 && days > 0).then_some(Retention { rows, age }),
    })
}

fn telemetry(values: &Values) -> Result<Telemetry, SettingsError> {
    let endpoint = values.text("telemetry.endpoint")?.trim_end_matches('/');
    let wrong = |key: &str, message: &str| SettingsError::Wrong {
        origin: values.origin(key).cloned().unwrap_or(Origin::Default),
        key: key.to_owned(),
        message: message.to_owned(),
    };
    if !endpoint.is_empty() && !endpoint.starts_with("http://") && !endpoint.starts_with("https://")
    {
        let message = "must be an address such as http://127.0.0.1:4318, or empty";
        return Err(wrong("telemetry.endpoint", message));
    }
    let headers = values.secrets("telemetry.headers")?;
    let pairs = headers.iter().map(|header| {
        let (name, value) = header.expose().split_once('=')?;
        Some((name.trim().to_owned(), Secret::new(value.trim())))
    });
    let headers: Option<Vec<_>> = pairs.collect();
    Ok(Telemetry {
        endpoint: (!endpoint.is_empty()).then(|| endpoint.to_owned()),
        headers: headers.ok_or_else(|| {
            wrong(
                "telemetry.headers",
                "must be a list of NAME=VALUE, such as \"authorization=Bearer TOKEN\"",
            )
        })?,
        service: values.text("telemetry.service")?.to_owned(),
        every: values.seconds("telemetry.metrics_seconds")?,
    })
}

fn log(values: &Values) -> Result<Log, SettingsError> {
    let format = match values.text("log.format")? {
        "json" => LogFormat::Json,
        _ => LogFormat::Text,
    };
    Ok(Log { level: values.text("log.level")?.to_owned(), format })
}

/// All values, with readers that name the key when the table of keys and the code here disagree.
struct Values(BTreeMap<&'static str, (Value, Origin)>);

// === impl Values ===

impl Values {
    fn read<'a, T>(
        &'a self,
        name: &'static str,
        take: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, SettingsError> {
        self.0.get(name).and_then(|(value, _)| take(value)).ok_or_else(|| SettingsError::Wrong {
            origin: Origin::Default,
            key: name.to_owned(),
            message: "has no value of its type: this is a mistake in potluck".to_owned(),
        })
    }

    fn origin(&self, name: &str) -> Option<&Origin> {
        self.0.get(name).map(|(_, origin)| origin)
    }

    fn address(&self, name: &'static str) -> Result<SocketAddr, SettingsError> {
        self.read(name, |value| match value {
            Value::Address(address) => Some(*address),
            _ => None,
        })
    }

    fn number(&self, name: &'static str) -> Result<u64, SettingsError> {
        self.read(name, |value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        })
    }

    fn count(&self, name: &'static str) -> Result<u32, SettingsError> {
        self.number(name).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    fn size(&self, name: &'static str) -> Result<usize, SettingsError> {
        self.number(name).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn seconds(&self, name: &'static str) -> Result<Duration, SettingsError> {
        self.number(name).map(Duration::from_secs)
    }

    fn millis(&self, name: &'static str) -> Result<Duration, SettingsError> {
        self.number(name).map(Duration::from_millis)
    }

    fn switch(&self, name: &'static str) -> Result<bool, SettingsError> {
        self.read(name, |value| match value {
            Value::Switch(switch) => Some(*switch),
            _ => None,
        })
    }

    fn text(&self, name: &'static str) -> Result<&str, SettingsError> {
        self.read(name, |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    fn list(&self, name: &'static str) -> Result<Vec<String>, SettingsError> {
        self.read(name, |value| match value {
            Value::List(items) => Some(items.clone()),
            _ => None,
        })
    }

    fn secrets(&self, name: &'static str) -> Result<Vec<Secret>, SettingsError> {
        self.read(name, |value| match value {
            Value::Secrets(secrets) => Some(secrets.clone()),
            _ => None,
        })
    }

    fn into_table(mut self) -> Vec<Setting> {
        let take = |key: &'static Key| {
            let (value, origin) = self.0.remove(key.name)?;
            Some(Setting { key, value, origin })
        };
        KEYS.iter().filter_map(take).collect()
    }
}
