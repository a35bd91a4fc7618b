//! A real browser, driven by the WebDriver protocol: what a person sees, clicks and types.
#![expect(clippy::disallowed_methods, reason = "a test is a client of its own")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::service::{KEY, Service};

/// How long something may take to show.
const PATIENCE: Duration = Duration::from_secs(10);

/// The rules of accessibility; `tests/fixtures/axe-core/vendored.md` says where they are from.
const AXE: &str = include_str!("../../fixtures/axe-core/axe.min.js");

/// The key under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What is seen of an element that fits a selector, holds a text and can be seen itself.
const FIND: &str = "const [selector, text] = arguments;
    return [...document.querySelectorAll(selector)].find((node) =>
        node.checkVisibility() && (node.innerText ?? '').toLowerCase().includes(text.toLowerCase()));";

/// A window's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    Desk,
    Phone,
}

/// Light or dark.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// Keys that are no letters, as the protocol writes them.
pub(crate) mod key {
    pub(crate) const ENTER: char = '\u{e007}';
    pub(crate) const CONTROL: char = '\u{e009}';
    pub(crate) const ESCAPE: char = '\u{e00c}';
    pub(crate) const DOWN: char = '\u{e015}';
    pub(crate) const LEFT: char = '\u{e012}';
    pub(crate) const END: char = '\u{e010}';
}

/// A browser with one window, until it is dropped.
pub(crate) struct Browser {
    pub(crate) screen: Screen,
    origin: String,
    session: String,
    http: reqwest::Client,
    driver: Child,
}

impl Screen {
    const fn size(self) -> (u32, u32) {
        match self {
            Self::Desk => (1440, 900),
            Self::Phone => (390, 844),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Desk => "1440",
            Self::Phone => "390",
        }
    }
}

impl Scheme {
    pub(crate) const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

fn found(names: &[&str]) -> PathBuf {
    let folders = std::env::var("PATH").unwrap_or_default();
    let all =
        folders.split(':').flat_map(|folder| names.iter().map(move |name| PathBuf::from(folder).join(name)));
    let mut there = all.filter(|path| path.exists());
    there
        .next()
        .unwrap_or_else(|| panic!("none of {names:?} is installed; scripts/test installs them on Debian"))
}

/// Starts the driver; it says itself on which port.
fn start_driver() -> (Child, String) {
    let mut command = Command::new(found(&["chromedriver"]));
    command.args(["--port=0", "--log-level=WARNING"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut driver = command.stderr(Stdio::null()).process_group(0).spawn().unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').to_owned())
    });
    // What it says later must find a reader.
    std::thread::spawn(move || lines.for_each(drop));
    (driver, format!("http://127.0.0.1:{}", port.unwrap()))
}

impl Browser {
    /// An empty window beside a service, with the time, language and rest of motion that make pictures comparable.
    pub(crate) async fn beside(service: &Service, screen: Screen) -> Self {
        Self::at(&service.url, screen).await
    }

