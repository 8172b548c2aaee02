//! A small client of `ChromeDriver` (W3C WebDriver): one HTTP exchange per command, blocking.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::process::Program;

/// The name under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A headless Chromium with a profile of its own; both end when it is dropped.
pub(crate) struct Chromium {
    port: u16,
    session: String,
    profile: PathBuf,
    _driver: Program,
}

/// A tab, by the handle that WebDriver gave it.
pub(crate) struct Tab(Value);

/// An element of the page.
pub(crate) struct Element<'a> {
    chromium: &'a Chromium,
    id: String,
}

impl Chromium {
    pub(crate) fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        let (driver, lines) = Program::run(command, "ChromeDriver was started successfully on port");
        let port: String = lines.last().unwrap().chars().filter(char::is_ascii_digit).collect();
        let port = port.parse().unwrap();
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("chromium-{port}"));
        let arguments = [
            "--headless=new",
            // Chromium's sandbox does not work for root, as whom CI runs.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,900",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            // How long a look-up waits for its element.
            "timeouts": { "implicit": 20_000, "pageLoad": 30_000 },
        } } });
        let mut chromium = Self { port, session: String::new(), profile, _driver: driver };
        let session = chromium.exchange("POST", "/session", Some(&capabilities));
        chromium.session = session["sessionId"].as_str().unwrap().to_owned();
        chromium
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    pub(crate) fn url(&self) -> String {
        self.get("/url").as_str().unwrap().to_owned()
    }

    /// The tab that commands go to.
    pub(crate) fn tab(&self) -> Tab {
        Tab(self.get("/window"))
    }

    /// Opens another tab, and sends commands there from now on.
    pub(crate) fn open_tab(&self) -> Tab {
        let tab = Tab(self.post("/window/new", &json!({ "type": "tab" }))["handle"].take());
        self.switch(&tab);
        tab
    }

    pub(crate) fn switch(&self, tab: &Tab) {
        self.post("/window", &json!({ "handle": tab.0 }));
    }

    /// Waits for an element.
    pub(crate) fn find(&self, xpath: &str) -> Element<'_> {
        let found = self.post("/element", &json!({ "using": "xpath", "value": xpath }));
        Element { chromium: self, id: found[ELEMENT].as_str().unwrap().to_owned() }
    }

    /// Waits for a link or button with this text.
    pub(crate) fn control(&self, text: &str) -> Element<'_> {
        self.find(&format!("//a[normalize-space()=\"{text}\"] | //button[normalize-space()=\"{text}\"]"))
    }

    /// Waits for a heading with this text.
    pub(crate) fn heading(&self, text: &str) -> Element<'_> {
        self.find(&format!("//h1[contains(normalize-space(), \"{text}\")]"))
    }

    /// All text that is displayed.
    pub(crate) fn text(&self) -> String {
        self.find("//body").text()
    }

    /// A window of this width, as a phone or a desk has it.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let mobile = width < 600;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    pub(crate) fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// Whether pages may run scripts.
    pub(crate) fn scripts(&self, run: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !run }));
    }

    /// How much wider the page is than the window, in pixels.
    pub(crate) fn overflow(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.post("/execute/sync", &json!({ "script": script, "args": [] })).as_i64().unwrap()
    }

    /// Saves the whole page as a picture when the environment says where to.
    pub(crate) fn shoot(&self, name: &str) {
        let Some(folder) = std::env::var_os("DEMO_SHOTS") else { return };
        let shot = self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        let png = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        fs::create_dir_all(&folder).unwrap();
        fs::write(PathBuf::from(folder).join(format!("{name}.png")), png).unwrap();
    }

    /// What the console said since it was asked last.
    pub(crate) fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({ "type": "browser" }));
        entries.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn get(&self, path: &str) -> Value {
        self.exchange("GET", &format!("/session/{}{path}", self.session), None)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.exchange("POST", &format!("/session/{}{path}", self.session), Some(body))
    }

    fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, value) = self.send(method, path, body);
        assert_eq!(status, 200, "{method} {path} {body:?}: {value}");
        value
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        let status = line().split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        loop {
            let header = line().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut octets = vec![0; length];
        reader.read_exact(&mut octets).unwrap();
        let mut answer: Value = serde_json::from_slice(&octets).unwrap();
        (status, answer["value"].take())
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.send("DELETE", &format!("/session/{}", self.session), None);
        }
        // The profile may still be in use after a failure.
        let _ = fs::remove_dir_all(&self.profile);
    }
}

impl Element<'_> {
    pub(crate) fn click(&self) {
        self.post("click", &json!({}));
    }

    pub(crate) fn type_text(&self, text: &str) {
        self.post("clear", &json!({}));
        self.post("value", &json!({ "text": text }));
    }

    pub(crate) fn text(&self) -> String {
        self.chromium.get(&format!("/element/{}/text", self.id)).as_str().unwrap().to_owned()
    }

    /// What is filled in.
    pub(crate) fn value(&self) -> String {
        self.chromium.get(&format!("/element/{}/property/value", self.id)).as_str().unwrap().to_owned()
    }

    fn post(&self, command: &str, body: &Value) {
        self.chromium.post(&format!("/element/{}/{command}", self.id), body);
    }
}
