//! What pictures cost the router: its memory while sixteen of 2048 x 2048 are converted at once, and how much later the
//! events of a chat stream arrive meanwhile.
//!
//! Those who send and take the pictures stand for other machines, so they give way to everybody else on this one. What they
//! cost the stream nevertheless is measured as well: the same pictures are sent, taken and converted beside the router.
//!
//! `cargo bench -p potluck --bench pictures`; on a machine that builds slowly, `cargo test -p potluck --bench pictures`
//! measures the program as it is built for tests.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark ends where it cannot go on, and prints"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time, and starts servers")]

#[path = "../../tests/house/mod.rs"]
mod house;
mod stream;

use std::io::{Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use house::{Asker, House, fresh_folder};
use image::{ImageFormat, Rgb, RgbImage};
use potluck_picture::{Format, Limits, Origin, Wish, prepare};
use serde_json::{Value, json};
use stream::{Lates, Listening, talk};
use tokio::sync::oneshot;

/// How many pictures at once.
const AT_ONCE: usize = 16;

/// How long the quiet stream is listened to.
const QUIET: Duration = Duration::from_secs(10);

/// How far those who send and take pictures stand behind everybody else (`nice`).
const BEHIND: i32 = 19;

/// How far the router's own threads for pictures do; the control does the same work at the same priority.
const LIKE_THE_ROUTERS: i32 = 10;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(|| stand_back(BEHIND))
        .enable_all()
        .build();
    runtime.unwrap().block_on(measure());
}

async fn measure() {
    let files: Vec<(&str, Arc<Vec<u8>>)> = [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg)]
        .map(|(word, format)| (word, Arc::new(large(format))))
        .into();
    let (folder, mut painters) = (fresh_folder(), Vec::new());
    for (word, file) in &files {
        let answer = json!({"data": [{"b64_json": STANDARD.encode(&**file)}]}).to_string();
        let address = serve(BEHIND, Arc::new(move |socket| painted(socket, &answer)));
        write_file(&folder.join(format!("providers/{word}.toml")), address, "image");
        painters.push(address);
    }
    let bench = bench();
    let talker = serve(0, Arc::new(talk));
    write_file(&folder.join("providers/talk.toml"), talker, "text");
    let house = House::open(folder, "[pool]\nstrategy = \"uniform\"\n", ":memory:");
    println!(
        "pictures of 2048 x 2048: png {} KiB, jpeg {} KiB",
        kib(&files[0].1),
        kib(&files[1].1)
    );
    println!("memory of the router before: {} MiB at most", peak(house.pid()));

    let quiet = Listening::begin(&house.address);
    tokio::time::sleep(QUIET).await;
    let quiet = quiet.end().await;
    println!("events of a stream, alone: {}", quiet.told());

    for (from, to) in [("png", "jpeg"), ("png", "webp"), ("jpeg", "png"), ("jpeg", "webp")] {
        let painter = painters[usize::from(from == "jpeg")];
        let (_, took, control) = beside(&house, || aside(painter, to, bench.clone())).await;
        println!(
            "{from} to {to}, beside the router: {AT_ONCE} in {took:.1} s; events meanwhile: {}",
            control.told()
        );
        let (sizes, took, events) =
            beside(&house, || convert(house.address.clone(), from, to)).await;
        println!(
            "{from} to {to}: {AT_ONCE} in {took:.1} s, {} KiB each; memory {} MiB at most; events meanwhile: {}; \
             added to the control: p50 {:.2} ms, p99 {:.2} ms",
            sizes.iter().sum::<usize>() / sizes.len() * 3 / 4 / 1024,
            peak(house.pid()),
            events.told(),
            events.at(0.5) - control.at(0.5),
            events.at(0.99) - control.at(0.99),
        );
    }
}

/// Has pictures made, all at once, while a stream is listened to: what they gave, how many seconds they took, and
/// how late the events were.
async fn beside<F>(house: &House, picture: impl Fn() -> F) -> (Vec<usize>, f64, Lates)
where
    F: Future<Output = usize> + Send + 'static,
{
    let stream = Listening::begin(&house.address);
    let began = Instant::now();
    // on threads that give way: this one does not
    let made = (0..AT_ONCE).map(|_| tokio::spawn(picture()));
    let sizes = join_all(made).await.into_iter().map(Result::unwrap).collect();
    let took = began.elapsed().as_secs_f64();
    (sizes, took, stream.end().await)
}

