//! Runs the binary with nothing of this machine's environment.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// A folder of its own, gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("potluck-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be made");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("the temporary folder can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}

/// What a run printed, and its exit code.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }
}

#[expect(clippy::disallowed_methods, reason = "this test is about the program")]
pub(crate) fn potluck(folder: &Folder, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_potluck"));
    command.args(args).env_clear().current_dir(folder.path()).stdin(Stdio::null());
    command.env("HOME", folder.path());
    command
}

pub(crate) fn run(folder: &Folder, args: &[&str]) -> Run {
    finish(potluck(folder, args))
}

pub(crate) fn finish(mut command: Command) -> Run {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints text");
    Run { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

/// A command that prints lines for as long as it runs; ended when it is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let out = child.stdout.take().expect("its output is piped");
        Self { child, lines: BufReader::new(out).lines() }
    }

    pub(crate) fn line(&mut self) -> String {
        self.lines.next().expect("it prints a line").expect("it prints text")
    }

    /// The next line with these words in it.
    pub(crate) fn find(&mut self, words: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Sends what Ctrl-C sends, and gives its exit code.
    #[expect(clippy::disallowed_methods, reason = "there is no other way to send a signal")]
    pub(crate) fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().expect("kill exists");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _has_ended = self.child.kill();
        let _has_ended = self.child.wait();
    }
}

/// A router that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut command = potluck(folder, args);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output is piped");
        BufReader::new(out).read_line(&mut line).expect("it prints a line");
        let url = line.trim().strip_prefix("listening on ").expect("it says where it listens");
        Self { child, url: url.to_owned() }
    }

    /// Asks it to stop, and gives its exit code.
    #[expect(clippy::disallowed_methods, reason = "there is no other way to send a signal")]
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill exists");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _has_ended = self.child.kill();
        let _has_ended = self.child.wait();
    }
}
