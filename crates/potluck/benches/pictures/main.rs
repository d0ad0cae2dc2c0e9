//! What pictures cost the router: its memory while sixteen of 2048 x 2048 are converted at once, and how much later the
//! events of a chat stream arrive meanwhile.
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

use std::io::{Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use house::{Asker, House, fresh_folder};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;

/// How many pictures at once.
const AT_ONCE: usize = 16;

/// Between two events of the stream.
const PACE: Duration = Duration::from_millis(10);

/// How long the quiet stream is listened to.
const QUIET: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let files: Vec<(&str, Arc<Vec<u8>>)> = [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg)]
        .map(|(word, format)| (word, Arc::new(large(format))))
        .into();
    let folder = fresh_folder();
    for (word, file) in &files {
        let answer = json!({"data": [{"b64_json": STANDARD.encode(&**file)}]}).to_string();
        let address = serve(Arc::new(move |socket| painted(socket, &answer)));
        write_file(&folder.join(format!("providers/{word}.toml")), address, "image");
    }
    let talker = serve(Arc::new(talk));
    write_file(&folder.join("providers/talk.toml"), talker, "text");
    let house = House::open(folder, "[pool]\nstrategy = \"uniform\"\n", ":memory:");
    println!(
        "pictures of 2048 x 2048: png {} KiB, jpeg {} KiB",
        kib(&files[0].1),
        kib(&files[1].1)
    );
    println!("memory of the router before: {} MiB at most", peak(house.pid()));

    let quiet = listen(&house, Arc::new(AtomicBool::new(true)), Some(QUIET));
    let quiet = tokio::task::spawn_blocking(move || quiet.join().unwrap()).await.unwrap();
    println!("events of a stream, alone: {}", late(quiet));

    for (from, to) in [("png", "jpeg"), ("png", "webp"), ("jpeg", "png"), ("jpeg", "webp")] {
        let going = Arc::new(AtomicBool::new(true));
        let stream = listen(&house, Arc::clone(&going), None);
        let began = Instant::now();
        let asked = (0..AT_ONCE).map(|_| convert(&house, from, to));
        let sizes = join_all(asked).await;
        let took = began.elapsed();
        going.store(false, Ordering::SeqCst);
        let events = tokio::task::spawn_blocking(move || stream.join().unwrap()).await.unwrap();
        println!(
            "{from} to {to}: {AT_ONCE} in {:.1} s, {} KiB each; memory {} MiB at most; events meanwhile: {}",
            took.as_secs_f64(),
            sizes.iter().sum::<usize>() / sizes.len() * 3 / 4 / 1024,
            peak(house.pid()),
            late(events),
        );
    }
}

/// One picture, converted; how long the answer was.
async fn convert(house: &House, from: &str, to: &str) -> usize {
    let body = json!({"model": format!("{from}/brush"), "prompt": "x", "output_format": to});
    let url = format!("{}/v1/images/generations", house.address);
    let reply = Asker::new().post(&url, body.to_string()).await;
    assert_eq!(reply.status, 200, "{}", &reply.body[..reply.body.len().min(400)]);
    reply.body.len()
}

/// A stream of chat through the router: how many microseconds each event was on its way.
fn listen(
    house: &House,
    going: Arc<AtomicBool>,
    within: Option<Duration>,
) -> thread::JoinHandle<Vec<u64>> {
    let address = house.address.strip_prefix("http://").unwrap().to_owned();
    thread::spawn(move || {
        let began = Instant::now();
        let mut all = Vec::new();
        while going.load(Ordering::SeqCst) && within.is_none_or(|within| began.elapsed() < within) {
            all.extend(one_stream(&address));
        }
        all
    })
}

fn one_stream(address: &str) -> Vec<u64> {
    let mut socket = TcpStream::connect(address).unwrap();
    let body = json!({"model": "talk/brush", "stream": true, "messages": [{"role": "user", "content": "x"}]});
    let body = body.to_string();
    write!(
        socket,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let (mut seen, mut piece, mut lates) = (String::new(), [0; 65_536], Vec::new());
    loop {
        let read = socket.read(&mut piece).unwrap();
        if read == 0 {
            return lates;
        }
        let now = micros();
        seen.push_str(std::str::from_utf8(&piece[..read]).unwrap());
        while let Some((_, rest)) = seen.split_once("at=") {
            let Some((sent, rest)) = rest.split_once(';') else { break };
            lates.push(now.saturating_sub(sent.parse().unwrap()));
            seen = rest.to_owned();
        }
    }
}

/// The median and the ends of what events were late.
fn late(mut micros: Vec<u64>) -> String {
    micros.sort_unstable();
    let at = |part: f64| {
        let place = ((micros.len() as f64 - 1.0) * part) as usize;
        micros.get(place).map_or(0.0, |late| *late as f64 / 1000.0)
    };
    format!(
        "{} events, p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms",
        micros.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    )
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

fn micros() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_micros()).unwrap()
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
fn serve(answer: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let handles = Mutex::new(Vec::new());
        for socket in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            handles.lock().unwrap().push(thread::spawn(move || {
                let mut socket = socket;
                let mut asked = [0; 65_536];
                if socket.read(&mut asked).is_ok_and(|read| read > 0) {
                    let _client_left = answer(&mut socket);
                }
            }));
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

/// Two seconds of events, each with the time at which it was sent.
fn talk(socket: &mut TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    write!(
        socket,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    )?;
    for _ in 0..200 {
        thread::sleep(PACE);
        let chunk = json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "brush",
            "choices": [{"index": 0, "delta": {"content": format!("at={};", micros())}}]});
        socket.write_all(format!("data: {chunk}\n\n").as_bytes())?;
    }
    let end = json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "brush",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    socket.write_all(format!("data: {end}\n\ndata: [DONE]\n\n").as_bytes())
}