/// One picture, converted by the router; how long the answer was.
async fn convert(router: String, from: &'static str, to: &'static str) -> usize {
    let body = json!({"model": format!("{from}/brush"), "prompt": "x", "output_format": to});
    let reply =
        Asker::new().post(&format!("{router}/v1/images/generations"), body.to_string()).await;
    assert_eq!(reply.status, 200, "{}", &reply.body[..reply.body.len().min(400)]);
    reply.body.len()
}

/// An answer of a painter to be converted by the control, into what, and who waits for it.
type Piece = (String, &'static str, oneshot::Sender<usize>);

/// The same without the router: taken from the painter, and converted one after the other.
async fn aside(painter: SocketAddr, to: &'static str, bench: Sender<Piece>) -> usize {
    let answer = Asker::new().post(&format!("http://{painter}/"), "{}").await.body;
    let (reply, made) = oneshot::channel();
    bench.send((answer, to, reply)).unwrap();
    made.await.unwrap()
}

/// Where the control converts: a thread like one of the router's.
fn bench() -> Sender<Piece> {
    let (give, take) = channel::<Piece>();
    thread::spawn(move || {
        stand_back(LIKE_THE_ROUTERS);
        for (answer, to, reply) in take {
            reply.send(converted(&answer, to)).unwrap();
        }
    });
    give
}

fn converted(answer: &str, to: &str) -> usize {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let file = STANDARD.decode(answer["data"][0]["b64_json"].as_str().unwrap()).unwrap();
    let format = match to {
        "png" => Format::Png,
        "jpeg" => Format::Jpeg,
        _ => Format::WebP,
    };
    let wish = Wish { format: Some(format), quality: None };
    let ready = prepare(&file, &wish, &Origin::default(), &Limits::default()).unwrap();
    STANDARD.encode(ready.bytes).len()
}

/// Lets others go before this thread, and those that it starts.
fn stand_back(by: i32) {
    #[cfg(target_os = "linux")]
    rustix::process::setpriority_process(None, by).unwrap();
}

/// The most memory that a process has had, in MiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0)
        / 1024
}

fn kib(bytes: &[u8]) -> usize {
    bytes.len() / 1024
}

/// A picture as a camera would take it: gradients, edges, and a little noise.
fn large(format: ImageFormat) -> Vec<u8> {
    let mut noise = 1_u32;
    let pixels = RgbImage::from_fn(2048, 2048, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (noise >> 29) as u8;
        let edge = if (x / 64 + y / 96) % 3 == 0 { 60 } else { 0 };
        Rgb([(x / 9) as u8 + grain, (y / 10) as u8 + grain, 90 + edge + grain])
    });
    let mut out = Cursor::new(Vec::new());
    pixels.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn write_file(path: &std::path::Path, address: SocketAddr, output: &str) {
    let file = format!(
        "name = \"{output}\"\ndialect = \"openai\"\nsimulated = true\nconcurrency = 64\nbase_url = \"http://{address}/v1\"\n\
         [auth]\nkeyless = true\n[[models]]\nid = \"brush\"\nfamily = \"brush\"\ncontext = 8192\ninput = [\"text\"]\noutput = [\"{output}\"]\n"
    );
    std::fs::write(path, file).unwrap();
}

/// What is done with a connection on which a request has been read.
type Answer = Arc<dyn Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync>;

/// A server of plain sockets, a thread a connection, so that it takes as little as can be.
fn serve(behind: i32, answer: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        if behind > 0 {
            stand_back(behind);
        }
        for mut socket in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut asked = [0; 65_536];
                if socket.read(&mut asked).is_ok_and(|read| read > 0) {
                    let _client_left = answer(&mut socket);
                }
            });
        }
    });
    address
}

fn painted(socket: &mut TcpStream, answer: &str) -> std::io::Result<()> {
    write!(
        socket,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    )
}
