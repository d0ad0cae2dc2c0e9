//! The provider files that are shipped inside the binary.

use rust_embed::Embed;

use super::load::TextFile;

#[derive(Embed)]
#[folder = "../../providers"]
struct Shelf;

/// Every TOML file of the folder `providers`, as it was when the binary was built, by name.
#[must_use]
pub fn builtin() -> Vec<TextFile> {
    let tomls = Shelf::iter().filter(|name| name.ends_with(".toml"));
    tomls.filter_map(|name| file(&name)).collect()
}

fn file(name: &str) -> Option<TextFile> {
    let embedded = Shelf::get(name)?;
    let text = std::str::from_utf8(&embedded.data).ok()?.to_owned();
    Some(TextFile { path: format!("providers/{name}"), text })
}
