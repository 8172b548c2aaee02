//! The servers that are compared: ours and two from package registries, which are installed once, below `target`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is installed, exactly.
const PYTHON: [&str; 2] = ["scim2-server==0.8.3", "waitress==3.0.2"];
const NODE: [&str; 3] = ["scimmy@1.3.5", "scimmy-routers@1.3.2", "express@5.3.0"];
pub(crate) const TOKEN: &str = "of-a-benchmark";

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    /// The path of its SCIM endpoints.
    pub(crate) prefix: &'static str,
    process: Child,
}

impl Server {
    pub(crate) fn ours() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_axum-app"));
        let address = free();
        command.args(["--store", "memory", "--listen", &address.to_string()]);
        command.args(["--scim-token", TOKEN, "--scim-rate", "1000000"]);
        // The app logs what it answers; a server under load would not.
        Self::start("vestibule", address, "/scim/v2", command.env("RUST_LOG", "error"))
    }

    pub(crate) fn scim2_server() -> Self {
        let home = installed("python", |home| {
            run(Command::new("python3").args(["-m", "venv"]).arg(home));
            run(Command::new(home.join("bin/pip")).args(["install", "--quiet"]).args(PYTHON));
        });
        let address = free();
        let mut command = Command::new(home.join("bin/python"));
        command.arg(script("python.py")).args([&address.port().to_string(), TOKEN]);
        Self::start("scim2-server", address, "/v2", &mut command)
    }

    pub(crate) fn scimmy() -> Self {
        let home = installed("node", |home| {
            fs::create_dir_all(home).unwrap();
            run(Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
                .arg(home)
                .args(NODE));
        });
        let address = free();
        // Modules are looked for where the program is.
        let program = home.join("node.mjs");
        fs::copy(script("node.mjs"), &program).unwrap();
        let mut command = Command::new("node");
        command.arg(program).args([&address.port().to_string(), TOKEN]);
        Self::start("scimmy", address, "/scim", command.env("NODE_ENV", "production"))
    }

    fn start(name: &'static str, address: SocketAddr, prefix: &'static str, command: &mut Command) -> Self {
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let server = Self { name, address, prefix, process };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{name} does not listen on {address}");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of some packages, filled by `install` unless it has been.
fn installed(name: &str, install: impl FnOnce(&Path)) -> PathBuf {
    // Beside the profiles' folders, where it outlives their builds.
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("peers").join(name);
    let done = home.join("installed");
    let wanted = format!("{PYTHON:?} {NODE:?}");
    if fs::read_to_string(&done).ok().as_ref() != Some(&wanted) {
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(home.parent().unwrap()).unwrap();
        install(&home);
        fs::write(done, wanted).unwrap();
    }
    home
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/http").join(name)
}

/// An address that is free now.
fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).unwrap()
}
