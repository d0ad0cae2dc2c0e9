//! A stream from a provider's dialect into a client's.

use potluck_core::response::{FinishReason, StreamError, StreamEvent, Usage};
use potluck_core::verdict::Refusal;

use crate::BadAnswer;
use crate::call_id::Fresh;
use crate::client::{Client, Recipient, Route, StreamWriter};
use crate::contract::Contract;
use crate::dialect::{Dialect, StreamReader};
use crate::estimate;
use crate::openai_chat::{self, Of, Piece, Plain, is_custom};
use crate::quirk::Quirks;

/// Reads one side and writes the other.
#[derive(Debug)]
pub struct StreamBridge {
    reader: StreamReader,
    writer: StreamWriter,
    ids: Fresh,
    contract: Contract,
    client: Client,
    /// Events on their way from the reader to the writer; empty between two reads.
    passing: Vec<StreamEvent>,
    /// What was written before the commit point.
    held: Vec<u8>,
    committed: bool,
    completed: bool,
    events: u64,
    content_events: u64,
    content_bytes: u64,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    called: bool,
    failed: Option<BadAnswer>,
    prompt_estimate: Option<u32>,
}

/// How far a stream is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The first word has come: the client has seen something, and no other offer may be tried.
    pub committed: bool,
    /// The provider has said that it ended; only usage may follow.
    pub finished: bool,
    /// What it cost, where the provider said so already.
    pub usage: Option<&'a Usage>,
    /// Events so far.
    pub events: u64,
    /// Events so far that a client could tell from silence.
    pub content_events: u64,
    /// Why the first choice ended, where it has.
    pub finish: Option<FinishReason>,
}

impl StreamBridge {
    /// Before the first byte.
    #[must_use]
    pub fn new(provider: Dialect, quirks: Quirks, recipient: &Recipient<'_>) -> Self {
        Self {
            reader: provider.stream_reader(quirks),
            writer: recipient.stream_writer(),
            ids: Fresh::after(&recipient.request.messages),
            contract: Contract::default(),
            client: recipient.client,
            passing: Vec::new(),
            held: Vec::new(),
            committed: false,
            completed: false,
            events: 0,
            content_events: 0,
            content_bytes: 0,
            usage: None,
            finish: None,
            called: false,
            failed: None,
            prompt_estimate: None,
        }
    }

    /// Before the commit point, what begins like no answer that was asked for is a failed attempt.
    #[must_use]
    pub fn under(mut self, contract: &Contract) -> Self {
        self.contract = contract.clone();
        self
    }

    /// Where the provider gives no usage, an estimate is written and marked as one (`"estimated": true`);
    /// `prompt_tokens` is its first half. [`Progress::usage`] stays empty.
    #[must_use]
    pub const fn estimating_usage(mut self, prompt_tokens: u32) -> Self {
        self.prompt_estimate = Some(prompt_tokens);
        self
    }

    /// Tells the client which route its answer took, where its shape has a place for that.
    pub fn tell_route(&mut self, route: Option<&Route>) {
        if let Some(route) = route {
            self.writer.tell_route(route);
        }
    }

    /// Takes the next bytes of the provider's body and appends what the client is to be sent.
    ///
    /// # Errors
    /// The answer is broken, or is an error inside a success. Nothing was given out of an answer that
    /// was not committed; a committed one is to be ended with [`StreamBridge::fail`].
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), BadAnswer> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let mut tally = Tally { watches: !self.committed, ..Tally::default() };
        let sink = if self.committed { &mut *out } else { &mut self.held };
        let read = match (&mut self.reader, &mut self.writer) {
            (StreamReader::OpenAi(reader), StreamWriter::OpenAi(writer)) => {
                carry(reader, writer, &mut self.ids, bytes, &mut tally, sink)
            }
            (reader, writer) => {
                let read = reader.push(bytes, &mut self.passing);
                pass(&mut self.passing, writer, &mut self.ids, &mut tally, sink);
                read
            }
        };
        self.settle(tally, read, out)
    }

    /// The provider's body has ended: completes the client's stream.
    ///
    /// # Errors
    /// It ended before the answer did, or there was nothing in it that a client could use.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), BadAnswer> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        if self.completed {
            return Ok(());
        }
        let mut tally = Tally::default();
        let ended = self.reader.finish(&mut self.passing);
        let sink = if self.committed { &mut *out } else { &mut self.held };
        pass(&mut self.passing, &mut self.writer, &mut self.ids, &mut tally, sink);
        self.settle(tally, ended, out)?;
        self.complete(out)
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress<'_> {
        Progress {
            committed: self.committed,
            finished: self.reader.is_finished(),
            usage: self.usage.as_ref(),
            events: self.events,
            content_events: self.content_events,
            finish: self.finish.map(|reason| openai_chat::corrected(reason, self.called)),
        }
    }

    /// Tells the client inside its stream that the answer broke, and ends the stream.
    pub fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        out.append(&mut self.held);
        self.writer.fail(refusal, out);
    }

    /// What to send while the client waits.
    #[must_use]
    pub const fn keep_alive(&self) -> &'static [u8] {
        self.client.keep_alive()
    }

    /// Adds up what a read brought, and gives out what may be given out.
    fn settle(
        &mut self,
        mut tally: Tally,
        read: Result<(), BadAnswer>,
        out: &mut Vec<u8>,
    ) -> Result<(), BadAnswer> {
        self.events += tally.events;
        self.content_events += tally.content_events;
        self.content_bytes += tally.content_bytes;
        self.usage = tally.usage.take().or(self.usage.take());
        self.finish = self.finish.or(tally.finish);
        self.called |= tally.called;
        let failed = tally.error.take().map(BadAnswer::ErrorInside).or(read.err());
        let failed = failed.or_else(|| tally.judge(&self.contract).err());
        if let Some(failed) = failed {
            // Words that came in one read with the failure were not given out: nothing is lost yet.
            self.failed = Some(failed.clone());
            return Err(failed);
        }
        if tally.commits {
            self.committed = true;
            out.append(&mut self.held);
        }
        if tally.done { self.complete(out) } else { Ok(()) }
    }

    /// The answer is whole: usage, finish and end.
    fn complete(&mut self, out: &mut Vec<u8>) -> Result<(), BadAnswer> {
        if self.completed {
            return Ok(());
        }
        if !self.committed {
            self.failed = Some(BadAnswer::Empty);
            return Err(BadAnswer::Empty);
        }
        if let (None, Some(prompt)) = (&self.usage, self.prompt_estimate) {
            let usage = estimate::usage(prompt, self.content_bytes);
            self.writer.write(&StreamEvent::Usage(usage), out);
        }
        self.completed = true;
        self.writer.finish(out);
        Ok(())
    }
}

