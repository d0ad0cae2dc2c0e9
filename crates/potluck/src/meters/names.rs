//! Every metric that there is: its name, its kind, its labels, and what it says. The documentation's table and the
//! dashboard for Grafana are tested against this list.

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// As it is scraped; a histogram's samples have further endings.
    pub name: &'static str,
    /// How it is to be read.
    pub kind: Kind,
    /// By what it is told apart.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// How a metric is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only goes up, until a restart.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often a value fell below each of several bounds.
    Histogram,
}

impl Kind {
    /// The word of the exposition format.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

macro_rules! metrics {
    ($($const:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $const: Named = Named {
                name: $name,
                kind: Kind::$kind,
                labels: &[$($label),*],
                help: $help,
            };
        )*

        /// All of them, in the order of the documentation.
        pub const ALL: &[Named] = &[$($const),*];
    };
}

metrics! {
    HTTP: Counter "potluck_http_requests_total" ["route", "status"] "Answers of every route by the status of their head; `other` where nothing is routed.";
    REQUESTS: Counter "potluck_requests_total" ["door", "status", "class"] "Requests for answers that are over: by the door that they came through, the status told (499: the client left), and how they ended (`served`, `refused`, `client_left`, or the class of failure that broke a stream).";
    OPEN: Gauge "potluck_requests_open" [] "Requests for answers that are being served or wait.";
    DURATION: Histogram "potluck_request_duration_seconds" ["door"] "From a request being read to the end of its answer.";
    FIRST_TOKEN: Histogram "potluck_time_to_first_token_seconds" ["provider"] "Streams: from the request being read to the first content, failed attempts and waiting included.";
    OVERHEAD: Histogram "potluck_overhead_seconds" ["part"] "Time that potluck itself took. `request`: from arrival to the bytes handed to the first provider, without standing in line and without waiting for the client's body; `answer`: reading, translating and writing an answer. Pictures only have the first.";
    ATTEMPTS: Counter "potluck_attempts_total" ["provider", "outcome"] "Attempts at providers that are over: `served`, or the class of their failure.";
    DROPPED: Counter "potluck_dropped_parameters_total" ["parameter"] "Parameters that could not cross to whoever served; `other` for names that potluck does not know.";
    WAITING: Gauge "potluck_queue_length" [] "Requests that stand in line until somebody can serve them.";
    WAITS: Histogram "potluck_queue_wait_seconds" [] "How long requests that stood in line did so.";
    OFFERS: Gauge "potluck_offers" ["provider", "state"] "Offers by state: `available`, `cooling`, `probation`, `retired`, `credential_refused`.";
    AVAILABLE: Gauge "potluck_offer_available" ["offer", "provider"] "Whether an offer could serve the plainest request now: 1 or 0.";
    IN_FLIGHT: Gauge "potluck_attempts_in_flight" ["provider"] "Attempts that are under way.";
    AMOUNT: Gauge "potluck_limit_amount" ["provider", "limit", "counts"] "How much a limit allows in its window. Neurons are in thousandths, usd in millionths.";
    REMAINING: Gauge "potluck_limit_remaining" ["provider", "limit", "counts"] "How much of a limit is left now, reservations taken off.";
    RESET: Gauge "potluck_limit_reset_seconds" ["provider", "limit", "counts"] "Seconds until a limit's window turns, or until its oldest use falls out.";
    BUDGET: Gauge "potluck_retry_budget" [] "Further attempts that the budget for them allows at once.";
    SESSIONS: Gauge "potluck_sessions" [] "Conversations that stick to an offer.";
    LISTENERS: Gauge "potluck_event_listeners" [] "Those who listen to /pool/events.";
    JOURNAL_WAITING: Gauge "potluck_journal_queue_length" [] "Requests that are over and not yet written into the journal.";
    JOURNAL_DROPPED: Counter "potluck_journal_dropped_total" [] "Requests that are not in the journal because it could not keep up or could not be written.";
    EXPORT_DROPPED: Counter "potluck_telemetry_dropped_total" [] "Requests that a collector was not told of because it could not keep up.";
    STOCKED: Gauge "potluck_catalog_stocked_timestamp_seconds" [] "When the catalog in use was put together, in seconds since 1970.";
    BUILD: Gauge "potluck_build_info" ["version"] "Always 1; the version is in the label.";
    CPU: Counter "process_cpu_seconds_total" [] "Processor time of the process, user and system.";
    MEMORY: Gauge "process_resident_memory_bytes" [] "Memory of the process that is in use.";
    THREADS: Gauge "process_threads" [] "Threads of the process.";
    FILES: Gauge "process_open_fds" [] "Open files and sockets.";
    STARTED: Gauge "process_start_time_seconds" [] "When the process began, in seconds since 1970.";
}
