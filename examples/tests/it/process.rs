//! A program under test: its output line by line, its end, and no process left behind.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a program may take to say something; nothing takes nearly so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running program, killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Program {
    /// Starts a program of this crate and waits for the line that begins with `ready`; gives the lines up to there.
    pub(crate) fn start(exe: &str, arguments: &[&str], ready: &str) -> (Self, Vec<String>) {
        Self::run(command(exe, arguments), ready)
    }

    pub(crate) fn run(mut command: Command, ready: &str) -> (Self, Vec<String>) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        let program = Self { child, stdout, stderr };
        let mut seen = Vec::new();
        loop {
            let Ok(line) = program.stdout.recv_timeout(PATIENCE) else {
                let errors: Vec<String> = program.stderr.try_iter().collect();
                panic!("expected a line that begins with {ready:?}, received {seen:?} and {errors:?}");
            };
            let is_ready = line.trim_start().starts_with(ready);
            seen.push(line);
            if is_ready {
                return (program, seen);
            }
        }
    }

    /// The next line of its output.
    pub(crate) fn line(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).unwrap()
    }

    /// Asks the program to end, waits until it has, and gives its exit code and what it wrote to standard error.
    pub(crate) fn terminate(mut self) -> (Option<i32>, Vec<String>) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        (code, self.stderr.iter().collect())
    }

    /// Ends the program at once, whatever it is doing (SIGKILL), and gives what it wrote to standard error.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.stderr.iter().collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of a program that ends by itself.
pub(crate) fn output(exe: &str, arguments: &[&str]) -> Output {
    command(exe, arguments).output().unwrap()
}

pub(crate) fn command(exe: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(exe);
    // A program that is killed leaves its temporary folder behind.
    command.args(arguments).env_remove("RUST_LOG").env("TMPDIR", env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
    command
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    receive
}
