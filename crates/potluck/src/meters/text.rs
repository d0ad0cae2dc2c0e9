//! The two texts in which scrapers take metrics: `OpenMetrics`, and the older one of Prometheus.
//!
//! The library writes the first. In the second a counter's name has its ending also where it is described, and there are
//! neither units nor an end mark.

use std::fmt::Write;

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text`, version 1.0.0.
    OpenMetrics,
    /// `text/plain`, version 0.0.4.
    Plain,
}

impl Format {
    /// The one that a scraper prefers, by its `Accept`.
    #[must_use]
    pub fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Plain
        }
    }

    /// The content type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// From what the library wrote.
    pub(super) fn of(self, written: String) -> String {
        match self {
            Self::OpenMetrics => written,
            Self::Plain => plain(&written),
        }
    }
}

fn plain(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut help = "";
    for line in written.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = described.split_once(' ').map_or("", |(_, help)| help);
        } else if let Some((name, kind)) =
            line.strip_prefix("# TYPE ").and_then(|typed| typed.split_once(' '))
        {
            let ending = if kind == "counter" { "_total" } else { "" };
            let _ = writeln!(out, "# HELP {name}{ending} {help}\n# TYPE {name}{ending} {kind}");
        } else if !line.starts_with('#') {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_described_by_the_name_of_its_samples() {
        let written = "# HELP a_b What a \"b\" is.\n# TYPE a_b counter\na_b_total{c=\"d e\"} 1\n\
                       # HELP g Now.\n# TYPE g gauge\ng 2\n# EOF\n";
        let expected = "# HELP a_b_total What a \"b\" is.\n# TYPE a_b_total counter\na_b_total{c=\"d e\"} 1\n\
                        # HELP g Now.\n# TYPE g gauge\ng 2\n";
        assert_eq!(plain(written), expected);
    }

    #[test]
    fn a_scraper_gets_what_it_asks_for() {
        let newer =
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3";
        assert_eq!(Format::accepted(newer), Format::OpenMetrics);
        assert_eq!(Format::accepted("*/*"), Format::Plain);
        assert_eq!(Format::accepted(""), Format::Plain);
    }
}
