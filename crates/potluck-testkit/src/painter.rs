//! A simulated provider of pictures, in every shape in which real ones make them, and with the ways in which they fail.
//!
//! What it paints is a gradient that nobody could take for a model's work, really encoded, of the size that was asked
//! for where the shape can ask. It counts for itself what it was asked and what it gave, so that a router's own count
//! can be checked against it. It knows the shapes from the outside and shares nothing with their translation.

mod canvas;
mod flaw;
mod manner;
mod wanted;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

pub use self::canvas::{FileKind, bomb, paint};
pub use self::flaw::Flaw;
pub use self::manner::Manner;
use self::wanted::Wanted;
use crate::clock::Clock;
use crate::provider::StartError;
use crate::quota::{Limit, Quota, RefusalStyle, refusal_reply};
use crate::server::{Ended, Framing, Greeting, Host, Listening, Reply, Request, Script};

/// How often a task says that it is not done yet.
const LOOKS: u32 = 2;

/// A painter that is not started yet.
#[derive(Debug)]
#[must_use = "a painter answers only after start()"]
pub struct PainterBuilder {
    studio: Studio,
    limits: Vec<Limit>,
}

/// A running provider of pictures. It stops when it is dropped.
#[derive(Debug)]
pub struct SimulatedPainter {
    listening: Listening,
    studio: Arc<Studio>,
}

/// What a painter saw and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// Requests for a picture, whatever became of them.
    pub asked: usize,
    /// Of these, how many its limits refused.
    pub refused: usize,
    /// Pictures that it gave, whole and as they should be.
    pub given: usize,
    /// Tasks that were called off.
    pub called_off: usize,
    /// When each request came that its limits let in, in milliseconds since the Unix epoch.
    pub admitted_ms: Vec<u64>,
    /// The most requests under way at once.
    pub most_at_once: usize,
    /// The bodies of the requests for a picture; empty where the request is an address.
    pub bodies: Vec<Vec<u8>>,
    /// Their addresses: path and query.
    pub targets: Vec<String>,
}

#[derive(Debug)]
struct Studio {
    name: String,
    manner: Manner,
    kind: FileKind,
    usual: (u32, u32),
    clock: Clock,
    quota: Mutex<Quota>,
    flaws: Vec<Option<Flaw>>,
    /// Where files are said to be, where that is not the painter's own port.
    elsewhere: Option<String>,
    address: Mutex<Option<SocketAddr>>,
    work: Mutex<Work>,
}

#[derive(Debug, Default)]
struct Work {
    painted: Painted,
    at_once: usize,
    tasks: BTreeMap<String, Task>,
}

#[derive(Clone, Debug)]
struct Task {
    wanted: Wanted,
    flaw: Option<Flaw>,
    looks: u32,
}

impl PainterBuilder {
    /// The form of its files; without this, png.
    pub fn files(mut self, kind: FileKind) -> Self {
        self.studio.kind = kind;
        self
    }

    /// The size of its pictures where it cannot be told one; without this, 64 by 64.
    pub fn usual(mut self, wide: u32, high: u32) -> Self {
        self.studio.usual = (wide, high);
        self
    }

    /// Adds a true limit.
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// What is wrong with each answer, in order, over and over; `None` is an answer as it should be.
    pub fn flaws(mut self, flaws: impl IntoIterator<Item = Option<Flaw>>) -> Self {
        self.studio.flaws = flaws.into_iter().collect();
        self
    }

    /// Says that its files are under this address, without a slash at the end; without this, on its own port.
    pub fn files_at(mut self, address: &str) -> Self {
        self.studio.elsewhere = Some(address.to_owned());
        self
    }

    /// Where the time for its limits comes from.
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.studio.clock = clock.into();
        self
    }

    /// Opens a free port.
    ///
    /// # Errors
    ///
    /// [`StartError`] when there is none.
    pub async fn start(mut self) -> Result<SimulatedPainter, StartError> {
        self.studio.quota = Mutex::new(Quota::new(self.limits));
        let studio = Arc::new(self.studio);
        let listening = Listening::start(0, Greeting::Plain, Arc::clone(&studio)).await?;
        *lock(&studio.address) = Some(listening.address());
        Ok(SimulatedPainter { listening, studio })
    }
}

impl SimulatedPainter {
    /// Begins a painter of this name and manner.
    pub fn build(name: &str, manner: Manner) -> PainterBuilder {
        let studio = Studio {
            name: name.to_owned(),
            manner,
            kind: FileKind::Png,
            usual: (64, 64),
            clock: Clock::default(),
            quota: Mutex::default(),
            flaws: Vec::new(),
            elsewhere: None,
            address: Mutex::default(),
            work: Mutex::default(),
        };
        PainterBuilder { studio, limits: Vec::new() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.studio.name
    }

    /// The address of the port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// What it saw and did so far.
    #[must_use]
    pub fn painted(&self) -> Painted {
        lock(&self.studio.work).painted.clone()
    }

    /// The provider file for potluck.
    #[must_use]
    pub fn provider_file(&self) -> String {
        let limits: Vec<Limit> = lock(&self.studio.quota).limits().cloned().collect();
        self.studio.manner.provider_file(&self.studio.name, self.address(), &limits)
    }
}

/// A request under way; it is over when this is dropped.
struct UnderWay(Arc<Studio>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.0.work).at_once -= 1;
    }
}

impl Host for Studio {
    type Ticket = Box<dyn Send>;

