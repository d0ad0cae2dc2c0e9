//! `[account]`: where a provider tells how an account stands, without a request being spent.

use std::time::Duration;

use potluck_dialect::rates::AccountLimit;

use super::file::{Per, Provenance};
use super::form::Form;
use super::sections::{duration, listing_path, pointer_text, provenance};

/// Where a provider tells how an account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// After the base URL when it begins with a slash, else a whole address; may hold `{account_id}`.
    pub path: String,
    /// The shortest time between two looks.
    pub every: Duration,
    /// What it says of limits; empty where it only tells whether the key is taken.
    pub limits: Vec<AccountLimit>,
    /// Who says so; the provider's where empty.
    pub provenance: Provenance,
}

/// Sparse enough to be no burden, and often enough for a limit of a day.
const EVERY: Duration = Duration::from_mins(15);

/// More often than this is no sparse look.
const LEAST: Duration = Duration::from_mins(1);

/// Reads `[account]`.
pub(super) fn account(form: &mut Form<'_, '_>) -> Account {
    form.need("path");
    let account = Account {
        path: form.parsed("path", listing_path).unwrap_or_default(),
        every: form.parsed("every", duration).unwrap_or(EVERY),
        limits: form.tables("limits", account_limit).into_iter().flatten().collect(),
        provenance: provenance(form),
    };
    if account.every < LEAST {
        form.note(
            &form.at("every"),
            "every is less than a minute: account endpoints are asked sparsely",
        );
    }
    account
}

/// One of `[[account.limits]]`.
fn account_limit(form: &mut Form<'_, '_>) -> Option<AccountLimit> {
    form.need("counts");
    let per = form.word::<Per>("per");
    let every = form.count("every").unwrap_or(1);
    let limit = AccountLimit {
        limit: form.parsed("limit", pointer_text),
        used: form.parsed("used", pointer_text),
        remaining: form.parsed("remaining", pointer_text),
        reset: form.parsed("reset", pointer_text),
        window: per.map(|per| per.length().saturating_mul(every)),
        format: form.word("format").unwrap_or_default(),
        meter: form.word("counts")?,
    };
    if limit.limit.is_none() && limit.remaining.is_none() {
        form.note_here("says nothing of what is left: set remaining, or limit with used");
    }
    if limit.used.is_some() && limit.limit.is_none() {
        form.note(&form.at("used"), "used needs limit: what is left is the difference");
    }
    Some(limit)
}

#[cfg(test)]
mod tests {
    use super::super::provider::read;

    fn file(account: &str) -> Result<super::Account, String> {
        let text = format!(
            "dialect = \"openai\"\nbase_url = \"https://x/v1\"\n[auth]\nenv = [\"K\"]\n[account]\n{account}"
        );
        match read("providers/x.toml", &text) {
            Ok(file) => Ok(file.account.unwrap()),
            Err(problems) => Err(problems.to_string()),
        }
    }

    #[test]
    fn a_path_alone_is_enough_and_the_rest_has_defaults() {
        let account = file("path = \"/key\"\n").unwrap();
        assert_eq!((account.path.as_str(), account.every), ("/key", super::EVERY));
        assert!(account.limits.is_empty());
        let whole = "path = \"https://y/usage\"\nevery = \"2h\"\n[[account.limits]]\ncounts = \"usd\"\nremaining = \"/balance\"\n";
        assert_eq!(file(whole).unwrap().limits.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let cases = [
            ("every = \"1h\"\n", "x.toml:5: \"path\" is missing"),
            ("path = \"/key\"\nevery = \"5s\"\n", "x.toml:7: every is less than a minute"),
            ("path = \"key\"\n", "x.toml:6: path is \"key\""),
            ("path = \"/key\"\nlimit = 3\n", "x.toml:7: unknown key \"limit\""),
            (
                "path = \"/key\"\n[[account.limits]]\ncounts = \"requests\"\n",
                "says nothing of what is left",
            ),
            (
                "path = \"/key\"\n[[account.limits]]\ncounts = \"requests\"\nremaining = \"/a\"\nused = \"/b\"\n",
                "x.toml:10: used needs limit",
            ),
            (
                "path = \"/key\"\n[[account.limits]]\ncounts = \"requests\"\nremaining = \"a\"\n",
                "JSON pointer",
            ),
        ];
        for (account, wanted) in cases {
            let told = file(account).unwrap_err();
            assert!(told.contains(wanted), "{account}: {told}");
        }
    }
}