/// From OpenAI's chunks to OpenAI's chunks: words that are JSON strings already are carried over as they stand.
fn carry(
    reader: &mut openai_chat::StreamReader,
    writer: &mut openai_chat::StreamWriter,
    ids: &mut Fresh,
    bytes: &[u8],
    tally: &mut Tally,
    sink: &mut Vec<u8>,
) -> Result<(), BadAnswer> {
    reader.push_each(bytes, |piece| match piece {
        Piece::Plain(plain) => {
            tally.count_plain(&plain);
            writer.write_plain(&plain, sink);
        }
        Piece::Event(event) => {
            if let Some(event) = tally.count(event, ids) {
                writer.write(&event, sink);
            }
        }
        Piece::EndOfChunk => writer.flush(sink),
    })
}

/// From any dialect to any other: counts what was read, and writes it.
fn pass(
    events: &mut Vec<StreamEvent>,
    writer: &mut StreamWriter,
    ids: &mut Fresh,
    tally: &mut Tally,
    sink: &mut Vec<u8>,
) {
    for event in events.drain(..).filter_map(|event| tally.count(event, ids)) {
        writer.write(&event, sink);
    }
}

/// What one read brought.
#[derive(Default)]
struct Tally {
    events: u64,
    content_events: u64,
    content_bytes: u64,
    commits: bool,
    done: bool,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    called: bool,
    error: Option<StreamError>,
    /// Nothing was given out yet: what comes first is looked at.
    watches: bool,
    beginning: Option<String>,
    names: Vec<String>,
}

impl Tally {
    fn count_plain(&mut self, plain: &Plain<'_>) {
        self.events += 1;
        self.content_events += 1;
        self.content_bytes += plain.literal.len() as u64 - 2;
        self.commits = self.commits || !plain.is_blank() || matches!(plain.of, Of::Arguments(_));
        if self.watches && matches!(plain.of, Of::Words) && !plain.is_blank() {
            self.beginning.get_or_insert_with(|| plain.text());
        }
    }

    /// Takes down what a stream begins with.
    fn watch(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::Text { text, .. } if !text.trim().is_empty() => {
                self.beginning.get_or_insert_with(|| text.clone());
            }
            StreamEvent::ToolCall { name: Some(name), extra, .. } if !is_custom(extra) => {
                self.names.push(name.clone());
            }
            _ => {}
        }
    }

    fn judge(&self, contract: &Contract) -> Result<(), BadAnswer> {
        self.names.iter().try_for_each(|name| contract.judge_name(name))?;
        self.beginning.as_deref().map_or(Ok(()), |text| contract.judge_beginning(text))
    }

    /// Counts an event and gives back what is to be written of it.
    fn count(&mut self, mut event: StreamEvent, ids: &mut Fresh) -> Option<StreamEvent> {
        ids.settle_event(&mut event);
        if self.watches {
            self.watch(&event);
        }
        self.events += 1;
        self.content_events += u64::from(event.carries_content());
        match event {
            StreamEvent::Done => {
                self.done = true;
                return None;
            }
            StreamEvent::Error(error) => {
                self.error = Some(error);
                return None;
            }
            StreamEvent::Finish { choice: 0, reason } => self.finish = Some(reason),
            StreamEvent::Usage(ref usage) => self.usage = Some(usage.clone()),
            StreamEvent::Text { ref text, .. }
            | StreamEvent::Reasoning { ref text, .. }
            | StreamEvent::Refusal { ref text, .. } => {
                self.content_bytes += text.len() as u64;
                self.commits = self.commits || !text.trim().is_empty();
            }
            StreamEvent::ToolCall { ref arguments, .. } => {
                self.content_bytes += arguments.len() as u64;
                self.called = true;
                self.commits = true;
            }
            ref other => self.commits = self.commits || other.carries_content(),
        }
        Some(event)
    }
}