    fn answer(self: &Arc<Self>, request: Request) -> (Script, Box<dyn Send>) {
        let under_way = {
            let mut work = lock(&self.work);
            work.at_once += 1;
            work.painted.most_at_once = work.painted.most_at_once.max(work.at_once);
            UnderWay(Arc::clone(self))
        };
        let reply = self.reply(&request).header("x-simulated", "1");
        (reply.script(&Framing::default()), Box::new(under_way))
    }

    fn finish(&self, ticket: Box<dyn Send>, _: Ended) {
        drop(ticket);
    }
}

impl Studio {
    fn reply(&self, request: &Request) -> Reply {
        let path = request.path.strip_prefix("/v1").unwrap_or(&request.path);
        if let Some(id) = path.strip_prefix("/files/") {
            return self.file(id);
        }
        if let Some(id) = self.manner.task_of(path, &request.query) {
            return self.look(request, id);
        }
        if let Some(id) = self.manner.called_off(path, &request.body) {
            return self.call_off(&id);
        }
        if !self.manner.is_order(&request.method, path) {
            return Reply::json(404, json!({"error": {"message": "[simulated] no such path"}}));
        }
        self.order(request, path)
    }

    /// A request for a picture.
    fn order(&self, request: &Request, path: &str) -> Reply {
        let now_ms = self.clock.now_ms();
        let number = {
            let mut work = lock(&self.work);
            work.painted.asked += 1;
            work.painted.bodies.push(request.body.to_vec());
            work.painted.targets.push(match request.query.as_str() {
                "" => request.path.clone(),
                query => format!("{}?{query}", request.path),
            });
            work.painted.asked
        };
        let Some(wanted) = Wanted::read(self.manner, request, path, self.usual) else {
            return Reply::json(400, json!({"error": {"message": "[simulated] no prompt"}}));
        };
        if let Err(refusal) = lock(&self.quota).admit("", 0, now_ms) {
            lock(&self.work).painted.refused += 1;
            return refusal_reply(RefusalStyle::OpenAi, &refusal, now_ms);
        }
        lock(&self.work).painted.admitted_ms.push(now_ms);
        let flaw = match self.flaws.len() {
            0 => None,
            count => self.flaws[(number - 1) % count].clone(),
        };
        if let Some(reply) = flaw.as_ref().and_then(Flaw::refusal) {
            return reply;
        }
        if self.manner.takes_tasks() {
            let id = format!("task-{number}");
            let task = Task { wanted, flaw, looks: 0 };
            lock(&self.work).tasks.insert(id.clone(), task);
            return self.manner.accepted(&id);
        }
        self.hand_over(&wanted, flaw.as_ref(), &format!("{number}"))
    }

    /// A question for a task: how far it is, what it made; or that it is called off.
    fn look(&self, request: &Request, id: &str) -> Reply {
        if request.method == "DELETE" {
            return self.call_off(id);
        }
        let task = {
            let mut work = lock(&self.work);
            let Some(task) = work.tasks.get_mut(id) else {
                return Reply::json(404, json!({"message": "[simulated] no such task"}));
            };
            task.looks += 1;
            task.clone()
        };
        if task.looks <= LOOKS {
            return self.manner.not_yet(LOOKS + 1 - task.looks);
        }
        if self.manner.looks_before_it_fetches(&request.path) {
            return self.manner.done(id);
        }
        lock(&self.work).tasks.remove(id);
        self.hand_over(&task.wanted, task.flaw.as_ref(), id)
    }

    fn call_off(&self, id: &str) -> Reply {
        let mut work = lock(&self.work);
        work.painted.called_off += usize::from(work.tasks.remove(id).is_some());
        Reply::json(200, json!({"simulated": true}))
    }

    /// The picture, or what is wrong with it, as this painter's manner has it.
    fn hand_over(&self, wanted: &Wanted, flaw: Option<&Flaw>, id: &str) -> Reply {
        let good = paint(wanted.wide, wanted.high, self.kind);
        let file = flaw.map_or_else(|| good.clone(), |flaw| flaw.spoil(&good));
        let harmless = flaw.is_none_or(Flaw::is_harmless);
        lock(&self.work).painted.given += usize::from(harmless);
        let url = match flaw {
            Some(Flaw::UrlTo(address)) => address.clone(),
            _ => self.url(id, wanted),
        };
        let filtered = matches!(flaw, Some(Flaw::Filtered));
        let mut reply = self.manner.answer(&file, &url, wanted.seed, filtered);
        if matches!(flaw, Some(Flaw::WrongType)) {
            reply.content_type("text/plain; charset=utf-8");
        }
        reply
    }

    /// Where a picture can be fetched: its size stands in its name, so that nothing need be kept.
    fn url(&self, id: &str, wanted: &Wanted) -> String {
        let name = format!("{id}-{}x{}.{}", wanted.wide, wanted.high, self.kind.word());
        match (&self.elsewhere, *lock(&self.address)) {
            (Some(elsewhere), _) => format!("{elsewhere}/files/{name}"),
            (None, Some(address)) => format!("http://{address}/files/{name}"),
            (None, None) => String::new(),
        }
    }

    fn file(&self, name: &str) -> Reply {
        let size = name.rsplit_once('.').and_then(|(stem, _)| stem.rsplit('-').next());
        let edges = size.and_then(|size| size.split_once('x'));
        let edges = edges.and_then(|(wide, high)| Some((wide.parse().ok()?, high.parse().ok()?)));
        let (wide, high) = edges.unwrap_or(self.usual);
        Reply::text(200, self.kind.media_type(), paint(wide, high, self.kind))
    }
}

/// A panic in another test must not hide what this one saw.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