    /// The same for whatever is served at that origin.
    pub(crate) async fn at(origin: &str, screen: Screen) -> Self {
        let (driver, url) = start_driver();
        let (wide, high) = screen.size();
        let http = reqwest::Client::new();
        let options = json!({
            "binary": found(&["chromium", "chromium-browser", "google-chrome"]),
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                "--disable-background-networking", "--no-first-run", format!("--window-size={wide},{high}")],
        });
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}});
        let answer = http.post(format!("{url}/session")).body(wanted.to_string()).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no browser: {answer}"));
        let session = format!("{url}/session/{id}");
        let browser = Self { screen, origin: origin.to_owned(), session, http, driver };
        let size =
            json!({"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": screen == Screen::Phone});
        browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        browser.devtools("Emulation.setLocaleOverride", json!({"locale": "en-GB"})).await;
        browser.set_scheme(Scheme::Light).await;
        browser
    }

    /// The console, with the key of every test.
    pub(crate) async fn open_console(&self) {
        self.open(&format!("/console#key={KEY}")).await;
    }

    pub(crate) async fn open(&self, path: &str) {
        self.ask("POST", "/url", json!({"url": format!("{}{path}", self.origin)})).await;
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        self.try_ask(method, path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn try_ask(&self, method: &str, path: &str, body: Value) -> Result<Value, Value> {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.session));
        let request = if method == "GET" { request } else { request.body(body.to_string()) };
        let answer = request.send().await.unwrap();
        let fine = answer.status().is_success();
        let mut body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let value = body["value"].take();
        if fine { Ok(value) } else { Err(value) }
    }

    async fn devtools(&self, command: &str, params: Value) {
        self.ask("POST", "/goog/cdp/execute", json!({"cmd": command, "params": params})).await;
    }

    pub(crate) async fn set_scheme(&self, scheme: Scheme) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme.name()},
            {"name": "prefers-reduced-motion", "value": "reduce"}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// The value of a script's `return`.
    pub(crate) async fn run(&self, script: &str, arguments: Value) -> Value {
        self.ask("POST", "/execute/sync", json!({"script": script, "args": arguments})).await
    }

    /// Waits until something that holds the text can be seen; the protocol's name of it.
    pub(crate) async fn see(&self, selector: &str, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.run(FIND, json!([selector, text])).await;
            if let Some(id) = seen[ELEMENT].as_str() {
                return id.to_owned();
            }
            if Instant::now() > deadline {
                self.give_up(&format!("nothing like {selector} with “{text}”")).await;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Waits until it can be seen no more.
    pub(crate) async fn miss(&self, selector: &str, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.run(FIND, json!([selector, text])).await.is_null() {
            if Instant::now() > deadline {
                self.give_up(&format!("still {selector} with “{text}”")).await;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Fails with what the page shows, and a picture of it.
    async fn give_up(&self, what: &str) -> ! {
        let page = self.run("return location.hash + '\\n' + document.body.innerText", json!([])).await;
        let picture = self.shoot("failed").await;
        panic!("{what}; the page, also in {}:\n{}", picture.display(), page.as_str().unwrap_or_default());
    }

    /// A real click: it fails where something lies over it. An element that was drawn anew meanwhile is looked for again.
    pub(crate) async fn click(&self, selector: &str, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let id = self.see(selector, text).await;
            match self.try_ask("POST", &format!("/element/{id}/click"), json!({})).await {
                Ok(_) => return,
                Err(error) if Instant::now() > deadline => {
                    self.give_up(&format!("{selector} “{text}”: {error}")).await;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(15)).await,
            }
        }
    }

    /// Writes into a field, after what stands in it.
    pub(crate) async fn write(&self, selector: &str, text: &str) {
        self.click(selector, "").await;
        self.press(text).await;
    }

    /// Presses keys one after the other, on whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes =
            keys.chars().flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})));
        self.act(strokes.collect()).await;
    }

    /// Presses a key while another is held.
    pub(crate) async fn press_with(&self, held: char, key: char) {
        let stroke = |kind: &str, key: char| json!({"type": kind, "value": key});
        let strokes = vec![
            stroke("keyDown", held),
            stroke("keyDown", key),
            stroke("keyUp", key),
            stroke("keyUp", held),
        ];
        self.act(strokes).await;
    }

    async fn act(&self, strokes: Vec<Value>) {
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.ask("POST", "/actions", actions).await;
    }

    /// A picture under `target/screenshots/`.
    pub(crate) async fn shoot(&self, name: &str) -> PathBuf {
        let picture = self.ask("GET", "/screenshot", Value::Null).await;
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}-{}.png", self.screen.name()));
        std::fs::write(&file, STANDARD.decode(picture.as_str().unwrap()).unwrap()).unwrap();
        file
    }

    /// Pictures of what is shown, light and dark, and what the rules of accessibility say against it: nothing.
    pub(crate) async fn inspect(&self, name: &str) {
        for scheme in Scheme::BOTH {
            self.set_scheme(scheme).await;
            let picture = self.shoot(&format!("{name}-{}", scheme.name())).await;
            let faults = self.faults().await;
            assert!(faults.is_empty(), "{}:\n{}", picture.display(), faults.join("\n"));
        }
        self.set_scheme(Scheme::Light).await;
    }

    async fn faults(&self) -> Vec<String> {
        self.run(&format!("if (!window.axe) {{ {AXE} }}"), json!([])).await;
        let script = "const done = arguments[0];
            axe.run(document, { resultTypes: ['violations'] }).then(
                (found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) =>
                    `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\\n', ' ')}`))),
                (error) => done([String(error)]));";
        let found = self.ask("POST", "/execute/async", json!({"script": script, "args": []})).await;
        serde_json::from_value(found).unwrap()
    }

    /// What the page wrote to its console, but for answers of the API with that status.
    async fn complaints(&self, but: Option<u16>) -> Vec<String> {
        let log = self.ask("POST", "/se/log", json!({"type": "browser"})).await;
        let lines = log.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap().to_owned());
        let known = but.map(|status| format!("status of {status}"));
        lines.filter(|line| known.as_ref().is_none_or(|known| !line.contains(known))).collect()
    }

    /// Every address the page asked for.
    async fn asked(&self) -> Vec<String> {
        let log = self.ask("POST", "/se/log", json!({"type": "performance"})).await;
        let events = log.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap().to_owned());
        let events = events.map(|text| serde_json::from_str::<Value>(&text).unwrap()["message"].take());
        let requests = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        requests.map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    /// The end of a test: the page asked nobody but the service, and nothing was refused or went wrong in it.
    pub(crate) async fn leave(self) {
        self.leave_but(None).await;
    }

    /// The same, where answers of that status were asked for.
    pub(crate) async fn leave_but(self, status: Option<u16>) {
        let asked = self.asked().await;
        let strange: Vec<_> =
            asked.iter().filter(|url| !url.starts_with(&self.origin) && !url.starts_with("data:")).collect();
        assert!(!asked.is_empty() && strange.is_empty(), "asked elsewhere: {strange:?}");
        assert_eq!(self.complaints(status).await, Vec::<String>::new());
    }
}

impl Drop for Browser {
    /// Asks the driver to close the window, and ends the driver.
    fn drop(&mut self) {
        let address = self.session.trim_start_matches("http://");
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        if let Ok(mut line) = TcpStream::connect(host) {
            let _ = line.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = write!(line, "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let _ = line.read(&mut [0; 512]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
